import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Deliveries } from '../../../src/delivery/ledger.js';
import type { RateLimits } from '../../../src/delivery/throttle/rate-limits.js';
import type { ThrottleStore } from '../../../src/delivery/throttle/throttle-store.js';
import { importSubscribers } from '../../../src/subscribers/import.js';
import { SECOND } from '../../store/clock.js';
import type { Table } from '../../store/contract/dialect.js';
import { LANGUAGES } from '../../support/languages.js';
import type { SmtpOptions } from '../../support/smtp.js';
import {
  addresses,
  expectPaced,
  leapTo,
  openAgain,
  SLOW,
  SOON,
  startTimedSmtp,
  to,
} from '../arrivals.js';
import { enqueueNotice } from '../harness.js';
import { NO_LIMITS } from '../no-limits.js';
import { Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

const smtp = async (options?: SmtpOptions) =>
  post.opened(await startTimedSmtp(post.clock, options));

const { signal } = new AbortController();
const limits = (changes: Partial<RateLimits>) => ({ ...NO_LIMITS, ...changes });

describe('a rate', () => {
  test('of all mails is kept at each moment, from the first mail to the last', async () => {
    const stub = await smtp();
    await post.plan(60);
    const begin = post.clock.now();
    post.clock.hold();
    const connections = 4;
    const running = post.run({ port: stub.port, connections, limits: limits({ rate: 50 }) });
    // All connections wait for a slot, beside the renewing of leases and the look for silence.
    const quiet = () => expect.poll(() => post.clock.sleeping, SOON).toBe(connections + 2);
    for (let time = 0; time < 1_180; time += 50) {
      await quiet();
      expect([time, stub.arrivals.length]).toEqual([time, Math.floor(time / 20) + 1]);
      post.clock.advance(50);
    }
    post.clock.release();
    await running;
    expect(stub.arrivals).toHaveLength(60);
    expectPaced(stub.arrivals, begin, 20);
  });

  test('is shared by two senders of one store', async () => {
    const stub = await smtp();
    await post.plan(120);
    const begin = post.clock.now();
    const sender = { port: stub.port, connections: 3, limits: limits({ rate: 40 }) };
    const { throttleStore, ...store } = post.opened(await openAgain(post));
    const senders = await Promise.all([
      post.run(sender),
      post.run({ ...sender, throttleStore, deliveries: store.ledger, notices: store.notices }),
    ]);
    expect(stub.arrivals).toHaveLength(120);
    expectPaced(stub.arrivals, begin, 25);
    for (const { status } of senders) expect(status.mails.digest.accepted).toBeGreaterThan(0);
  });

  test('of a domain holds up nobody else, and exceptions go their own way', async () => {
    const stub = await smtp();
    await post.planTo([
      ...addresses('a.example', 6),
      ...addresses('b.example', 6),
      ...addresses('fast.example', 60),
      ...addresses('free.example', 6),
    ]);
    const begin = post.clock.now();
    const sender = await post.run({
      ...{ port: stub.port, connections: 4 },
      limits: limits({
        domainRate: 1,
        domainRates: { 'fast.example': 20, 'free.example': 90_000 },
      }),
    });
    expect(stub.arrivals).toHaveLength(78);
    for (const domain of ['a.example', 'b.example']) {
      expectPaced(stub.arrivals.filter(to(domain)), begin, SECOND);
    }
    expectPaced(stub.arrivals.filter(to('fast.example')), begin, 50);
    const order = stub.arrivals.map((arrival) => arrival.to);
    expect(order.indexOf('reader5@free.example')).toBeLessThan(order.indexOf('reader1@a.example'));
    expect(sender.status.throttling.waits).toMatchObject({ rate: 0, cap: 0, throttled: 0 });
    expect(sender.status.throttling.waits.domain).toBeGreaterThan(0);
    // All of one domain waited out of the way of the others.
    const setAside = post.mails().filter((mail) => mail.set_aside !== null);
    expect(new Set(setAside.map((mail) => mail.set_aside))).toContain('a.example');
  });

  test('of a domain with many mails at the head of the queue costs the others no waiting', async () => {
    const stub = await smtp();
    await post.planTo([...addresses(SLOW, 300), ...addresses('other.example', 10)]);
    const { ledger } = post.store;
    let claims = 0;
    const deliveries: Deliveries = {
      ...ledger,
      claim: (worker, limit) => {
        claims++;
        return ledger.claim(worker, limit);
      },
    };
    const stop = new AbortController();
    post.clock.hold();
    const running = post.run({
      ...{ port: stub.port, deliveries, signal: stop.signal },
      limits: limits({ domainRates: { [SLOW]: 1 } }),
    });
    await expect.poll(() => stub.arrivals.filter(to('other.example')).length, SOON).toBe(10);
    // Not one claim after the other through all that have to wait.
    expect(claims).toBeLessThan(10);
    stop.abort();
    post.clock.release();
    await running;
  });

  test('that is set no more lets go at once what waited for it', async () => {
    const stub = await smtp();
    await post.planTo(addresses(SLOW, 40));
    await post.store.ledger.setAsideDue([SLOW], 40);
    await post.planTo(addresses('other.example', 40));
    const sender = await post.run({ port: stub.port, connections: 4 });
    expect(stub.arrivals).toHaveLength(80);
    expect(sender.status.throttling.waits).toEqual({ rate: 0, cap: 0, domain: 0, throttled: 0 });
  });

  test('does not hold notices back, and the others wait for them', async () => {
    const stub = await smtp();
    const [reader] = await post.plan(5);
    if (!reader) throw new Error('There is no reader.');
    for (let n = 0; n < 5; n++) {
      await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    }
    const begin = post.clock.now();
    post.clock.hold();
    const running = post.run({ port: stub.port, connections: 2, limits: limits({ rate: 1 }) });
    await stub.waitFor(5);
    expect(post.mails('notices').map((mail) => mail.state)).not.toContain('planned');
    expect(stub.arrivals).toHaveLength(5);
    post.clock.release();
    await running;
    expectPaced(stub.arrivals.slice(5), begin + 5 * SECOND, SECOND);
  });
});

describe('without limits', () => {
  test('without limits the store is only read once a second', async () => {
    const stub = await smtp();
    await post.plan(200);
    const asked: string[] = [];
    const { throttleStore } = post.store;
    const spy = (name: keyof ThrottleStore) => () => {
      asked.push(name);
      return name === 'look'
        ? throttleStore.look()
        : Promise.reject(new Error(`${name} was asked`));
    };
    const names = ['loadSlots', 'moveSlots', 'takeOfDay', 'addToDay', 'look', 'change'] as const;
    const spied = Object.fromEntries(names.map((name) => [name, spy(name)]));
    const began = post.clock.now();
    await post.run({
      port: stub.port,
      connections: 8,
      throttleStore: { ...throttleStore, ...spied },
    });
    expect(stub.arrivals).toHaveLength(200);
    expect(asked.length).toBeLessThanOrEqual(2 + (post.clock.now() - began) / SECOND);
    expect(new Set(asked)).toEqual(new Set(['look']));
  });
});

describe('a daily cap', () => {
  test('stops at so many mails, and the next day goes on', async () => {
    const stub = await smtp({
      onRcpt: (address) => (address.startsWith('gone') ? { code: 550, text: 'no' } : undefined),
    });
    await post.planTo([...addresses('x.example', 4, 'gone'), ...addresses('x.example', 18)]);
    const options = { port: stub.port, connections: 4, limits: limits({ dailyCap: 10 }) };
    const first = post.sender(options);
    // A moment before its last mails, the cap was reached with those that were refused.
    const reached = async () =>
      first.status.throttling.capReached !== null && stub.arrivals.length >= 10;
    await first.run(signal, reached);
    // Nobody took what was refused, so it is not counted.
    expect(stub.arrivals).toHaveLength(10);
    expect(first.status.throttling.capReached).toEqual({ day: '2026-03-02', cap: 10 });
    expect(first.status.throttling.waits.cap).toBeGreaterThan(0);

    leapTo(post.clock, Date.UTC(2026, 2, 2, 23, 50));
    const again = post.sender(options);
    await again.run(signal, async () => again.status.throttling.capReached !== null);
    expect(stub.arrivals).toHaveLength(10);

    leapTo(post.clock, Date.UTC(2026, 2, 3));
    await post.run(options);
    expect(stub.arrivals).toHaveLength(18);
  });

  test('is shared by two senders', async () => {
    const stub = await smtp();
    await post.plan(60);
    const options = { port: stub.port, connections: 4, limits: limits({ dailyCap: 33 }) };
    const { throttleStore, ...store } = post.opened(await openAgain(post));
    const senders = [
      post.sender(options),
      post.sender({ ...options, throttleStore, deliveries: store.ledger, notices: store.notices }),
    ];
    await Promise.all(
      senders.map((sender) => sender.run(signal, async (idleFor) => idleFor > 10 * SECOND)),
    );
    expect(stub.arrivals).toHaveLength(33);
  });

  test('is for digests: notices have a part of their own beside it', async () => {
    const stub = await smtp();
    const [reader] = await post.plan(60);
    if (!reader) throw new Error('There is no reader.');
    for (let n = 0; n < 30; n++) {
      await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    }
    const options = { port: stub.port, limits: limits({ dailyCap: 50 }) };
    const stopped = async (idleFor: number) => idleFor > 5 * SECOND;
    const count = (table: Table) =>
      post.mails(table).filter((mail) => mail.state === 'accepted').length;
    const sender = post.sender(options);
    await sender.run(signal, stopped);
    // In an hour two of the five that are a tenth of the cap.
    expect([count('deliveries'), count('notices')]).toEqual([50, 2]);
    expect(sender.status.throttling.noticesWait).toBe(true);
    for (let hour = 1; hour <= 4; hour++) {
      leapTo(post.clock, post.clock.now() + 3_600 * SECOND);
      await post.sender(options).run(signal, stopped);
    }
    expect([count('deliveries'), count('notices')]).toEqual([50, 5]);
    leapTo(post.clock, Date.UTC(2026, 2, 3));
    await post.sender(options).run(signal, stopped);
    expect([count('deliveries'), count('notices')]).toEqual([60, 7]);
    expect(post.mails('notices').filter((mail) => mail.state === 'planned')).toHaveLength(23);
  });

  test('lets no import keep a digest waiting, nor a reader, nor a stranger', async () => {
    const stub = await smtp();
    const readers = await post.plan(20);
    const rows = Array.from({ length: 200 }, (_, n) => ({
      row: { email: `old${n}@list.example` },
      as: 'pending' as const,
    }));
    const { clock, store } = post;
    const how = { via: 'import', remind: false };
    await store.atomically((stores) =>
      importSubscribers({ ...stores, clock, languages: LANGUAGES }, rows, how),
    );
    for (let n = 0; n < 30; n++) {
      const email = `stranger${n}@many.example`;
      const asked = await store.subscribers.request(email, {}, clock.now());
      await enqueueNotice(store, asked, 'confirm', clock.now());
    }
    const [reader] = readers;
    if (!reader) throw new Error('There is no reader.');
    const stopped = async (idleFor: number) => idleFor > 5 * SECOND;
    const count = (cause: string) =>
      post
        .mails('notices')
        .filter((mail) => mail.state === 'accepted' && Object(mail).cause === cause).length;
    for (let hour = 0; hour < 5; hour++) {
      if (hour === 4) await enqueueNotice(store, reader, 'preferences', clock.now());
      const sender = post.sender({ port: stub.port, limits: limits({ dailyCap: 100 }) });
      await sender.run(signal, stopped);
      if (hour === 0) {
        expect(post.mails().filter((mail) => mail.state === 'accepted')).toHaveLength(20);
      }
      leapTo(clock, clock.now() + 3_600 * SECOND);
    }
    // A tenth of the cap are ten a day and two an hour, of which one is left for a reader.
    expect(count('stranger') + count('import')).toBe(5);
    expect(count('reader')).toBe(1);
    expect(count('stranger')).toBeGreaterThanOrEqual(3);
    expect(post.mails('notices').every(({ state }) => state !== 'skipped')).toBe(true);
  });

  describe('of a warm-up', () => {
    const warm = limits({ warmup: { from: '2026-03-02', first: 20 } });
    const throttling = { code: 450, text: '4.7.28 Too many messages, try again later' };

    /** Sends what the cap of each of these days allows, and tells how many mails were taken. */
    async function sendOn(stub: { arrivals: unknown[] }, port: number, days: readonly number[]) {
      const counts: number[] = [];
      for (const day of days) {
        if (day > 2) leapTo(post.clock, Date.UTC(2026, 2, day));
        const before = stub.arrivals.length;
        const sender = post.sender({ port, limits: warm });
        await sender.run(signal, async () => sender.status.throttling.capReached !== null);
        counts.push(stub.arrivals.length - before);
      }
      return counts;
    }

    test('grows from day to day', async () => {
      const stub = await smtp();
      await post.plan(100);
      expect(await sendOn(stub, stub.port, [2])).toEqual([20]);
      expect(await sendOn(stub, stub.port, [3])).toEqual([23]);
    });

    test('does not grow after a day on which a server wanted fewer mails', async () => {
      const slowed = new Set<string>();
      const stub = await smtp({
        // Some readers of the first day are thrown back once.
        onRcpt: (address) => {
          const number = Number(/\d+/.exec(address)?.[0]);
          if (number % 3 !== 0 || number > 18 || slowed.has(address)) return undefined;
          slowed.add(address);
          return throttling;
        },
      });
      await post.planTo(
        Array.from({ length: 60 }, (_, n) => `reader${n + 1}@domain${n + 1}.example`),
      );
      expect(await sendOn(stub, stub.port, [2, 3])).toEqual([20, 20]);
      expect(slowed.size).toBeGreaterThanOrEqual(5);
    });
  });
});
