import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { PaperboyError } from '../../src/base/errors.js';
import { type Listener, startListener } from '../../src/jobs/inbound/listener.js';
import { type Desk, openDesk } from '../cli/desk.js';
import { notingLogger } from '../sources/asking.js';
import { DOVECOT, type Dovecot, startDovecot } from '../support/dovecot.js';
import { type Postfix, startPostfix } from '../support/postfix.js';
import { freePort, ROOT, type RunningPaperboy } from '../support/program.js';
import { type RecordingInbound, recordingInbound } from '../support/recording-inbound.js';
import { lacks, lacksRoot } from './tier.js';

const CERTIFICATE = join(ROOT, 'test/fixtures/tls/valid.pem');
const leftOut =
  lacks('bounces', '/usr/sbin/postfix') || lacks('bounces', DOVECOT) || lacksRoot('bounces');

const WAIT = { timeout: 30_000, interval: 100 };

/**
 * A Postfix as relay. Mail to `reader.test` goes to a Dovecot that has no such mailbox, so Postfix
 * reports that itself; what it reports goes to our listener or to a mailbox.
 */
describe.skipIf(leftOut)('bounces of a Postfix', () => {
  let dovecot: Dovecot;
  let postfix: Postfix;
  let smtpPort: number;
  let lmtpPort: number;

  beforeAll(async () => {
    [smtpPort, lmtpPort] = [await freePort(), await freePort()];
    dovecot = await startDovecot(CERTIFICATE);
    const routes = [
      `{reader.test=lmtp:inet:127.0.0.1:${dovecot.lmtpPort}}`,
      `{imap.test=lmtp:inet:127.0.0.1:${dovecot.lmtpPort}}`,
      `{bounces.test=smtp:[127.0.0.1]:${smtpPort}}`,
      `{lmtp.bounces.test=lmtp:inet:127.0.0.1:${lmtpPort}}`,
    ];
    postfix = await startPostfix({
      settings: {
        mynetworks: '127.0.0.0/8',
        smtpd_relay_restrictions: 'permit_mynetworks, reject',
        transport_maps: `inline:{${routes.join(', ')}}`,
        parent_domain_matches_subdomains: '',
        smtp_tls_security_level: 'may',
        notify_classes: '',
        // Each try of its own is a second after the one before.
        ...{ minimal_backoff_time: '1s', maximal_backoff_time: '1s', queue_run_delay: '1s' },
      },
    });
  });
  afterAll(async () => {
    await postfix.close();
    await dovecot.close();
  });

  describe('at the listener', () => {
    let inbound: RecordingInbound;
    let listener: Listener | undefined;
    beforeEach(() => {
      inbound = recordingInbound();
      inbound.isOurs = (address) => address.endsWith('bounces.test');
    });
    afterEach(() => listener?.close());

    async function listen(protocol: 'smtp' | 'lmtp'): Promise<void> {
      const port = protocol === 'smtp' ? smtpPort : lmtpPort;
      listener = await startListener(
        { protocol, host: '127.0.0.1', port, name: 'papers.test', tls: null },
        { inbound, clock: systemClock, logger: notingLogger().logger },
      );
    }

    async function send(from: string): Promise<void> {
      const transport = createTransport({ host: '127.0.0.1', port: postfix.port, ignoreTLS: true });
      await transport.sendMail({
        envelope: { from, to: 'nobody@reader.test' },
        raw: 'From: papers@papers.test\r\nMessage-ID: <k.1@papers.test>\r\nSubject: Today\r\n\r\nPapers.\r\n',
      });
      transport.close();
    }

    test.each(['smtp', 'lmtp'] as const)('come by %s, once for each mail', async (protocol) => {
      await listen(protocol);
      const from = `bounces+k1@${protocol === 'lmtp' ? 'lmtp.' : ''}bounces.test`;
      await send(from);
      await expect.poll(() => inbound.mails.length, WAIT).toBe(1);
      const [mail] = inbound.mails;
      expect([mail?.via, mail?.recipients]).toEqual([protocol, [from]]);
      const text = Buffer.from(mail?.octets ?? []).toString('latin1');
      expect(text).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status;/m);
      expect(text).toMatch(/^Status: 5\.1\.1$/m);
      expect(text).toContain('Message-ID: <k.1@papers.test>');
    });

    test('wait at Postfix while the store can not take them, and none is lost', async () => {
      inbound.failure = new PaperboyError('store_busy', 'The store is busy.');
      await listen('smtp');
      await send('bounces+k2@bounces.test');
      await expect.poll(() => postfix.log(), WAIT).toMatch(/status=deferred .*451 4\.3\.0/);
      inbound.failure = null;
      await expect
        .poll(() => inbound.mails.map(({ recipients }) => recipients), WAIT)
        .toEqual([['bounces+k2@bounces.test']]);
    });

    test('to addresses that are not ours are refused, for good', async () => {
      inbound.isOurs = () => false;
      await listen('smtp');
      await send('stranger@bounces.test');
      await expect
        .poll(() => postfix.log(), WAIT)
        .toMatch(/to=<stranger@bounces\.test>.*status=bounced .*550 5\.1\.1/);
      expect(inbound.mails).toEqual([]);
    });
  });

  describe('at the program', () => {
    let desk: Desk;
    let running: RunningPaperboy | undefined;
    beforeEach(async () => {
      desk = await openDesk();
    });
    afterEach(async () => {
      await running?.stop();
      running = undefined;
      await desk.close();
    });

    interface Shown {
      state: string;
      suppression: { reason: string } | null;
      deliveries: unknown[];
    }

    /** Sends a digest to a mailbox that is not there, and waits until the store knows. */
    async function expectSuppressed(command: 'serve' | 'worker', env: Record<string, string>) {
      const settings = { SMTP_URL: `smtp://127.0.0.1:${postfix.port}?ignoreTLS=on`, ...env };
      const kept = 'reader@kept.test';
      const gone = 'nobody@reader.test';
      for (const address of [gone, kept]) {
        await desk.run(['subscribers', 'add', address, '--confirmed'], { env: settings });
      }
      running = desk.start([command], settings);
      const open = command === 'serve' ? /^Paperboy is at/m : /is at work$/m;
      await running.waitForLog(open, 30_000);
      const args = ['run', '--date', '2026-03-02', '--now', '--json'];
      const { json, code, stderr } = await desk.run(args, { env: settings });
      expect([code, code === 0 ? json() : stderr]).toMatchObject([
        0,
        { planned: 0, deferred: 0, refused: 0, uncertain: 0 },
      ]);
      const show = (address: string) => desk.json<Shown>(['subscribers', 'show', address]);
      await expect.poll(async () => (await show(gone)).state, WAIT).toBe('suppressed');
      expect(JSON.stringify((await show(gone)).deliveries)).toContain('bounced');
      expect((await show(kept)).state).toBe('active');
    }

    test.each(['serve', 'worker'] as const)(
      'come to the listener of %s, and suppress',
      async (command) => {
        await expectSuppressed(command, {
          BOUNCE_ADDRESS: 'bounces@bounces.test',
          BOUNCE_PORT: String(smtpPort),
          BOUNCE_TLS_CERT_FILE: CERTIFICATE,
          BOUNCE_TLS_KEY_FILE: CERTIFICATE,
        });
        expect(postfix.log()).toMatch(/to=<bounces\+\w+@bounces\.test>.*status=sent/);
        expect((await running?.stop())?.code).toBe(0);
        running = undefined;
      },
    );

    test('come to it by LMTP, and suppress', async () => {
      await expectSuppressed('worker', {
        BOUNCE_ADDRESS: 'bounces@lmtp.bounces.test',
        BOUNCE_LMTP_PORT: String(lmtpPort),
      });
    });

    test('come to a mailbox of Dovecot, are read by IMAP, and suppress', async () => {
      await expectSuppressed('serve', {
        BOUNCE_ADDRESS: 'bounces@imap.test',
        BOUNCE_IMAP_URL: `imaps://${dovecot.login}@127.0.0.1:${dovecot.tlsPort}/INBOX?tls.rejectUnauthorized=off`,
      });
      await expect.poll(async () => (await dovecot.count('Paperboy')).seen, WAIT).toBe(1);
    });

    test('a port that is taken ends the start, in a sentence', async () => {
      const port = new URL(desk.source.url).port;
      for (const command of ['serve', 'worker']) {
        const { code, stderr } = await desk.run([command], {
          env: { BOUNCE_ADDRESS: 'bounces@bounces.test', BOUNCE_PORT: port },
        });
        expect([code, stderr]).toEqual([1, expect.stringContaining(`Port ${port} is taken by`)]);
      }
    });
  });
});
