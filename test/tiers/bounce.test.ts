import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { type Postfix, startPostfix } from '../support/postfix.js';
import { HURRIED } from '../support/program.js';
import { lacks, lacksRoot } from './tier.js';

const leftOut = lacks('bounce', '/usr/sbin/postfix') || lacksRoot('bounce');
const NOBODY = { code: 550, text: '5.1.1 no such user here' };
const isReader = (address: string) => address.endsWith('@reader.test');
const DATE = '2026-03-02';
const SENDING = {
  BOUNCE_ADDRESS: 'bounces@ours.test',
  MAIL_FROM: 'papers@ours.test',
};

/** What a real relay does with mails to mailboxes that do not exist. */
describe.skipIf(leftOut)('a bounce of Postfix', () => {
  let desk: Desk;
  let postfix: Postfix;
  beforeEach(async () => {
    // The readers' server, which has no mailboxes, and takes what is for us.
    desk = await openDesk(
      { onRcpt: (address) => (isReader(address) ? NOBODY : undefined) },
      SENDING,
    );
  });
  afterEach(async () => {
    await postfix.close();
    await desk.close();
  });

  /** A Postfix that relays for us; what is for us goes that way. */
  const start = (way: string, services: string[]) =>
    startPostfix({
      settings: {
        mynetworks: '127.0.0.0/8',
        smtpd_relay_restrictions: 'permit_mynetworks, reject',
        transport_maps: `inline:{{reader.test=${toStub()}} {ours.test=${way}}}`,
      },
      services: [
        'bounce unix - - n - 0 bounce',
        'defer unix - - n - 0 bounce',
        'retry unix - - n - - error',
        'smtp unix - - n - - smtp',
        ...services,
      ],
    });

  const toStub = () => `smtp:[127.0.0.1]:${desk.smtp.port}`;

  const send = async () => {
    const file = desk.file('readers.csv', 'email\nada@reader.test\n');
    await desk.json(['subscribers', 'import', file, '--confirmed']);
    const env = { SMTP_URL: `smtp://127.0.0.1:${postfix.port}` };
    const sent = await desk.run(['run', '--date', DATE, '--now', '--json'], { env });
    expect(sent.json()).toMatchObject({ accepted: 1 });
  };

  test('names its mail by the return path and the envelope, and is small', async () => {
    postfix = await start(toStub(), []);
    await send();
    const [mail] = await desk.smtp.waitFor(1, 30_000);
    expect(mail?.from).toBe('');
    expect(mail?.to[0]).toMatch(/^bounces\+d[0-9a-z]+@ours\.test$/);
    expect(mail?.raw.length).toBeLessThan(6_000);
    const text = mail?.raw.toString() ?? '';
    const [, key] = /^bounces\+(\w+)@/.exec(mail?.to[0] ?? '') ?? [];
    expect(text).toContain(`Original-Envelope-Id: ${key}\r\n`);
    expect(text).toContain('Original-Recipient: rfc822;ada@reader.test\r\n');
    // Known by the id of its envelope alone, too.
    const elsewhere = text.replaceAll(`bounces+${key}@ours.test`, 'papers@ours.test');
    const read = await desk.run(['bounce', '--json'], { input: elsewhere });
    expect(read.jsonLines()).toMatchObject([{ kind: 'permanent', action: 'suppressed' }]);
    const stories = desk.rows('select trust, status from reports');
    expect(stories).toEqual([{ trust: 'envelope-id', status: '5.1.1' }]);
  });

  test('that is piped in ends in the story of its reader', async () => {
    chmodSync(desk.path, 0o777);
    // Before anything comes back: what its files beside it are made like.
    await desk.run(['migrate']);
    chmodSync(join(desk.path, 'paperboy.db'), 0o666);
    const pipe = join(desk.path, 'pipe.sh');
    const settings = Object.entries({ ...desk.env, LOG_LEVEL: 'info' });
    const exports = settings.map(([name, value]) => `export ${name}='${value}'\n`).join('');
    const run = `exec '${process.execPath}' '${HURRIED}' bounce "$@" >>pipe.log 2>&1\n`;
    writeFileSync(pipe, `#!/bin/sh\ncd '${desk.path}'\n${exports}${run}`);
    chmodSync(pipe, 0o755);
    postfix = await start('paperboy:', [
      `paperboy unix - n n - 1 pipe flags=Rq user=nobody argv=${pipe} --recipient=\${recipient}`,
    ]);
    await send();
    const states = () => desk.rows('select state, reply from deliveries');
    await expect
      .poll(states, { timeout: 60_000, interval: 500 })
      .toEqual([{ state: 'bounced', reply: expect.stringContaining('no such user here') }]);
    expect(postfix.log()).toMatch(/relay=paperboy, .*status=sent \(delivered via paperboy service/);
  });
});
