import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { PaperboyError } from '../../../src/base/errors.js';
import {
  type Listener,
  type ListenerOptions,
  startListener,
} from '../../../src/jobs/inbound/listener.js';
import { loadTls } from '../../../src/jobs/inbound/tls-files.js';
import { type Noted, notingLogger } from '../../sources/asking.js';
import { ROOT } from '../../support/program.js';
import { type RecordingInbound, recordingInbound } from '../../support/recording-inbound.js';
import { SmtpTalk } from '../../support/smtp-talk.js';

const CERTIFICATE = join(ROOT, 'test/fixtures/tls/valid.pem');
const OURS = 'RCPT TO:<bounces+k1@bounces.test>';
const MAIL = 'Subject: Undelivered\r\n\r\nNo such user.\r\n.';

let inbound: RecordingInbound;
let noted: Noted;
let listener: Listener | undefined;
let talks: SmtpTalk[];

beforeEach(() => {
  inbound = recordingInbound();
  noted = notingLogger();
  talks = [];
});
afterEach(async () => {
  for (const talk of talks) talk.end();
  await listener?.close();
  listener = undefined;
});

async function start(options: Partial<ListenerOptions> = {}): Promise<Listener> {
  listener = await startListener(
    { protocol: 'smtp', host: '127.0.0.1', port: 0, name: 'papers.test', tls: null, ...options },
    { inbound, clock: systemClock, logger: noted.logger },
  );
  return listener;
}

/** A conversation that has greeted. */
async function talk(port: number, hello = 'EHLO mx.test'): Promise<SmtpTalk> {
  const opened = await SmtpTalk.open(port);
  talks.push(opened);
  expect(await opened.reply()).toMatch(/^220 papers\.test/);
  if (hello) expect(await opened.say(hello)).toMatch(/^250/);
  return opened;
}

const linesOf = (event: string) => noted.lines.filter((line) => line['event'] === event);

describe('what it takes', () => {
  test('a bounce with the null sender, answered once the store has it', async () => {
    const client = await talk((await start()).port);
    expect(await client.codes('MAIL FROM:<>', OURS, 'DATA')).toBe('250 250 354');
    let store = () => {};
    inbound.wait = new Promise<void>((resolve) => {
      store = resolve;
    });
    const said = client.say(MAIL);
    const first = await Promise.race([said, systemClock.sleep(100).then(() => 'nothing yet')]);
    expect(first).toBe('nothing yet');
    store();
    expect(await said).toMatch(/^250 2\.6\.0 /);
    expect(inbound.mails).toEqual([
      {
        octets: Buffer.from('Subject: Undelivered\r\n\r\nNo such user.\r\n'),
        via: 'smtp',
        recipients: ['bounces+k1@bounces.test'],
      },
    ]);
    expect(linesOf('report_received')).toEqual([
      expect.objectContaining({ via: 'smtp', kind: 'permanent', action: 'none' }),
    ]);
  });

  test('several mails over a connection, several recipients, a sender that is not null', async () => {
    const client = await talk((await start()).port);
    for (const sender of ['<postmaster@mx.test>', '<>']) {
      const second = 'RCPT TO:<bounces+K2@Bounces.TEST>';
      expect(await client.codes(`MAIL FROM:${sender}`, OURS, second, 'DATA', MAIL)).toBe(
        '250 250 250 354 250',
      );
    }
    expect(inbound.mails.map(({ recipients }) => recipients)).toEqual(
      Array(2).fill(['bounces+k1@bounces.test', 'bounces+K2@Bounces.TEST']),
    );
  });

  test('octets as they are, dots at the beginning of lines, UTF-8 addresses, all in one packet', async () => {
    const opened = await talk((await start()).port);
    const body = Buffer.concat([
      Buffer.from('\r\n..two\r\n', 'latin1'),
      Buffer.from([0, 0x80, 0xff, 0x0d, 0x0a]),
    ]);
    opened.write(
      Buffer.concat([
        Buffer.from(
          'MAIL FROM:<ö@mx.test> SMTPUTF8 BODY=8BITMIME\r\nRCPT TO:<bounces+k@bounces.test>\r\nDATA\r\n',
        ),
      ]),
    );
    expect(await opened.reply()).toMatch(/^250/);
    expect(await opened.reply()).toMatch(/^250/);
    expect(await opened.reply()).toMatch(/^354/);
    opened.write(Buffer.concat([body, Buffer.from('.\r\nNOOP\r\nQUIT\r\n')]));
    expect(await opened.reply()).toMatch(/^250 2\.6\.0/);
    expect(await opened.reply()).toMatch(/^250/);
    expect(await opened.reply()).toMatch(/^221/);
    expect(Buffer.from(inbound.mails[0]?.octets ?? []).toString('latin1')).toBe(
      '\r\n.two\r\n\0\x80\xff\r\n',
    );
  });

  test('by LMTP, with an answer for each recipient', async () => {
    const client = await talk((await start({ protocol: 'lmtp' })).port, 'LHLO mx.test');
    const second = 'RCPT TO:<bounces+k2@bounces.test>';
    expect(await client.codes('MAIL FROM:<>', OURS, 'RCPT TO:<a@b.test>', second, 'DATA')).toBe(
      '250 250 550 250 354',
    );
    expect(await client.say(MAIL)).toMatch(/^250/);
    expect(await client.reply()).toMatch(/^250/);
    expect(inbound.mails.map(({ via, recipients }) => [via, recipients.length])).toEqual([
      ['lmtp', 2],
    ]);
    inbound.failure = new PaperboyError('store_busy', 'The store is busy.');
    expect(await client.codes('MAIL FROM:<>', OURS, second, 'DATA', MAIL)).toBe(
      '250 250 250 354 451',
    );
    expect(await client.reply()).toMatch(/^451 4\.3\.0/);
    expect(await client.codes('EHLO mx.test')).toBe('500');
  });

  test('over STARTTLS where there is a certificate, which may be renewed', async () => {
    const pair = loadTls({ certFile: CERTIFICATE, keyFile: CERTIFICATE });
    const { port, renewTls } = await start({ tls: pair });
    renewTls(pair);
    const client = await talk(port);
    expect(await client.say('EHLO mx.test')).toContain('STARTTLS');
    expect(await client.say('STARTTLS')).toMatch(/^220/);
    await client.secure({ ca: readFileSync(CERTIFICATE), checkServerIdentity: () => undefined });
    expect(await client.codes('EHLO mx.test', 'MAIL FROM:<>', OURS, 'DATA', MAIL)).toBe(
      '250 250 250 354 250',
    );
  });
});

describe('what it refuses', () => {
  test.each([
    'reader@example.org',
    'bounces@bounces.test.example.org',
    'bounces%example.org@relay.test',
    '"bounces@bounces.test"@example.org',
    '@bounces.test:reader@example.org',
  ])('to pass on to %s', async (address) => {
    const client = await talk((await start()).port);
    expect(await client.codes('MAIL FROM:<bounces@bounces.test>')).toBe('250');
    expect(await client.say(`RCPT TO:<${address}>`)).toMatch(/^550 5\.1\.1 |^501 5\.1\.3 /);
    expect(await client.codes('DATA')).toBe('503');
    expect(inbound.mails).toEqual([]);
  });

  test('logins, STARTTLS without a certificate, jokes, and to say who is here', async () => {
    const client = await talk((await start()).port);
    const hello = await client.say('EHLO mx.test');
    expect(hello).not.toMatch(/AUTH|STARTTLS|XCLIENT|DSN/);
    expect(hello).toMatch(/PIPELINING.*8BITMIME.*SMTPUTF8/s);
    expect(hello).toContain('SIZE 1048576');
    expect(await client.codes('AUTH PLAIN AAA=', 'STARTTLS', 'WIZ x', 'EXPN list')).toMatch(
      /^5\d\d 5\d\d 5\d\d 5\d\d$/,
    );
    expect(await client.say('VRFY bounces@bounces.test')).toMatch(/^252|^5/);
  });

  test('what is too large: by its announcement, and by its octets, of which nothing is kept', async () => {
    const client = await talk((await start({ limits: { size: 2_000 } })).port);
    expect(await client.say('MAIL FROM:<> SIZE=2001')).toMatch(/^552 5\.3\.4 /);
    expect(await client.codes('MAIL FROM:<>', OURS, 'DATA')).toBe('250 250 354');
    expect(await client.say(`${'x'.repeat(70)}\r\n`.repeat(50).concat('.'))).toMatch(
      /^552 5\.3\.4 /,
    );
    expect(inbound.mails).toEqual([]);
    expect(await client.codes('MAIL FROM:<>', OURS, 'DATA', MAIL)).toBe('250 250 354 250');
  });

  test('for now, what the store can not take', async () => {
    const client = await talk((await start()).port);
    inbound.failure = new PaperboyError('store_busy', 'The store is busy with bounces+k1@b.test.');
    expect(await client.codes('MAIL FROM:<>', OURS, 'DATA')).toBe('250 250 354');
    expect(await client.say(MAIL)).toMatch(/^451 4\.3\.0 It can not be stored just now/);
    expect(linesOf('report_not_taken')).toEqual([
      expect.objectContaining({ reason: 'store_busy' }),
    ]);
    inbound.failure = null;
    expect(await client.codes('MAIL FROM:<>', OURS, 'DATA', MAIL)).toBe('250 250 354 250');
  });

  test('who guesses, who sends too much, who has too many connections', async () => {
    const limits = { unknown: 3, mails: 2, connections: 2 };
    const { port } = await start({ limits });
    const first = await talk(port);
    expect(await first.codes('MAIL FROM:<>', OURS, 'DATA', MAIL)).toBe('250 250 354 250');
    expect(await first.codes('MAIL FROM:<>', 'RCPT TO:<a@b.test>', 'RCPT TO:<b@b.test>')).toBe(
      '250 550 550',
    );
    const second = await talk(port);
    expect(await second.say('MAIL FROM:<>')).toMatch(/^421 .*Too many mails/);
    await second.closed();
    await talk(port);
    const third = await SmtpTalk.open(port);
    talks.push(third);
    expect(await third.reply()).toMatch(/^421 .*Too many connections/);
    expect(await first.say('RCPT TO:<c@b.test>')).toMatch(/^421 .*Too many unknown recipients/);
    const fourth = await SmtpTalk.open(port);
    talks.push(fourth);
    expect(await fourth.reply()).toMatch(/^421 /);
  });

  const MANY = 300;
  const junk = (count: number) =>
    Array.from({ length: count }, (_, n) => `RCPT TO:<junk${n}@bounces.test.example.org>`);

  test.each<[string, Partial<ListenerOptions>]>([
    ['by LMTP', { protocol: 'lmtp' }],
    ['from a named address', { fronts: ['192.0.2.1', '127.0.0.1'] }],
    ['from a named network', { fronts: ['127.0.0.0/8'] }],
    ['from any network', { fronts: ['::/0', '0.0.0.0/0'] }],
  ])(
    'junk through a front of ours %s for each recipient, and bounces are taken',
    async (_how, options) => {
      const limits = { unknown: 3, mails: 2, connections: 1 };
      const { port } = await start({ limits, ...options });
      const hello = options.protocol === 'lmtp' ? 'LHLO mx.test' : 'EHLO mx.test';
      const client = await talk(port, hello);
      const replies = (await client.codes('MAIL FROM:<>', ...junk(MANY), 'RSET')).split(' ');
      expect(replies).toEqual(['250', ...Array(MANY).fill('550'), '250']);
      for (let mails = 0; mails < 5; mails++) {
        expect(await client.codes('MAIL FROM:<>', ...junk(1), OURS, 'DATA', MAIL)).toBe(
          '250 550 250 354 250',
        );
      }
      await talk(port, hello);
      expect(inbound.mails).toHaveLength(5);
    },
  );

  test('whoever is in no network of ours has limits, however the networks are written', async () => {
    const fronts = ['126.0.0.0/8', '127.0.0.2', '::1', 'fe80::/10'];
    const { port } = await start({ fronts, limits: { unknown: 3 } });
    const client = await talk(port);
    expect(await client.codes('MAIL FROM:<>', ...junk(3))).toBe('250 550 550 421');
  });

  test('who says nothing, and who never comes to an end', async () => {
    const { port } = await start({ limits: { idle: 300, session: 1_000 } });
    const silent = await talk(port);
    expect(await silent.reply()).toMatch(/^421 .*Timeout/);
    const slow = await talk(port);
    expect(await slow.codes('MAIL FROM:<>', OURS, 'DATA')).toBe('250 250 354');
    const dripping = setInterval(() => slow.write('x'), 50);
    await slow.closed();
    clearInterval(dripping);
    expect(inbound.mails).toEqual([]);
  });
});

describe('when it closes', () => {
  test('who is idle is sent away, a mail under way is finished, nobody new is let in', async () => {
    const opened = await start();
    const idle = await talk(opened.port);
    const busy = await talk(opened.port);
    expect(await busy.codes('MAIL FROM:<>', OURS, 'DATA')).toBe('250 250 354');
    const closing = opened.close();
    listener = undefined;
    expect(await idle.reply()).toMatch(/^421/);
    expect(await busy.say(MAIL)).toMatch(/^250/);
    expect(await busy.say('MAIL FROM:<>')).toMatch(/^421/);
    await closing;
    expect(inbound.mails).toHaveLength(1);
    await expect(SmtpTalk.open(opened.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a client that goes in the middle of a mail leaves nothing behind', async () => {
    const { port } = await start();
    const client = await talk(port);
    await client.codes('MAIL FROM:<>', OURS, 'DATA');
    client.write('Subject: half');
    client.end();
    const next = await talk(port);
    expect(await next.codes('MAIL FROM:<>', OURS, 'DATA', MAIL)).toBe('250 250 354 250');
    expect(inbound.mails).toHaveLength(1);
    expect(linesOf('report_not_taken')).toEqual([]);
  });
});

const word = fc.constantFrom(
  ...[
    'EHLO',
    'HELO',
    'LHLO',
    'MAIL FROM:',
    'RCPT TO:',
    'DATA',
    'BDAT 3 LAST',
    'RSET',
    'NOOP',
    'QUIT',
  ],
  ...[
    'VRFY',
    'STARTTLS',
    'AUTH PLAIN',
    'XCLIENT',
    '<>',
    '<bounces+k@bounces.test>',
    ' SIZE=9',
    '@',
  ],
  ...[
    ' SIZE=-1',
    ' BODY=x',
    ' SMTPUTF8',
    ' RET=FULL',
    '\r\n',
    '\r\n.\r\n',
    '\n.\n',
    '.',
    '\0',
    '\xff',
  ],
);
const noise = fc.oneof(
  word,
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.nat(20).map((n) => 'A'.repeat(2 ** Math.min(n, 14))),
);

test('whatever is said to it, it goes on listening', async () => {
  const { port } = await start({
    limits: { idle: 1_000, session: 5_000, connections: 1_000, mails: 1e6, unknown: 1e6 },
  });
  await fc.assert(
    fc.asyncProperty(fc.array(noise, { maxLength: 40 }), fc.boolean(), async (words, greets) => {
      const client = await SmtpTalk.open(port);
      try {
        expect(await client.reply()).toMatch(/^220/);
        if (greets) await client.codes('EHLO mx.test', 'MAIL FROM:<>', OURS);
        client.write(words.join(''));
        client.write('\r\n.\r\nQUIT\r\n');
        for (;;) {
          const said = await client.reply();
          if (said === '') break;
          expect(said).toMatch(/^(?:[245]\d\d|354)[ -]/);
          expect(said).not.toMatch(/internal server error/);
          if (/^(?:221|421)/.test(said)) break;
        }
      } finally {
        client.end();
      }
    }),
    { numRuns: 40 },
  );
  const client = await talk(port);
  inbound.mails.length = 0;
  expect(await client.codes('MAIL FROM:<>', OURS, 'DATA', MAIL)).toBe('250 250 354 250');
  expect(inbound.mails).toHaveLength(1);
});

test('a port that is taken is told by its code', async () => {
  const { port } = await start();
  await expect(
    startListener(
      { protocol: 'smtp', host: '127.0.0.1', port, name: 'x.test', tls: null },
      { inbound, clock: systemClock, logger: noted.logger },
    ),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
