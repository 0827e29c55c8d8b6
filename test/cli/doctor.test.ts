import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Finding } from '../../src/jobs/doctor/doctor.js';
import { ROOT } from '../support/program.js';
import { type Desk, openDesk } from './desk.js';

const CERTIFICATE = join(ROOT, 'test/fixtures/tls/valid.pem');
const pem = readFileSync(CERTIFICATE, 'utf8');
const OPTIONS = { auth: { user: 'papers', pass: 'g3heim' }, tls: { key: pem, cert: pem } };

let desk: Desk;
afterEach(() => desk.close());

/** What it found out about relays and settings, and its exit code. */
async function doctor(env: Record<string, string>) {
  const { code, stdout } = await desk.run(['doctor'], { env });
  const lines = stdout.split('\n').filter((line) => / {2}(relay|settings)/.test(line));
  return { code, lines };
}

test('a relay that takes everything is told as such, with its certificate', async () => {
  desk = await openDesk(OPTIONS);
  const url = `${desk.smtp.url}?requireTLS=true&connections=2`;
  const env = { SMTP_URL: `own=${url}`, NODE_EXTRA_CA_CERTS: CERTIFICATE };
  expect(await doctor(env)).toEqual({
    code: 0,
    lines: [
      'ok    settings: in order',
      `ok    relay own: answers at 127.0.0.1:${desk.smtp.port}, encrypted with TLSv1.3 (STARTTLS); its certificate is accepted`,
      expect.stringMatching(/^ok {4}relay own: takes any size; offers /),
      'ok    relay own: takes the login as papers',
      'ok    relay own: takes paperboy@paperboy.localhost as the sender',
      'ok    relay own: takes the 2 connections that are set',
      'ok    relay own: gets at most 2 connections, 100 mails a connection',
    ],
  });
  expect(desk.smtp.attempts).toEqual([]);
});

test('a relay that fails makes the exit code 1, and its password is not told', async () => {
  desk = await openDesk(OPTIONS);
  const SMTP_URL = `own=${desk.smtp.url.replace('g3heim', 'wr0ng')}?tls.rejectUnauthorized=false`;
  const { code, stdout, stderr, json } = await desk.run(['doctor', '--json'], {
    env: { SMTP_URL },
  });
  const { findings } = json<{ findings: Finding[] }>();
  expect([code, findings.filter(({ ok }) => !ok)]).toEqual([
    1,
    [
      {
        ...{ subject: 'relay own', ok: false },
        told: expect.stringMatching(/^the login as papers at .* failed: 535 5\.7\.8 /),
      },
    ],
  ]);
  expect(stdout + stderr).not.toContain('wr0ng');
});

test('http links are worth a word, and no failure', async () => {
  desk = await openDesk();
  const { code, lines } = await doctor({ PUBLIC_URL: 'http://192.168.1.10:3000' });
  expect([code, lines.slice(0, 2)]).toEqual([
    0,
    [
      'ok    settings: in order',
      'warn  settings: PUBLIC_URL is http: links are not private, and one-click unsubscribing (RFC 8058) needs https',
    ],
  ]);
});

test('settings that differ from their defaults are listed, secrets hidden', async () => {
  desk = await openDesk();
  const env = { PORT: '3000', LOG_LEVEL: 'warn', OBSERVE_EVERY: ' ' };
  const { stdout } = await desk.run(['doctor'], { env });
  const [, list = ''] = stdout.split('Settings that differ from their defaults:\n');
  expect(list.split('\n').sort()).toEqual(
    [
      '',
      `  HUGGINGFACE_URL=${desk.source.url}`,
      '  CHECK_MX=off',
      '  DATABASE_URL=(not shown)',
      '  LOG_LEVEL=warn',
      '  PICK_CRON=0 0 29 2 *',
      '  SECRET_KEY=(not shown)',
      '  SMTP_URL=(not shown)',
    ].sort(),
  );
});

test('without relays, mail goes to the embedded inbox', async () => {
  desk = await openDesk();
  expect(await doctor({ SMTP_URL: '' })).toEqual({
    code: 0,
    lines: [
      'ok    settings: in order',
      'ok    relay inbox: no SMTP_URL is set: mail goes to the embedded inbox, http://localhost:1080',
    ],
  });
});
