import { expect, vi } from 'vitest';
import { type Desk, openDesk } from '../cli/desk.js';
import type { RunningPaperboy } from '../support/program.js';

export const READERS = Array.from({ length: 80 }, (_, n) => `reader${n}@reader.test`);
export const CONNECTIONS = 4;
const SEND = ['send', '--date', '2026-03-02', '--now', '--json'];

/** An edition on its way out, to a mail server that falls silent in the middle. */
export class Standstill {
  /** Lets the mail server answer again. */
  answer: () => void = () => {};

  constructor(readonly desk: Desk) {}

  /** @param env for all programs of this scene */
  static async open(env: Record<string, string> = {}): Promise<Standstill> {
    const desk = await openDesk(
      { parse: false },
      { SMTP_CONNECTIONS: String(CONNECTIONS), PICK_CRON: '* * * * * *', ...env },
    );
    for (const day of ['2026-03-03', '2026-03-04']) desk.source.days.delete(day);
    const file = desk.file('readers.csv', `email\n${READERS.join('\n')}\n`);
    await desk.json(['subscribers', 'import', file, '--confirmed']);
    await desk.json(['fetch', '--date', '2026-03-02']);
    await desk.json(['pick', '--date', '2026-03-02']);
    return new Standstill(desk);
  }

  /**
   * From the `nth` mail on, the server takes each whole message and then says nothing.
   */
  holdBackFrom(nth: number): void {
    const { smtp } = this.desk;
    const released = new Promise<void>((resolve) => {
      this.answer = resolve;
    });
    smtp.hooks.onData = async () => {
      if (smtp.attempts.length < nth) return undefined;
      await released;
      return undefined;
    };
  }

  /** Starts something that sends, and waits until each of its connections waits for an answer. */
  async start(command: 'send' | 'serve' | 'worker'): Promise<RunningPaperboy> {
    const { desk } = this;
    const running =
      command === 'serve' ? await desk.serve() : desk.start(command === 'send' ? SEND : [command]);
    const held = () => desk.smtp.attempts.length - desk.smtp.received.length;
    await vi.waitUntil(() => held() === CONNECTIONS, { timeout: 60_000, interval: 20 });
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
    const result = await this.desk.run(SEND, { timeoutMs: 120_000 });
    expect(result.code).toBe(0);
    expect(result.json()).toEqual({
      planned: 0,
      accepted: READERS.length,
      deferred: 0,
      refused: 0,
      uncertain: 0,
      skipped: 0,
      bounced: 0,
      held: null,
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
