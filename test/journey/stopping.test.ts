import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import type { RunningPaperboy, RunResult } from '../support/program.js';

const READERS = Array.from({ length: 80 }, (_, n) => `reader${n}@reader.test`);
const CONNECTIONS = 4;
const ENV = { SMTP_CONNECTIONS: String(CONNECTIONS) };
const SEND = ['send', '--date', '2026-03-02', '--now', '--json'];
const SERVE_AND_SEND = { ...ENV, PICK_CRON: '* * * * * *' };
/** Drain limit, closing, and the patience of a busy machine; less than the server takes. */
const DEADLINE = 28_000;
const SLOW = 30_000;

const open: Desk[] = [];
afterAll(async () => {
  for (const desk of open.splice(0)) await desk.close();
});

/** An edition on its way out, to a mail server that falls silent in the middle. */
class Standstill {
  /** Lets the mail server answer again. */
  answer: () => void = () => {};

  constructor(readonly desk: Desk) {}

  static async open(): Promise<Standstill> {
    const desk = await openDesk({ parse: false });
    open.push(desk);
    for (const day of ['2026-03-03', '2026-03-04']) desk.source.days.delete(day);
    const file = desk.file('readers.csv', `email\n${READERS.join('\n')}\n`);
    await desk.json(['subscribers', 'import', file, '--confirmed']);
    await desk.json(['fetch', '--date', '2026-03-02']);
    await desk.json(['pick', '--date', '2026-03-02']);
    return new Standstill(desk);
  }

  /**
   * From the `nth` mail on, the server takes each whole message and then says nothing.
   * @param ms until it answers all the same; for ever when left out
   */
  holdBackFrom(nth: number, ms?: number): void {
    const { smtp } = this.desk;
    const released = new Promise<void>((resolve) => {
      this.answer = resolve;
    });
    smtp.hooks.onData = async () => {
      if (smtp.attempts.length < nth) return undefined;
      await (ms === undefined ? released : Promise.race([released, sleep(ms)]));
      return undefined;
    };
  }

  /** Starts something that sends, and waits until each of its connections waits for an answer. */
  async start(command: 'send' | 'serve'): Promise<RunningPaperboy> {
    const { desk } = this;
    const running = command === 'send' ? desk.start(SEND, ENV) : await desk.serve(SERVE_AND_SEND);
    const held = () => desk.smtp.attempts.length - desk.smtp.received.length;
    await expect.poll(held, { timeout: 30_000, interval: 20 }).toBe(CONNECTIONS);
    return running;
  }

  states(): Record<string, number> {
    const rows = this.desk.rows<{ state: string; n: number }>(
      'select state, count(*) as n from deliveries group by state',
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  }

  /** The next start does the rest. */
  async finish(): Promise<void> {
    this.desk.smtp.hooks.onData = undefined;
    const result: RunResult = await this.desk.run(SEND, { env: ENV, timeoutMs: 120_000 });
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

  expectEachOnce(): void {
    const addresses = this.desk.smtp.received.map(({ to }) => to.join()).sort();
    expect(addresses).toEqual([...READERS].sort());
  }

  /** Nobody is left out, and at most one mail for each connection came twice, as it was. */
  expectFewRepeats(): void {
    const { received } = this.desk.smtp;
    const copies = new Map<string, Buffer[]>();
    for (const { to, raw } of received) {
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
    const ids = received.map(({ to, messageId }) => `${to} ${messageId}`);
    expect(new Set(ids).size).toBe(READERS.length);
  }
}

// Side by side, since most of their time is waiting.
describe.concurrent('while mails are under way', () => {
  test('SIGTERM: serve finishes them, exits 0, and the next send does the rest', async () => {
    const scene = await Standstill.open();
    scene.holdBackFrom(20);
    const server = await scene.start('serve');
    const stopping = server.stop('SIGTERM', 30_000);
    const pages = () =>
      fetch(`${scene.desk.site}/healthz`).then(
        () => 'up',
        () => 'down',
      );
    await expect.poll(pages).toBe('down');
    scene.answer();
    expect(await stopping).toEqual({ code: 0, signal: null });
    const { accepted = 0, ...others } = scene.states();
    expect(accepted).toBe(scene.desk.smtp.received.length);
    expect(others).toEqual({ planned: READERS.length - accepted });
    expect(accepted).toBeLessThan(READERS.length);
    await scene.finish();
    scene.expectEachOnce();
  }, 240_000);

  test('Ctrl-C: send finishes them, says what is left with exit code 1, and the next one does it', async () => {
    const scene = await Standstill.open();
    scene.holdBackFrom(20);
    const sending = await scene.start('send');
    const stopping = sending.stop('SIGINT', 30_000);
    scene.answer();
    expect(await stopping).toEqual({ code: 1, signal: null });
    const counts = JSON.parse(sending.stdout);
    expect(counts.accepted).toBe(scene.desk.smtp.received.length);
    expect(counts.planned).toBe(READERS.length - counts.accepted);
    expect(sending.stderr).toContain(`paperboy: ${counts.planned} deliveries are left`);
    await scene.finish();
    scene.expectEachOnce();
  }, 240_000);

  test.each([
    ['serve', 0],
    ['send', 1],
  ] as const)(
    'SIGTERM: %s does not wait for a server that takes half a minute, and the next one goes on',
    async (command, code) => {
      const scene = await Standstill.open();
      scene.holdBackFrom(20, SLOW);
      const running = await scene.start(command);
      expect(await running.stop('SIGTERM', DEADLINE)).toEqual({ code, signal: null });
      // What was answered too late may have arrived, and the ledger does not take it for anything else.
      const { accepted = 0, sending = 0, uncertain = 0, ...others } = scene.states();
      expect(sending + uncertain).toBe(CONNECTIONS);
      expect(others).toEqual({ planned: READERS.length - accepted - CONNECTIONS });
      await scene.desk.smtp.waitFor(accepted + CONNECTIONS, SLOW);
      await scene.finish();
      scene.expectFewRepeats();
    },
    240_000,
  );

  test.each(['serve', 'send'] as const)(
    'a second SIGTERM ends %s at once, and the next one goes on',
    async (command) => {
      const scene = await Standstill.open();
      scene.holdBackFrom(20);
      const running = await scene.start(command);
      process.kill(running.pid, 'SIGTERM');
      // It is draining, and would be for as long as the limit allows.
      await sleep(2_000);
      expect(scene.states()).toMatchObject({ sending: CONNECTIONS });
      const asked = Date.now();
      expect(await running.stop('SIGTERM', DEADLINE)).toEqual({ code: 130, signal: null });
      expect(Date.now() - asked).toBeLessThan(5_000);
      scene.answer();
      await scene.finish();
      scene.expectFewRepeats();
    },
    240_000,
  );

  test('SIGKILL loses none and repeats at most one a connection, as they were', async () => {
    const scene = await Standstill.open();
    scene.holdBackFrom(20);
    const sending = await scene.start('send');
    await sending.kill();
    scene.answer();
    await scene.desk.smtp.waitFor(20 + CONNECTIONS - 1, 15_000);
    expect(scene.states()).toMatchObject({ sending: CONNECTIONS });
    await scene.finish();
    scene.expectFewRepeats();
  }, 240_000);
});
