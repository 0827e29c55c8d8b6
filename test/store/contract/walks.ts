import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TIMING } from '../../../src/base/timing.js';
import { MAX_LOST_REPLIES } from '../../../src/delivery/delivery.js';
import type { Outcome } from '../../../src/delivery/outcome.js';
import { HOUR, MINUTE } from '../clock.js';
import {
  begin,
  type Dialect,
  found,
  type MailRow,
  nextAt,
  settle,
  TABLES,
  type Table,
  type World,
  worlds,
} from './dialect.js';

const WORKERS = ['one', 'two'];
const READERS = 3;

const outcomes: Outcome[] = [
  { kind: 'accepted', reply: '250 Ok' },
  { kind: 'deferred', reply: '451 Later' },
  { kind: 'refused', reply: '550 5.7.1 No', of: 'refused' },
  { kind: 'refused', reply: '550 5.1.1 No', of: 'gone' },
  { kind: 'uncertain', reply: 'Connection closed', cut: false },
  { kind: 'uncertain', reply: 'stopped', cut: true },
  { kind: 'held', reply: '550 5.7.1 Blocked' },
  { kind: 'unsent', reply: 'Connection closed', lost: true },
];

/** One thing that happens: to a worker, a reader, or the time. */
type Step = { what: string; worker: string; pick: number; outcome: Outcome; ms: number };

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(
    ...['claim', 'claim', 'begin', 'begin', 'begin', 'settle', 'settle', 'settle'],
    ...['renew', 'release', 'wait', 'wait', 'leave', 'pause', 'resume', 'plan', 'bounce'],
  ),
  worker: fc.constantFrom(...WORKERS),
  pick: fc.nat(READERS - 1),
  outcome: fc.constantFrom(...outcomes),
  ms: fc.constantFrom(1, 1_000, TIMING.lease - 1, TIMING.lease, MINUTE, HOUR, 25 * HOUR),
});

/** What a worker knows: the mails it claimed, and those that it is sending. */
interface Memory {
  claimed: number[];
  sending: number[];
}

class Walk {
  readonly #memories = new Map(
    WORKERS.map((worker): [string, Memory] => [worker, { claimed: [], sending: [] }]),
  );
  readonly #world: World;
  readonly #table: Table;
  readonly #readers: number[];

  constructor(world: World, table: Table, readers: number[]) {
    this.#world = world;
    this.#table = table;
    this.#readers = readers;
  }

  async take({ what, worker, pick, outcome, ms }: Step): Promise<void> {
    const { store, clock } = this.#world;
    const box = this.#world.box(this.#table);
    const memory = found(this.#memories.get(worker));
    const reader = found(this.#readers[pick]);
    const before = await this.#world.mails(this.#table);
    switch (what) {
      case 'claim':
        for (const { id } of await box.claim(worker, pick + 1)) {
          const row = found(before.find((mail) => mail.id === id));
          expect(row.ended_at).toBeNull();
          expect(row.lease_until ?? 0).toBeLessThanOrEqual(clock.now());
          memory.claimed.push(id);
        }
        break;
      case 'begin': {
        const id = memory.claimed.shift();
        if (id === undefined || (await begin(box, id, worker)) !== 'sending') return;
        const row = found(before.find((mail) => mail.id === id));
        expect(row).toMatchObject({ state: 'claimed', worker });
        const subscriber = await store.subscribers.find(row.subscriber_id);
        expect(this.#table === 'deliveries' ? ['active'] : ['active', 'paused']).toContain(
          subscriber?.state,
        );
        memory.sending.push(id);
        break;
      }
      case 'settle': {
        const id = memory.sending.shift();
        if (id !== undefined) await settle(box, id, worker, outcome, ms);
        break;
      }
      case 'bounce': {
        const row = found(before.find((mail) => mail.subscriber_id === reader));
        const bounced = await box.bounce(row.id, '550 Back');
        const wasOut = row.state === 'accepted' || row.state === 'uncertain';
        expect(bounced === 'bounced').toBe(wasOut);
        break;
      }
      case 'renew':
        await box.renew(worker);
        break;
      case 'release':
        await box.release(worker, memory.claimed.splice(0));
        break;
      case 'wait':
        clock.advance(ms);
        break;
      case 'leave':
        await store.subscribers.leave(reader);
        break;
      case 'pause':
        await store.subscribers.pause(reader);
        break;
      case 'resume':
        await store.subscribers.resume(reader, clock.now());
        break;
      case 'plan': {
        const subscriber = await store.subscribers.find(reader);
        if (subscriber) await this.#world.mail(this.#table, subscriber);
        return;
      }
    }
    await this.#check(before);
  }

  /** What holds after every step, whatever it was. */
  async #check(before: MailRow[]): Promise<void> {
    const rows = await this.#world.mails(this.#table);
    for (const row of rows) {
      const held = row.state === 'claimed' || row.state === 'sending';
      expect(row.lease_until !== null).toBe(held);
      const final = ['accepted', 'refused', 'skipped', 'bounced'].includes(row.state);
      if (row.state !== 'uncertain') expect(row.ended_at !== null).toBe(final);
      expect(row.attempts).toBeGreaterThanOrEqual(0);
      expect(row.lost_replies).toBeLessThanOrEqual(MAX_LOST_REPLIES);
      const was = before.find(({ id }) => id === row.id);
      if (was?.state === 'accepted' && row.state === 'bounced') {
        expect({ ...row, state: was.state, reply: was.reply }).toEqual(was);
      } else if (was && ['accepted', 'refused', 'skipped', 'bounced'].includes(was.state)) {
        expect(row).toEqual(was);
      }
    }
  }
}

/** The ledger under two workers, readers who change their minds, and time that passes. */
export function walksContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe.each(TABLES)('whatever happens to %s', (table) => {
    test('no mail is held twice, goes to somebody who left, or changes after its end', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
          const w = await world();
          const readers = await w.subscribers(READERS);
          for (const reader of readers) await w.mail(table, reader);
          const walk = new Walk(
            w,
            table,
            readers.map(({ id }) => id),
          );
          for (const one of steps) await walk.take(one);
        }),
        { numRuns: 25 },
      );
    });

    test('every mail comes to its end once a worker stays at it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
          const w = await world();
          const readers = await w.subscribers(READERS);
          for (const reader of readers) await w.mail(table, reader);
          const walk = new Walk(
            w,
            table,
            readers.map(({ id }) => id),
          );
          for (const one of steps) await walk.take(one);
          const box = w.box(table);
          const next = async () => nextAt(await w.mails(table));
          for (let at = await next(); at !== null; at = await next()) {
            w.clock.advance(Math.max(0, at - w.clock.now()));
            for (const { id } of await box.claim('patient', 100)) {
              if ((await begin(box, id, 'patient')) !== 'sending') continue;
              await settle(box, id, 'patient', { kind: 'accepted', reply: '250 Ok' }, 0);
            }
          }
          for (const row of await w.mails(table)) expect(row.ended_at).not.toBeNull();
        }),
        { numRuns: 15 },
      );
    });
  });
}
