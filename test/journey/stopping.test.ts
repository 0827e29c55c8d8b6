import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';

const READERS = Array.from({ length: 80 }, (_, n) => `reader${n}@reader.test`);
const CONNECTIONS = 4;
const ENV = { SMTP_CONNECTIONS: String(CONNECTIONS) };

let desk: Desk;
/** Lets the mail server answer again. */
let answer: () => void;

beforeEach(async () => {
  desk = await openDesk({ parse: false });
  for (const day of ['2026-03-03', '2026-03-04']) desk.source.days.delete(day);
  const file = desk.file('readers.csv', `email\n${READERS.join('\n')}\n`);
  await desk.json(['subscribers', 'import', file, '--confirmed']);
  await desk.json(['fetch', '--date', '2026-03-02']);
  await desk.json(['pick', '--date', '2026-03-02']);
});
afterEach(() => desk.close());

/** From the `nth` mail on, the server takes each whole message and then says nothing. */
function holdBackFrom(nth: number): void {
  const released = new Promise<void>((resolve) => {
    answer = resolve;
  });
  desk.smtp.hooks.onData = async () => {
    if (desk.smtp.attempts.length >= nth) await released;
    return undefined;
  };
}

const held = () => desk.smtp.attempts.length - desk.smtp.received.length;

async function untilAllConnectionsWait(): Promise<void> {
  await expect.poll(held, { timeout: 30_000, interval: 20 }).toBe(CONNECTIONS);
}

function states(): Record<string, number> {
  const rows = desk.rows<{ state: string; n: number }>(
    'select state, count(*) as n from deliveries group by state',
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

function addresses(): string[] {
  return desk.smtp.received.map(({ to }) => to.join()).sort();
}

const SEND = ['send', '--date', '2026-03-02', '--now', '--json'];

async function finish() {
  desk.smtp.hooks.onData = undefined;
  const result = await desk.run(SEND, { env: ENV, timeoutMs: 120_000 });
  expect(result.code).toBe(0);
  expect(result.json()).toEqual({
    planned: 0,
    accepted: READERS.length,
    deferred: 0,
    refused: 0,
    uncertain: 0,
    skipped: 0,
  });
}

describe('SIGTERM while mails are under way', () => {
  test('serve finishes those, exits 0, and the next send does the rest', async () => {
    holdBackFrom(20);
    const server = await desk.serve({ ...ENV, PICK_CRON: '* * * * * *' });
    await untilAllConnectionsWait();
    const stopping = server.stop('SIGTERM', 30_000);
    await expect
      .poll(() =>
        fetch(`${desk.site}/healthz`).then(
          () => 'up',
          () => 'down',
        ),
      )
      .toBe('down');
    answer();
    expect(await stopping).toEqual({ code: 0, signal: null });
    const { accepted = 0, ...others } = states();
    expect(accepted).toBe(desk.smtp.received.length);
    expect(others).toEqual({ planned: READERS.length - accepted });
    expect(accepted).toBeLessThan(READERS.length);
    await finish();
    expect(addresses()).toEqual([...READERS].sort());
  }, 120_000);

  test('send finishes those, says what is left with exit code 1, and the next one does it', async () => {
    holdBackFrom(20);
    const sending = desk.start(SEND, ENV);
    await untilAllConnectionsWait();
    const stopping = sending.stop('SIGTERM', 30_000);
    answer();
    expect(await stopping).toEqual({ code: 1, signal: null });
    const counts = JSON.parse(sending.stdout);
    expect(counts.accepted).toBe(desk.smtp.received.length);
    expect(counts.planned).toBe(READERS.length - counts.accepted);
    expect(sending.stderr).toContain(`paperboy: ${counts.planned} deliveries are left`);
    await finish();
    expect(addresses()).toEqual([...READERS].sort());
  }, 120_000);
});

test('SIGKILL while mails are under way loses none and repeats at most one a connection, as they were', async () => {
  holdBackFrom(20);
  const sending = desk.start(SEND, ENV);
  await untilAllConnectionsWait();
  await sending.kill();
  answer();
  await desk.smtp.waitFor(20 + CONNECTIONS - 1, 15_000);
  expect(states()).toMatchObject({ sending: CONNECTIONS });
  await finish();

  const copies = new Map<string, Buffer[]>();
  for (const { to, raw } of desk.smtp.received) {
    copies.set(to.join(), [...(copies.get(to.join()) ?? []), raw]);
  }
  expect([...copies.keys()].sort()).toEqual([...READERS].sort());
  const repeated = [...copies.values()].filter((raws) => raws.length > 1);
  expect(repeated.length).toBeLessThanOrEqual(CONNECTIONS);
  expect(repeated.length).toBeGreaterThan(0);
  for (const [first, second, ...more] of repeated) {
    expect(more).toEqual([]);
    expect(second?.equals(first ?? Buffer.alloc(0))).toBe(true);
  }
  const ids = desk.smtp.received.map(({ to, messageId }) => `${to} ${messageId}`);
  expect(new Set(ids).size).toBe(READERS.length);
}, 180_000);
