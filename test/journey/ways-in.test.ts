import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { freePort, type RunningPaperboy } from '../support/program.js';
import { SmtpTalk } from '../support/smtp-talk.js';

let desk: Desk;
let port: number;
beforeEach(async () => {
  port = await freePort();
  desk = await openDesk(
    { parse: false },
    {
      ...{ BOUNCE_ADDRESS: 'bounces@example.org', MAIL_FROM: 'papers@example.org' },
      ...{ BOUNCE_PORT: String(port), BOUNCE_LMTP_PORT: String(await freePort()) },
      METRICS_PORT: String(await freePort()),
    },
  );
});
afterEach(() => desk.close());

async function bounce(): Promise<string> {
  const client = await SmtpTalk.open(port);
  await client.reply();
  const to = 'RCPT TO:<bounces@example.org>';
  const codes = await client.codes(
    'EHLO mx.test',
    'MAIL FROM:<>',
    to,
    'DATA',
    'Subject: x\r\n\r\n.',
  );
  client.end();
  return codes;
}

const listening = (running: RunningPaperboy) =>
  running.waitForLog(
    /"protocol":"smtp"[^\n]*"event":"bounce_listening"|"event":"bounce_listening"[^\n]*"protocol":"smtp"/,
    30_000,
  );

test('serve and worker with one .env both start, and a kill of the one that listens loses nothing', async () => {
  const server = await desk.serve();
  const worker = desk.start(['worker']);
  await worker.waitForLog(/^The worker \S+ is at work$/m, 60_000);
  expect(worker.stderr).toContain('"event":"bounce_port_shared"');
  expect(worker.stderr).not.toMatch(/"level":"(error|fatal)"/);
  expect(await bounce()).toBe('250 250 250 354 250');
  const { stdout } = await desk.run(['doctor']);
  expect(stdout).toMatch(new RegExp(`bounces: \\S+:${server.pid} listens for them by SMTP`));
  await server.kill();
  await listening(worker);
  expect(await bounce()).toBe('250 250 250 354 250');
  const again = await desk.serve();
  expect(again.stderr).toContain('"event":"bounce_port_shared"');
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
  await listening(again);
  expect(await bounce()).toBe('250 250 250 354 250');
}, 180_000);
