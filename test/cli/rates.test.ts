import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Desk, openDesk, sentences } from './desk.js';

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk({ parse: false });
  await desk.json(['fetch', '--date', '2026-03-02']);
  await desk.json(['pick', '--date', '2026-03-02']);
});
afterEach(() => desk.close());

async function readers(domain: string, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => `reader${n}@${domain}\n`);
  const file = desk.file(`${domain}.csv`, `email\n${rows.join('')}`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
}

test('SMTP_RATE holds from the first mail to the last', async () => {
  await readers('reader.test', 40);
  const { code } = await desk.run(['send', '--now'], { env: { SMTP_RATE: '10' } });
  const at = desk.smtp.received.map((mail) => mail.at);
  expect([code, at.length]).toEqual([0, 40]);
  // 3.9 seconds, less what the first mail took to be made and sent.
  expect(Math.max(...at) - Math.min(...at)).toBeGreaterThan(2_000);
});

test('DAILY_CAP stops there, says so, and does not wait for the next day', async () => {
  await readers('reader.test', 5);
  const env = { DAILY_CAP: '3', EDITION_TIMEZONE: 'UTC' };
  const first = await desk.run(['send', '--now', '--json'], { env });
  expect([first.code, first.json()]).toEqual([
    1,
    expect.objectContaining({ planned: 2, accepted: 3 }),
  ]);
  const day = new Date().toISOString().slice(0, 10);
  expect(sentences(first)).toEqual([
    expect.stringMatching(
      /^paperboy: 2 deliveries are left, since the cap of 3 mails for 20\d\d-\d\d-\d\d is used up; run it again the next day, or leave/,
    ),
  ]);
  // Unless the day has changed meanwhile.
  if (sentences(first)[0]?.includes(day)) {
    expect((await desk.run(['send', '--now'], { env })).code).toBe(1);
    expect(desk.smtp.received).toHaveLength(3);
  }
  expect((await desk.run(['send', '--now'])).code).toBe(0);
  expect(desk.smtp.received).toHaveLength(5);
});

test('a domain that asks for fewer mails is named, while others get theirs', async () => {
  await readers('slow.test', 6);
  await readers('reader.test', 30);
  let refusals = 3;
  desk.smtp.hooks.onRcpt = (address) =>
    address.endsWith('@slow.test') && refusals-- > 0
      ? { code: 451, text: '4.7.0 Slow down' }
      : undefined;
  const { code, json } = await desk.run(['send', '--now', '--json']);
  expect([code, json()]).toEqual([
    0,
    expect.objectContaining({
      accepted: 36,
      throttled: { 'slow.test': { rate: expect.any(Number), until: null } },
    }),
  ]);
  const again = await desk.run(['send', '--now']);
  expect(again.stdout).toMatch(
    /^36 accepted\. Throttled, since they asked for fewer mails: slow\.test \([\d.]+ a second\)\.\n$/,
  );
});

test('serve tells Prometheus of it', async () => {
  await readers('slow.test', 6);
  await readers('reader.test', 4);
  desk.smtp.hooks.onRcpt = (address) =>
    address.endsWith('@slow.test') ? { code: 421, text: '4.7.28 Slow down' } : undefined;
  await desk.serve({ METRICS_TOKEN: 'a token of tests' });
  const sending = desk.start(['send', '--now']);
  const headers = { authorization: 'Bearer a token of tests' };
  const metrics = async () => (await fetch(`${desk.site}/metrics`, { headers })).text();
  await expect
    .poll(metrics, { timeout: 60_000, interval: 500 })
    .toMatch(/^paperboy_throttled_domain_rate\{domain="slow\.test"\} \d/m);
  const text = await metrics();
  expect(text).toMatch(/^paperboy_deliveries_set_aside [1-9]/m);
  expect(text).toMatch(/^paperboy_mails_total\{kind="digest",outcome="accepted"\} \d/m);
  expect((await fetch(`${desk.site}/metrics`)).status).toBe(403);
  await desk.smtp.waitFor(4);
  await sending.kill();
});
