import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import type { Finding } from '../../../src/jobs/doctor/doctor.js';
import { examineRelays } from '../../../src/jobs/doctor/examine-relay.js';
import { type BrokenTls, startBrokenTls } from '../../support/broken-tls.js';
import { freePort, ROOT } from '../../support/program.js';
import { type RawSmtpOptions, startRawSmtp } from '../../support/raw-smtp.js';
import { type SmtpOptions, startSmtp } from '../../support/smtp.js';

const pem = readFileSync(join(ROOT, 'test/fixtures/tls/valid.pem'), 'utf8');
const TLS = { key: pem, cert: pem };
const LOGIN = { user: 'papers', pass: 'g3heim' };
const UNCHECKED = 'tls.rejectUnauthorized=false';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function kept<T extends { close(): Promise<void> }>(server: T): T {
  open.push(server);
  return server;
}

const smtp = async (options?: SmtpOptions) => kept(await startSmtp(options));
const raw = async (options?: RawSmtpOptions) => kept(await startRawSmtp(options));

function examine(url: string, now = Date.now()): Promise<Finding[]> {
  const { routes } = loadConfig({ SMTP_URL: url });
  const sender = 'papers@example.org';
  return examineRelays(routes, {
    sender,
    heloName: 'papers.example.org',
    ...{ stepTimeout: 1_000, now },
  });
}

const told = async (url: string) => (await examine(url)).map(({ told }) => told);

/** The one finding that is a failure, which must be the last. */
async function failure(url: string): Promise<string | undefined> {
  const findings = await examine(url);
  expect(findings.map(({ ok }) => ok)).toEqual(findings.map((_, n) => n < findings.length - 1));
  return findings.at(-1)?.told;
}

describe('a relay that works', () => {
  test('is told step by step, and gets no mail', async () => {
    const senders: string[] = [];
    const stub = await smtp({
      ...{ auth: LOGIN, tls: TLS },
      onMail: (from) => {
        senders.push(from);
        return undefined;
      },
    });
    const at = `127.0.0.1:${stub.port}`;
    expect(await examine(`${stub.url}?${UNCHECKED}&connections=3`)).toEqual([
      {
        ...{ subject: 'relay smtp', ok: true, warns: true },
        told: `answers at ${at}, encrypted with TLSv1.3 (STARTTLS); tls.rejectUnauthorized=false lets its certificate pass (depth zero self signed cert): anybody in between can then read and change the mail, and read the login`,
      },
      {
        ...{ subject: 'relay smtp', ok: true },
        told: 'takes any size; offers PIPELINING, 8BITMIME, SMTPUTF8, AUTH LOGIN PLAIN; without DSN, bounces have the whole mail in them',
      },
      { subject: 'relay smtp', ok: true, told: 'takes the login as papers' },
      { subject: 'relay smtp', ok: true, told: 'takes papers@example.org as the sender' },
      { subject: 'relay smtp', ok: true, told: 'takes the 3 connections that are set' },
      {
        ...{ subject: 'relay smtp', ok: true },
        told: 'gets at most 3 connections, 100 mails a connection',
      },
    ]);
    expect([senders, stub.attempts, stub.connections]).toEqual([['papers@example.org'], [], 3]);
  });

  test('names no recipient', async () => {
    const stub = await raw();
    await examine(`${stub.url}?connections=1`);
    const stages = stub.visits.map(({ stage }) => stage);
    expect(stages).toEqual(['greeting', 'ehlo', 'mail', 'rset', 'quit']);
    expect(stub.visits[2]?.line).toBe('MAIL FROM:<papers@example.org>');
  });

  test('tells the size that it takes', async () => {
    const stub = await raw({ capabilities: ['SIZE 35882577', '8BITMIME', 'dsn', 'SMTPUTF8'] });
    expect(await told(stub.url)).toContain(
      'takes mails of up to 35.9 MB; offers 8BITMIME, dsn, SMTPUTF8',
    );
  });

  test('tells what it does not offer, and what that costs', async () => {
    const stub = await raw({ capabilities: ['SIZE 0'] });
    expect(await told(stub.url)).toContain(
      'takes any size; offers no extensions; without 8BITMIME, mails go in 7 bits; without SMTPUTF8, addresses with letters beyond ASCII before the @ get none; without DSN, bounces have the whole mail in them',
    );
  });

  test.each([
    [101_999, false],
    [102_000, true],
  ])('has to take a digest: SIZE %d', async (octets, ok) => {
    const stub = await raw({ capabilities: [`SIZE ${octets}`] });
    const size = (await examine(stub.url)).find(({ told: words }) => words.includes('mails of'));
    expect([size?.ok, size?.remedy]).toEqual([
      ok,
      ok ? undefined : 'digests have up to 102 KB: raise the limit there',
    ]);
  });

  test.each([
    [15, undefined],
    [13.5, 'in 13 days'],
    [1.5, 'in 1 day'],
    [0.5, 'in less than a day'],
  ])('is told that its certificate ends in %d days', async (days, when) => {
    const stub = await smtp({ tls: TLS });
    const { validTo } = new X509Certificate(pem);
    const now = Date.parse(validTo) - days * 24 * 3_600_000;
    const findings = await examine(`${stub.url}?${UNCHECKED}&connections=1`, now);
    const end = findings.find(({ told: words }) => words.startsWith('its certificate ends'));
    const day = new Date(validTo).toISOString().slice(0, 10);
    expect(end?.told).toBe(when && `its certificate ends ${when}, on ${day}`);
    expect(end?.remedy).toBe(when && 'renew it, or find out why it is not renewed by itself');
  });

  test('on this machine may go without TLS, and is left alone', async () => {
    const stub = await smtp();
    expect((await examine(stub.url))[0]).toEqual({
      ...{ subject: 'relay smtp', ok: true, warns: false },
      told: `answers at 127.0.0.1:${stub.port}, not encrypted, for it offers no TLS`,
    });
    await expect.poll(() => [stub.connections, stub.openConnections]).toEqual([8, 0]);
  });

  test('of several has its own name, and all are asked', async () => {
    const [ses, own] = [await smtp(), await smtp()];
    const findings = await examine(`ses=${ses.url} own=${own.url}?connections=2`);
    expect(findings.map(({ subject }) => subject)).toEqual([
      ...Array(5).fill('relay ses'),
      ...Array(5).fill('relay own'),
    ]);
  });
});

describe('fewer connections than are set', () => {
  test('are counted to the first refusal', async () => {
    const greeting = ({ connection }: { connection: number }) =>
      connection > 5 ? '421 4.7.0 Too many connections' : undefined;
    const stub = await raw({ steps: { greeting } });
    expect(await told(stub.url)).toContain(
      'takes 5 of the 8 connections that are set (421 4.7.0 Too many connections): set connections=5 in its URL',
    );
    expect(stub.connections).toBe(6);
  });

  test('are a warning, not a failure', async () => {
    const greeting = ({ connection }: { connection: number }) =>
      connection > 1 ? 'drop' : undefined;
    const stub = await raw({ steps: { greeting } });
    const findings = await examine(stub.url);
    expect(findings.every(({ ok }) => ok)).toBe(true);
    expect(findings.find(({ warns }) => warns)?.told).toMatch(/^takes 1 of the 8 connections/);
  });
});

describe('a relay that fails', () => {
  test('for nobody is there', async () => {
    const port = await freePort();
    expect(await failure(`smtp://127.0.0.1:${port}`)).toMatch(
      `connecting to 127.0.0.1:${port} failed: connect ECONNREFUSED 127.0.0.1:${port}; nothing listens at port ${port}: check host and port`,
    );
  });

  test('by a certificate that nobody knows', async () => {
    const stub = await smtp({ tls: TLS });
    expect(await failure(stub.url)).toMatch(
      /^TLS with 127\.0\.0\.1:\d+ failed: self-signed certificate; .*NODE_EXTRA_CA_CERTS.*rejectUnauthorized=false/,
    );
  });

  test('by smtps:// at a port that begins in the clear', async () => {
    const stub = await smtp();
    expect(await failure(stub.url.replace('smtp:', 'smtps:'))).toMatch(
      /^TLS with .* failed: wrong version number; .*write smtp:\/\/…\?requireTLS=true/,
    );
  });

  test('by smtp:// at a port that speaks TLS at once', async () => {
    const stub = await raw({ tls: TLS });
    expect(await failure(stub.url)).toMatch(
      /^waiting for the greeting of .* failed: no answer in time; .*write smtps:\/\//,
    );
  });

  test('by silence in the handshake', async () => {
    const stub = await raw({ steps: { greeting: 'stall' } });
    expect(await failure(stub.url.replace('smtp:', 'smtps:'))).toMatch(
      /^TLS with .* failed: no answer in time; if it begins in the clear, write smtp:\/\//,
    );
  });

  test.each<BrokenTls>(['hang up', 'garbage', 'silence'])(
    'by TLS that is broken: %s',
    async (how) => {
      const stub = kept(await startBrokenTls(how));
      expect(await failure(`smtp://127.0.0.1:${stub.port}`)).toMatch(
        /^TLS with .* failed: .*; the server has no TLS at this port, or somebody in between takes it/,
      );
      expect(stub.heard).not.toContain('MAIL');
    },
  );

  test('by TLS that is demanded and not offered', async () => {
    const stub = await smtp({ auth: LOGIN });
    expect(await failure(`${stub.url}?requireTLS=true`)).toMatch(
      /^TLS with .* failed: 5\d\d .*; the server has no TLS at this port, or somebody in between/,
    );
  });

  test('by the login, which is told without the password', async () => {
    const stub = await smtp({ auth: LOGIN });
    const url = stub.url.replace(LOGIN.pass, 'wr0ng');
    const words = await failure(url);
    expect(words).toMatch(/^the login as papers at .* failed: 535 5\.7\.8 .*; check user and/);
    expect(words).not.toContain('wr0ng');
  });

  test('by a server that repeats the login', async () => {
    const unknown = ({ line }: { line: string }) => `501 5.5.4 Syntax error in "${line}" g3heim`;
    const stub = await raw({ capabilities: ['AUTH PLAIN'], steps: { unknown } });
    const words = await failure(stub.url.replace('//', '//papers:g3heim@'));
    expect(words).toMatch(/failed: 501 5\.5\.4 Syntax error in "AUTH PLAIN …" …; it has no login/);
  });

  test('by the sender', async () => {
    const stub = await raw({ steps: { mail: '550 5.7.60 Not as this sender' } });
    expect(await failure(stub.url)).toMatch(
      /^MAIL FROM:<papers@example\.org> at .* failed: 550 5\.7\.60 Not as this sender; check MAIL_FROM/,
    );
  });

  test.each([
    ['refuses', '554 5.7.1 Go away', /the greeting of .* failed: 554 5\.7\.1 Go away; it refuses/],
    ['is full', '421 4.3.2 Full', /the greeting of .* failed: 421 4\.3\.2 Full; it takes no more/],
    ['is none', 'SSH-2.0-OpenSSH', /failed: SSH-2\.0-OpenSSH; that is no SMTP server/],
    ['paints', '554 \u001b[31mred\u0007\u202e', /failed: 554 \[31mred; it refuses/],
    ['hangs up', 'drop', /the greeting of .* failed: Connection closed unexpectedly; if it speaks/],
  ])('at the greeting: %s', async (_what, greeting, words) => {
    const stub = await raw({ steps: { greeting } });
    expect(await failure(stub.url)).toMatch(words);
  });

  test.each([
    ['ehlo', /^EHLO to .* failed: no answer in time$/],
    ['mail', /^MAIL FROM:<papers@example\.org> at .* failed: no answer in time$/],
    ['unknown', /^the login as papers at .* failed: no answer in time$/],
  ])('by silence at %s', async (stage, words) => {
    const stub = await raw({ capabilities: ['AUTH PLAIN'], steps: { [stage]: 'stall' } });
    const login = stage === 'unknown' ? 'papers:g3heim@' : '';
    expect(await failure(stub.url.replace('//', `//${login}`))).toMatch(words);
  });

  test('by 421 instead of an answer', async () => {
    const stub = await raw({ steps: { mail: '421 4.4.2 Shutting down' } });
    expect(await failure(stub.url)).toMatch(/^MAIL FROM:.* failed: 421 4\.4\.2 Shutting down$/);
  });
});

test('a preset in use is named, with what it sets', async () => {
  const stub = await smtp();
  const [route] = loadConfig({ SMTP_URL: 'smtp://smtp.office365.com' }).routes;
  if (route === undefined) throw new Error('no route');
  const here = { ...route, smtp: { host: '127.0.0.1', port: stub.port } };
  const findings = await examineRelays([here], { sender: 'a@b.test', heloName: 'b.test', now: 0 });
  expect(findings.at(-1)?.told).toBe(
    'gets at most 3 connections, 100 mails a connection, 0.5 mails a second, 10,000 mails a day; what you have not set is from the preset office365',
  );
});
