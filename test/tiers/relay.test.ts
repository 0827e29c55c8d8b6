import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { type AuthServer, startAuthServer } from '../support/dovecot-auth.js';
import { type Postfix, startPostfix } from '../support/postfix.js';
import { ROOT } from '../support/program.js';
import { lacks, lacksRoot } from './tier.js';

const CERTIFICATE = join(ROOT, 'test/fixtures/tls/valid.pem');
const KNOWN = { NODE_EXTRA_CA_CERTS: CERTIFICATE };
const RIGHT = 'papers%40relay.test:right%20pass@';
const WRONG = 'papers%40relay.test:wrong@';

const leftOut = lacks('relay', '/usr/sbin/postfix') || lacksRoot('relay');

/** What `doctor` says of a real relay, in each way in which its setting can be wrong. */
describe.skipIf(leftOut)('doctor at a Postfix', () => {
  let desk: Desk;
  let auth: AuthServer;
  let postfix: Postfix;

  beforeAll(async () => {
    desk = await openDesk();
    auth = await startAuthServer({ user: 'papers@relay.test', pass: 'right pass' });
    postfix = await startPostfix({
      tls: CERTIFICATE,
      settings: {
        ...{ smtpd_sasl_auth_enable: 'yes', smtpd_sasl_type: 'dovecot' },
        smtpd_sasl_path: auth.path,
        smtpd_client_connection_count_limit: '5',
        smtpd_delay_reject: 'no',
        smtpd_sender_restrictions:
          'check_sender_access inline:{{papers@elsewhere.test=REJECT not yours}}',
      },
    });
  });
  afterAll(async () => {
    await postfix.close();
    await auth.close();
    await desk.close();
  });

  async function doctor(url: string, env: Record<string, string> = {}) {
    const MAIL_FROM = 'Papers <papers@relay.test>';
    const { code, stdout } = await desk.run(['doctor'], {
      env: { MAIL_FROM, SMTP_URL: url, ...env },
    });
    const lines = stdout.split('\n').filter((line) => line.includes('relay smtp'));
    if (process.env['SHOW_DOCTOR'] === '1') console.log(`SMTP_URL=${url}\n${lines.join('\n')}`);
    return { code, lines: lines.map((line) => line.replace('  relay smtp:', '')) };
  }

  test('takes the right login, and five of eight connections', async () => {
    expect(await doctor(`smtp://${RIGHT}127.0.0.1:${postfix.port}`, KNOWN)).toEqual({
      code: 0,
      lines: [
        `ok   answers at 127.0.0.1:${postfix.port}, encrypted with TLSv1.3 (STARTTLS); its certificate is accepted`,
        expect.stringMatching(
          /^ok {3}takes mails of up to 10\.2 MB; offers PIPELINING, .*8BITMIME/,
        ),
        'ok   takes the login as papers@relay.test',
        'ok   takes papers@relay.test as the sender',
        'warn takes 5 of the 8 connections that are set (421 4.7.0 relay.test Error: too many connections from 127.0.0.1): set connections=5 in its URL',
        'ok   gets at most 8 connections, 100 mails a connection',
      ],
    });
  });

  test('takes five connections where five are set, with TLS at once', async () => {
    const url = `smtps://${RIGHT}127.0.0.1:${postfix.tlsPort}?connections=5`;
    const { code, lines } = await doctor(url, KNOWN);
    expect(code).toBe(0);
    expect(lines[0]).toContain('encrypted with TLSv1.3 (from the first byte)');
    expect(lines).toContain('ok   takes the 5 connections that are set');
  });

  test.each<[string, () => string, Record<string, string>, RegExp]>([
    [
      'a wrong login',
      () => `smtp://${WRONG}127.0.0.1:${postfix.port}`,
      KNOWN,
      /^FAIL the login as papers@relay\.test at .* failed: 535 5\.7\.8 Error: authentication failed.*; check user and password/,
    ],
    [
      'a self-signed certificate',
      () => `smtp://${RIGHT}127.0.0.1:${postfix.port}`,
      {},
      /^FAIL TLS with .* failed: self-signed certificate; .*NODE_EXTRA_CA_CERTS, or add \?tls\.rejectUnauthorized=false to its URL, but anybody in between/,
    ],
    [
      'TLS at once at a port that begins in the clear',
      () => `smtps://${RIGHT}127.0.0.1:${postfix.port}`,
      KNOWN,
      /^FAIL TLS with .* failed: wrong version number; .*write smtp:\/\/…\?requireTLS=true/,
    ],
    [
      'a port that speaks TLS at once, in the clear',
      () => `smtp://${RIGHT}127.0.0.1:${postfix.tlsPort}`,
      KNOWN,
      /^FAIL waiting for the greeting of .* failed: no answer in time; if it speaks TLS at once, write smtps:\/\//,
    ],
    [
      'a sender that is not allowed',
      () => `smtp://${RIGHT}127.0.0.1:${postfix.port}`,
      { ...KNOWN, MAIL_FROM: 'papers@elsewhere.test' },
      /^FAIL MAIL FROM:<papers@elsewhere\.test> at .* failed: 554 5\.7\.1 .*not yours; check MAIL_FROM/,
    ],
  ])('tells %s', async (_what, url, env, words) => {
    const { code, lines } = await doctor(url(), env);
    expect([code, lines.at(-1)]).toEqual([1, expect.stringMatching(words)]);
  });

  test('lets a certificate pass where that is asked, and says what that costs', async () => {
    const url = `smtp://${RIGHT}127.0.0.1:${postfix.port}?tls.rejectUnauthorized=false`;
    const { code, lines } = await doctor(url);
    expect([code, lines[0]]).toEqual([
      0,
      expect.stringMatching(/^warn answers at .*: anybody in between can then read and change/),
    ]);
  });

  test('has sent nothing', () => {
    expect(postfix.log()).not.toMatch(/qmgr.*from=<papers@/);
  });
});
