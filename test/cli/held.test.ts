import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../support/program.js';
import type { SmtpOptions } from '../support/smtp.js';
import { type Desk, openDesk, sentences } from './desk.js';
import { planned } from './desk-store.js';

const DAY = '2026-03-02';
const DENIED = { code: 554, text: '5.7.1 Relay access denied' };
const READERS = ['ada@one.test', 'bob@two.test', 'cy@three.test'];
const SEND = ['send', '--date', DAY, '--now', '--json'];

let desk: Desk;
afterEach(() => desk.close());

async function open(options: SmtpOptions, env: Record<string, string> = {}): Promise<void> {
  desk = await openDesk({ parse: false, ...options }, env);
  await planned(desk, DAY, READERS, Date.now());
}

describe('a relay that denies', () => {
  beforeEach(() => open({ onRcpt: () => DENIED }));

  test('ends send with what is held, until it is mended', async () => {
    const result = await desk.run(SEND);
    expect(result.code).toBe(1);
    const answer = result.json<{ held: object }>();
    expect(answer).toMatchObject({
      planned: 3,
      refused: 0,
      accepted: 0,
      held: {
        reason: expect.stringMatching(/^Sending is held.*does not relay for us\.$/),
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        reply: '554 5.7.1 Relay access denied',
        next: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    });
    expect(Object.keys(Object(answer['held'])).sort()).toEqual([
      'next',
      'reason',
      'reply',
      'since',
    ]);
    const [sentence] = sentences(result).slice(-1);
    expect(sentence).toMatch(/^paperboy: 3 deliveries are left\. Sending is held/);
    expect(sentence).toContain('It said: 554 5.7.1 Relay access denied.');

    desk.smtp.hooks.onRcpt = undefined;
    const mended = await desk.run(SEND);
    expect(mended.code).toBe(0);
    expect(mended.json()).toMatchObject({ accepted: 3, planned: 0, held: null });
    expect(desk.smtp.received.flatMap(({ to }) => to).sort()).toEqual(READERS);
  });

  test('shows in what a worker tells of itself', async () => {
    const port = await freePort();
    const worker = desk.start(['worker'], { METRICS_PORT: String(port) });
    await worker.waitForLog(/^The worker \S+ is at work$/m, 30_000);
    const ask = async (path: string) => (await fetch(`http://localhost:${port}${path}`)).text();
    const ready = async () => JSON.parse(await ask('/readyz'));
    await expect.poll(ready, { timeout: 30_000 }).toMatchObject({
      held: { reason: expect.any(String), reply: '554 5.7.1 Relay access denied' },
    });
    expect(await ask('/metrics')).toMatch(/^paperboy_sending_held(?:\{[^}]*\})? 1$/m);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
  });
});

test('a wrong password is tried five times at most, however often send is called', async () => {
  await open({ auth: { user: 'papers', pass: 'right' } });
  const env = { SMTP_URL: desk.smtp.url.replace(':right@', ':wrong@') };
  for (let times = 0; times < 6; times++) {
    const result = await desk.run(SEND, { env });
    expect(result.code).toBe(1);
    expect(result.json()).toMatchObject({
      planned: 3,
      held: { reason: expect.stringContaining('refuses the login') },
    });
  }
  expect(desk.smtp.connections).toBeLessThanOrEqual(5);
  expect(desk.smtp.received).toEqual([]);
});
