import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryCounts } from '../../src/delivery/delivery.js';
import { type Desk, openDesk } from '../cli/desk.js';
import type { SmtpReply } from '../support/smtp.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

async function readers(...names: string[]): Promise<void> {
  const rows = names.map((name) => `${name}@reader.test\n`).join('');
  const file = desk.file('readers.csv', `email\n${rows}`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  await desk.json(['fetch', '--date', '2026-03-02']);
  await desk.json(['pick', '--date', '2026-03-02']);
}

/** What the server says to RCPT for each reader. */
function replies(said: Record<string, SmtpReply>): void {
  desk.smtp.hooks.onRcpt = (address) => said[address.split('@')[0] ?? ''];
}

const send = () => desk.json<DeliveryCounts>(['send', '--date', '2026-03-02', '--now']);
const show = (name: string) =>
  desk.json<{ state: string; suppression: unknown }>([
    'subscribers',
    'show',
    `${name}@reader.test`,
  ]);

describe('what the mail server says to each recipient', () => {
  test('is counted; who does not exist is suppressed, who is refused for other reasons is not', async () => {
    await readers('ada', 'nobody', 'nowhere', 'spam', 'full', 'big');
    replies({
      nobody: { code: 550, text: '5.1.1 no such user' },
      nowhere: { code: 550, text: '5.1.2 no such domain' },
      spam: { code: 554, text: '5.7.1 your reputation is poor' },
      full: { code: 552, text: '5.2.2 mailbox full' },
    });
    desk.smtp.hooks.onData = ({ to }) =>
      to.includes('big@reader.test') ? { code: 554, text: '5.6.0 not wanted' } : undefined;
    expect(await send()).toEqual({
      planned: 0,
      accepted: 1,
      deferred: 0,
      refused: 5,
      uncertain: 0,
      skipped: 0,
      bounced: 0,
      held: null,
    });
    for (const [name, code] of [
      ['nobody', '5.1.1'],
      ['nowhere', '5.1.2'],
    ] as const) {
      expect(await show(name)).toMatchObject({
        state: 'suppressed',
        suppression: { reason: 'bounce', detail: expect.stringContaining(`550 ${code}`) },
      });
    }
    for (const name of ['ada', 'spam', 'full', 'big']) {
      expect(await show(name)).toMatchObject({ state: 'active', suppression: null });
    }

    // The next edition goes to all but the suppressed, whatever the server would say now.
    replies({});
    desk.smtp.hooks.onData = undefined;
    const next = await desk.json(['run', '--date', '2026-03-03', '--now']);
    expect(next).toMatchObject({ accepted: 4, refused: 0, skipped: 0 });
  }, 90_000);

  test('is tried again when it is “not now”', async () => {
    await readers('ada', 'grey');
    let asked = 0;
    desk.smtp.hooks.onRcpt = (address) => {
      if (!address.startsWith('grey')) return undefined;
      asked++;
      return asked === 1 ? { code: 451, text: '4.7.1 greylisted' } : undefined;
    };
    expect(await send()).toMatchObject({ accepted: 2, deferred: 0 });
    expect(asked).toBe(2);
  }, 90_000);

  test('counts as deferred while it stays “not now”, and nothing is lost by stopping', async () => {
    await readers('ada', 'grey');
    replies({ grey: { code: 450, text: '4.2.1 mailbox busy' } });
    const sending = desk.start(['send', '--date', '2026-03-02', '--now', '--json']);
    await sending.waitForLog(/"mail deferred"/, 30_000);
    await desk.smtp.waitFor(1, 15_000);
    expect(await sending.stop('SIGTERM')).toEqual({ code: 1, signal: null });
    expect(JSON.parse(sending.stdout)).toMatchObject({ accepted: 1, deferred: 1 });
    expect(sending.stderr).toContain('paperboy: 1 delivery is left');
    replies({});
    expect(await send()).toMatchObject({ accepted: 2, deferred: 0 });
    expect(desk.smtp.received).toHaveLength(2);
  }, 90_000);

  test('is waited for when it hangs up before it has the mail: that counts as nothing', async () => {
    await readers('ada', 'bob', 'cy');
    desk.smtp.dropAt('mail', 3);
    expect(await send()).toMatchObject({ accepted: 3, planned: 0, uncertain: 0 });
    expect(desk.smtp.attempts).toHaveLength(3);
  }, 90_000);
});
