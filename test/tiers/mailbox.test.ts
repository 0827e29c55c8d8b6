import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { PaperboyError } from '../../src/base/errors.js';
import type { Leases } from '../../src/base/leases.js';
import { TIMING } from '../../src/base/timing.js';
import { parseImapUrl } from '../../src/config/parse-imap.js';
import { runMailbox } from '../../src/jobs/inbound/mailbox.js';
import { type Noted, notingLogger } from '../sources/asking.js';
import { DOVECOT, type Dovecot, PASSWORD, startDovecot, USER } from '../support/dovecot.js';
import { ROOT } from '../support/program.js';
import { type RecordingInbound, recordingInbound } from '../support/recording-inbound.js';
import { lacks, lacksRoot } from './tier.js';

const CERTIFICATE = join(ROOT, 'test/fixtures/tls/valid.pem');
const leftOut = lacks('mailbox', DOVECOT) || lacksRoot('mailbox');
const timing = { ...TIMING, lease: 2_000, renewEvery: 200, firstRestart: 100, drainLimit: 2_000 };

const mail = (n: number) => `Subject: Undelivered ${n}\r\n\r\nNo such user.\r\n`;
const subjects = (inbound: RecordingInbound) =>
  inbound.mails.map(({ octets }) => /Subject: (.*)/.exec(Buffer.from(octets).toString())?.[1]);

describe.skipIf(leftOut)('a mailbox of Dovecot', () => {
  let dovecot: Dovecot;
  let inbound: RecordingInbound;
  let noted: Noted;
  let stop: AbortController;
  let running: Promise<void>[];
  let leases: Leases;

  beforeAll(async () => {
    dovecot = await startDovecot(CERTIFICATE);
  });
  afterAll(() => dovecot.close());
  beforeEach(async () => {
    inbound = recordingInbound();
    noted = notingLogger();
    stop = new AbortController();
    running = [];
    leases = memoryLeases();
    const owner = await dovecot.connect();
    await owner.messageDelete('1:*').catch(() => undefined);
    await owner.mailboxDelete('Paperboy').catch(() => undefined);
    await owner.logout();
  });
  afterEach(end);

  async function end(): Promise<void> {
    stop.abort();
    await Promise.all(running);
  }

  function start({
    options = 'tls.rejectUnauthorized=false',
    login = dovecot.login,
    port = dovecot.tlsPort,
    scheme = 'imaps',
  } = {}) {
    const url = `${scheme}://${login}@127.0.0.1:${port}/INBOX?${options}`;
    const { logger } = noted;
    const holder = `process ${running.length}`;
    const deps = { inbound, clock: systemClock, logger, leases, holder, timing };
    running.push(runMailbox(parseImapUrl(url), deps, stop.signal));
  }

  async function until(test: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if (await test()) return;
      await systemClock.sleep(50);
    }
    throw new Error(`It did not come: ${JSON.stringify(noted.lines)}`);
  }
  const events = () => noted.lines.map((line) => line['event']);

  test('what is there is read, and what comes; both are moved, seen', async () => {
    await dovecot.deliver(mail(1), mail(2));
    start();
    await until(() => inbound.mails.length === 2);
    // Nobody asks: the server tells (IDLE).
    await dovecot.deliver(mail(3));
    await until(() => inbound.mails.length === 3);
    await until(async () => (await dovecot.count('Paperboy')).seen === 3);
    expect(await dovecot.count('INBOX')).toEqual({ all: 0, seen: 0 });
    expect(subjects(inbound)).toEqual(['Undelivered 1', 'Undelivered 2', 'Undelivered 3']);
    expect(inbound.mails.map(({ via }) => via)).toEqual(['imap', 'imap', 'imap']);
  });

  test('by STARTTLS; with moveTo= they stay where they are, and are read once', async () => {
    await dovecot.deliver(mail(1));
    start({
      scheme: 'imap',
      port: dovecot.port,
      options: 'requireTLS=on&tls.rejectUnauthorized=no&moveTo=',
    });
    await until(async () => (await dovecot.count('INBOX')).seen === 1);
    await dovecot.deliver(mail(2));
    await until(async () => (await dovecot.count('INBOX')).seen === 2);
    expect(inbound.mails).toHaveLength(2);
    expect(dovecot.log()).toMatch(/imap-login: .*TLS/);
  });

  test('what the store can not take stays unseen, and is read when it can', async () => {
    inbound.failure = new PaperboyError('store_busy', `The store is busy with ${USER}.`);
    await dovecot.deliver(mail(1));
    start();
    await until(() => events().includes('bounce_mailbox_failed'));
    expect(await dovecot.count('INBOX')).toEqual({ all: 1, seen: 0 });
    inbound.failure = null;
    await until(async () => (await dovecot.count('Paperboy')).seen === 1);
    expect(inbound.mails).toHaveLength(1);
  });

  test('a mail that can not be read is left with a flag, and the others are read', async () => {
    await dovecot.deliver(mail(1), mail(2));
    const { receive } = inbound;
    let tries = 0;
    inbound.receive = async (one, options) => {
      if (!Buffer.from(one.octets).includes('Undelivered 1')) return receive(one, options);
      tries += 1;
      throw new TypeError('a fault of ours');
    };
    start();
    await until(async () => (await dovecot.count('Paperboy')).seen === 1);
    for (let n = 3; n < 6; n++) {
      await dovecot.deliver(mail(n));
      await until(() => inbound.mails.length === n - 1);
    }
    await until(() => events().includes('bounce_mail_given_up'));
    await dovecot.deliver(mail(9));
    await until(() => inbound.mails.length === 5);
    expect(tries).toBe(3);
    const owner = await dovecot.connect();
    expect(await owner.search({ seen: false, flagged: true })).toHaveLength(1);
    await owner.logout();
  });

  test('of two processes one reads; the other goes on when it has gone', async () => {
    start();
    start();
    await dovecot.deliver(...Array.from({ length: 30 }, (_, n) => mail(n)));
    await until(async () => (await dovecot.count('Paperboy')).seen === 30);
    expect(new Set(subjects(inbound)).size).toBe(30);
    expect(inbound.mails).toHaveLength(30);
  });

  test('a wrong password is told without it, and not tried again at once', async () => {
    start({ login: `${encodeURIComponent(USER)}:wrong%20geheim` });
    await until(() => events().includes('bounce_mailbox_failed'));
    const [line] = noted.lines;
    expect(line).toMatchObject({ code: 'login_refused', backoff: 900_000 });
    expect(JSON.stringify(noted.lines)).not.toMatch(/geheim|bounces@/);
  });

  test('a certificate that is not trusted gets no login', async () => {
    start({ options: '' });
    await until(() => events().includes('bounce_mailbox_failed'));
    expect(noted.lines[0]).toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|CERT/) });
    expect(JSON.stringify(noted.lines)).not.toContain(PASSWORD);
  });

  test('a connection that is lost is opened again', async () => {
    start();
    await dovecot.deliver(mail(1));
    await until(() => inbound.mails.length === 1);
    const before = dovecot.log().length;
    execFileSync('doveadm', ['-c', dovecot.config, 'kick', USER]);
    await until(() => dovecot.log().length > before);
    await dovecot.deliver(mail(2));
    await until(() => inbound.mails.length === 2);
  });

  test('thousands of mails are read in batches, and it stops in the middle of them', async () => {
    const owner = await dovecot.connect();
    for (let n = 0; n < 300; n++) await owner.append('INBOX', mail(n));
    await owner.logout();
    const { receive } = inbound;
    inbound.receive = async (one, options) => {
      const received = await receive(one, options);
      if (inbound.mails.length === 120) stop.abort();
      return received;
    };
    start();
    await Promise.all(running);
    expect(inbound.mails).toHaveLength(120);
    expect(await dovecot.count('Paperboy')).toEqual({ all: 120, seen: 120 });
    expect(await dovecot.count('INBOX')).toEqual({ all: 180, seen: 0 });
  });
});

function memoryLeases(): Leases {
  const held = new Map<string, { holder: string; until: number }>();
  return {
    async take(name, holder, ms) {
      const now = performance.now();
      const known = held.get(name);
      if (known && known.holder !== holder && known.until > now) return false;
      held.set(name, { holder, until: now + ms });
      return true;
    },
    async release(name, holder) {
      if (held.get(name)?.holder === holder) held.delete(name);
    },
  };
}
