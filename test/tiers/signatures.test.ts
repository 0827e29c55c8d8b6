import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildDkimRecord } from '../../src/mail/dkim-record.js';
import { smtpServer } from '../../src/mail/smtp/smtp.js';
import { startPostfix } from '../support/postfix.js';
import { tempDir } from '../support/program.js';
import { startRawSmtp } from '../support/raw-smtp.js';
import { DOMAIN, KEYS, type RelayedMail, relayMails } from './relayed-mails.js';
import { lacks, lacksRoot } from './tier.js';

const OPENDKIM = '/usr/sbin/opendkim';
const leftOut =
  lacks('signatures', '/usr/sbin/postfix') ||
  lacks('signatures', OPENDKIM) ||
  lacksRoot('signatures');

const dir = tempDir();
afterAll(() => dir.dispose());

/** What OpenDKIM says of each signature, with our records in the place of the DNS. */
function verify(raw: Buffer): string[] {
  const [mail, dns, settings] = ['mail.eml', 'dns.txt', 'opendkim.conf'].map((name) =>
    join(dir.path, name),
  ) as [string, string, string];
  const records = KEYS.map((key) => buildDkimRecord(DOMAIN, key));
  writeFileSync(mail, raw);
  writeFileSync(dns, records.map(({ name, text }) => `${name} ${text}\n`).join(''));
  writeFileSync(settings, `Mode v\nSyslog no\nTestDNSData file:${dns}\n`);
  const told = execFileSync(OPENDKIM, ['-x', settings, '-t', mail, '-vvv'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return [...told.matchAll(/dkim=(\w+).*?header\.a=(\S+)/g)].map(([, is, by]) => `${by} ${is}`);
}

const BOTH = ['rsa-sha256 pass', 'ed25519-sha256 pass'];

test.skipIf(leftOut)('a relay that has to convert eight bits would do so', async () => {
  const mailbox = await startRawSmtp({ capabilities: [] });
  const postfix = await startPostfix({ nextHop: mailbox.port });
  try {
    const server = smtpServer({ host: '127.0.0.1', port: postfix.port, ignoreTLS: true }, 'x.test');
    const session = await server.open(AbortSignal.timeout(30_000));
    const header = 'Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n';
    const eightBits = Buffer.from(`${header}Content-Transfer-Encoding: 8bit\r\n\r\nGröße\r\n`);
    const envelope = { from: 'papers@example.org', to: 'ada@reader.test' };
    expect(await session.send(envelope, [eightBits])).toMatchObject({ kind: 'accepted' });
    session.close();
    await mailbox.waitFor(({ accepted }) => accepted.length === 1, 30_000);
    const raw = String(mailbox.accepted[0]?.raw);
    expect(raw).toContain('Content-Transfer-Encoding: quoted-printable');
    expect(raw).toContain('Gr=C3=B6=C3=9Fe');
  } finally {
    await postfix.close();
    await mailbox.close();
  }
});

describe.skipIf(leftOut)('OpenDKIM verifies both signatures', () => {
  test.each<[string, Parameters<typeof relayMails>[0]]>([
    ['behind a relay', { capabilities: ['8BITMIME', 'PIPELINING'] }],
    [
      'behind a relay without 8BITMIME, to a server without it',
      { capabilities: [], settings: { smtpd_discard_ehlo_keywords: '8bitmime, smtputf8' } },
    ],
  ])('%s: of a digest and of each notice', async (_where, options) => {
    const mails = await relayMails(options);
    expect(mails.map(({ what }) => what).sort()).toEqual([
      'confirm',
      'digest',
      'paused',
      'preferences',
    ]);
    for (const { what, raw } of mails) expect([what, verify(raw)]).toEqual([what, BOTH]);
    for (const mail of mails) expectSevenBits(mail);

    const [{ raw } = { raw: Buffer.alloc(0) }] = mails;
    const changed = Buffer.from(
      raw.toString('latin1').replace('Subject: ', 'Subject: Re: '),
      'latin1',
    );
    expect(verify(changed)).toEqual(['rsa-sha256 fail', 'ed25519-sha256 fail']);
    const added = Buffer.concat([Buffer.from('Reply-To: eve@x.test\r\n'), raw]);
    expect(verify(added)).toEqual(['rsa-sha256 fail', 'ed25519-sha256 fail']);
  });

  test('to a reader whose address is beyond ASCII, where all on the way offer SMTPUTF8', async () => {
    const reader = 'jürgen@reader.test';
    const mails = await relayMails({ reader, capabilities: ['8BITMIME', 'SMTPUTF8'] });
    const theirs = mails.filter(({ to }) => to === reader);
    expect(theirs.map(({ what }) => what).sort()).toEqual(['digest', 'preferences']);
    for (const { raw } of theirs) {
      expect(String(raw)).toContain(`To: ${reader}`);
      expect(verify(raw)).toEqual(BOTH);
    }
  });
});

function expectSevenBits({ raw }: RelayedMail): void {
  const text = raw.toString('latin1');
  expect(text).toMatch(/^\p{ASCII}*$/u);
  // Postfix has passed it on as it was.
  expect(text).toContain('by relay.test (Postfix)');
  expect(text).not.toMatch(/converted/i);
}
