import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import { freePort, ROOT } from '../support/program.js';
import { type SmtpOptions, startSmtp } from '../support/smtp.js';

const GOOD = Array.from({ length: 30 }, (_, n) => `good${n}`);
const SEND = ['send', '--date', '2026-03-02', '--now', '--json'];

/** Tries at connecting in vain; a whole minute of them is in test/delivery/sending. */
const TRIES = 3;

const open: { close(): unknown }[] = [];
afterAll(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function deskFor(readers: readonly string[], options?: SmtpOptions): Promise<Desk> {
  const desk = await openDesk({ parse: false, ...options });
  open.push(desk);
  const rows = readers.map((name) => `${name}@reader.test\n`).join('');
  const file = desk.file('readers.csv', `email\n${rows}`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  await desk.json(['fetch', '--date', '2026-03-02']);
  await desk.json(['pick', '--date', '2026-03-02']);
  return desk;
}

interface Row {
  email: string;
  state: string;
  attempts: number;
  lost_replies: number;
}

/** What the ledger says of each reader, by the name before the @. */
function ledgerOf(desk: Desk): Record<string, [state: string, attempts: number, lost: number]> {
  const rows = desk.rows<Row>(`
    select s.email, d.state, d.attempts, d.lost_replies
    from deliveries d join subscribers s on s.id = d.subscriber_id`);
  return Object.fromEntries(
    rows.map(({ email, state, attempts, lost_replies }) => [
      email.split('@')[0],
      [state, attempts, lost_replies],
    ]),
  );
}

// Side by side, since most of their time is waiting.
describe.concurrent('a mail server', () => {
  test('that is bad in five ways at once, to five readers, holds nobody else up', async () => {
    const bad = ['slow', 'full', 'cut', 'lost', 'never'];
    const desk = await deskFor([...bad, ...GOOD]);
    const once = new Set(bad);
    const { hooks } = desk.smtp;
    hooks.onRcpt = (address) => {
      const name = address.split('@')[0] ?? '';
      if (name === 'full' && once.delete(name)) return { code: 421, text: '4.3.2 Closing' };
      return name === 'cut' && once.delete(name) ? 'drop' : undefined;
    };
    let arrivedMeanwhile = 0;
    hooks.onData = async ({ to }) => {
      const name = to.join().split('@')[0] ?? '';
      if (name === 'never') return { code: 554, text: '5.7.1 Spam' };
      if (name === 'lost' && once.delete(name)) return 'drop';
      if (name !== 'slow') return undefined;
      // It thinks until all the others have their mail, retries included, or for too long.
      await vi
        .waitUntil(() => desk.smtp.received.length === GOOD.length + 3, { timeout: 60_000 })
        .catch(() => undefined);
      arrivedMeanwhile = desk.smtp.received.length;
      return undefined;
    };
    const result = await desk.run(SEND, { timeoutMs: 120_000 });
    expect([result.code, result.stderr]).toEqual([0, expect.not.stringContaining('paperboy:')]);
    expect(result.json()).toMatchObject({ accepted: GOOD.length + 4, refused: 1, uncertain: 0 });
    expect(arrivedMeanwhile).toBe(GOOD.length + 3);
    expect(ledgerOf(desk)).toEqual({
      ...Object.fromEntries(GOOD.map((name) => [name, ['accepted', 1, 0]])),
      slow: ['accepted', 1, 0],
      full: ['accepted', 2, 0],
      cut: ['accepted', 1, 0],
      lost: ['accepted', 2, 1],
      never: ['refused', 1, 0],
    });
  }, 180_000);

  test('that is down for a while is waited for, and no mail pays for it', async () => {
    const desk = await deskFor(GOOD);
    const port = await freePort();
    const sending = desk.start(SEND, { SMTP_URL: `smtp://127.0.0.1:${port}` });
    await sending.waitForLog(new RegExp(`("sending paused"[^]*){${TRIES}}`), 60_000);
    const smtp = await startSmtp({ port, parse: false });
    open.push(smtp);
    expect(await sending.exited).toEqual({ code: 0, signal: null });
    expect(JSON.parse(sending.stdout)).toEqual(
      expect.objectContaining({ accepted: GOOD.length, uncertain: 0 }),
    );
    expect(smtp.received).toHaveLength(GOOD.length);
    expect(ledgerOf(desk)).toEqual(
      Object.fromEntries(GOOD.map((name) => [name, ['accepted', 1, 0]])),
    );
  }, 240_000);

  const pem = readFileSync(join(ROOT, 'test/fixtures/tls/valid.pem'), 'utf8');
  function expectNothing(desk: Desk): void {
    expect(desk.smtp.attempts).toEqual([]);
    for (const row of Object.values(ledgerOf(desk))) expect(row).toEqual(['planned', 0, 0]);
  }

  test('that shows a certificate of its own gets nothing, and the way out is told', async () => {
    const desk = await deskFor(GOOD.slice(0, 3), { tls: { key: pem, cert: pem } });
    const sending = desk.start(SEND, { SMTP_URL: `smtp://127.0.0.1:${desk.smtp.port}` });
    await sending.waitForLog(/"sending paused"/, 60_000);
    expect(await sending.stop()).toEqual({ code: 1, signal: null });
    expect(sending.stderr).toMatch(/^paperboy: 3 deliveries are left \(.*\); run it again/m);
    expect(sending.stderr).toMatch(/self-signed.*tls\.rejectUnauthorized=false/);
    expectNothing(desk);
  }, 120_000);

  test('that refuses the password gets nothing and holds the sending, until it takes it', async () => {
    const desk = await deskFor(GOOD.slice(0, 3), { auth: { user: 'papers', pass: 'right' } });
    const url = (login: string) => `smtp://${login}@127.0.0.1:${desk.smtp.port}`;
    const refused = await desk.run(SEND, { env: { SMTP_URL: url('papers:wrong') } });
    expect(refused.code).toBe(1);
    expect(refused.json()).toMatchObject({
      planned: 3,
      held: {
        reason: expect.stringContaining('refuses the login'),
        reply: expect.stringMatching(/^535/),
      },
    });
    expect(refused.stderr).toMatch(/^paperboy: 3 deliveries are left\. Sending is held/m);
    expect(refused.stderr).not.toContain('wrong');
    expectNothing(desk);
    const mended = await desk.run(SEND, { env: { SMTP_URL: url('papers:right') } });
    expect([mended.code, mended.json()]).toEqual([
      0,
      expect.objectContaining({ accepted: 3, held: null }),
    ]);
  }, 120_000);
});
