import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../store/clock.js';
import { freePort } from '../../support/program.js';
import { type SmtpOptions, type SmtpStub, startSmtp } from '../../support/smtp.js';
import { activeSubscriber, planFor } from '../harness.js';
import { NO_LIMITS } from '../no-limits.js';
import { gate, Post } from '../post.js';

let post: Post;
beforeEach(async () => {
  post = await Post.open();
});
afterEach(() => post.close());

async function smtp(options: SmtpOptions = {}): Promise<SmtpStub> {
  return post.opened(await startSmtp({ parse: false, ...options }));
}

/** Readers whose digest is due since ten hours, so that it is whatever the clock is set to. */
async function plan(count: number): Promise<void> {
  const readers = [];
  for (let n = 0; n < count; n++) {
    readers.push(await activeSubscriber(post.store, `reader${n}@reader.example`));
  }
  await planFor(post.store, post.edition, readers, { dueAt: post.clock.now() - 10 * HOUR });
}

const states = () => post.mails().map(({ state }) => state);

/** Nothing waits for the clock to be there again; for the network, a minute or two pass. */
const SOON = HOUR / 2;

/** Milliseconds that passed while `work` was done, whatever the clock on the wall says. */
async function took(work: () => Promise<unknown>): Promise<number> {
  const began = post.clock.steady();
  await work();
  return post.clock.steady() - began;
}

/** Sets the clock by so much, with each mail that arrives by the next of them. */
function setting(...leaps: number[]): SmtpOptions {
  return {
    onData: () => {
      post.clock.set(leaps.shift() ?? 0);
      return undefined;
    },
  };
}

describe('a clock that is set while mails are sent', () => {
  test.each([
    ['back by hours', -6 * HOUR],
    ['ahead by hours', 6 * HOUR],
  ])('%s keeps none of them waiting, and repeats none', async (_what, leap) => {
    const stub = await smtp(setting(0, 0, leap));
    await plan(40);
    const spent = await took(() => post.run({ port: stub.port, connections: 3 }));
    expect(states()).toEqual(Array(40).fill('accepted'));
    expect(stub.attempts).toHaveLength(40);
    expect(spent).toBeLessThan(SOON);
  });

  test('again and again', async () => {
    const leap = fc.integer({ min: -9 * 60, max: 9 * 60 }).map((minutes) => minutes * MINUTE);
    await fc.assert(
      fc.asyncProperty(fc.array(leap, { maxLength: 12 }), async (leaps) => {
        await post.close();
        post = await Post.open();
        const began = post.clock.now();
        const stub = await smtp({
          onData: () => {
            // To a moment within nine hours of the true one.
            const next = leaps.shift();
            const off = post.clock.now() - began - post.clock.steady();
            if (next !== undefined) post.clock.set(next - off);
            return undefined;
          },
        });
        await plan(25);
        const spent = await took(() => post.run({ port: stub.port, connections: 2 }));
        expect(stub.attempts).toHaveLength(25);
        expect(states()).toEqual(Array(25).fill('accepted'));
        expect(spent).toBeLessThan(SOON);
      }),
      { numRuns: 8 },
    );
  });

  test.each([
    ['back', -6 * HOUR],
    ['ahead', 6 * HOUR],
  ])('%s does not send a mail beside itself whose reply is still to come', async (_what, leap) => {
    const slow = gate();
    const stub = await smtp({
      onData: async () => {
        await slow.passed;
        return undefined;
      },
    });
    await plan(1);
    const running = post.run({ port: stub.port, connections: 2 });
    await vi.waitUntil(() => stub.attempts.length === 1, { interval: 5 });
    post.clock.set(leap);
    const set = post.clock.steady();
    const longer = () => post.clock.steady() > set + 2 * MINUTE;
    await vi.waitUntil(longer, { interval: 5, timeout: 10_000 });
    slow.open();
    await running;
    expect(stub.attempts).toHaveLength(1);
    expect(post.mails()).toMatchObject([{ state: 'accepted', attempts: 1 }]);
  });

  test('back keeps nobody waiting who was to be tried again', async () => {
    let refusals = 2;
    const stub = await smtp({
      onRcpt: () => {
        if (refusals === 0) return undefined;
        refusals--;
        // Or the first is tried again before the second has been tried.
        post.clock.hold();
        return { code: 450, text: '4.2.1 Later' };
      },
    });
    await plan(2);
    const running = post.run({ port: stub.port, patience: 24 * 3_600 });
    const deferred = () => states().every((state) => state === 'deferred');
    await vi.waitUntil(deferred, { interval: 2, timeout: 10_000 });
    post.clock.set(-6 * HOUR);
    post.clock.release();
    expect(await took(() => running)).toBeLessThan(SOON);
    expect(states()).toEqual(['accepted', 'accepted']);
  });

  test('back does not lengthen the pause of a server that was away', async () => {
    const port = await freePort();
    await plan(3);
    const sender = post.sender({ port });
    const stop = new AbortController();
    const running = sender.run(stop.signal, async () =>
      post.mails().every((mail) => mail.ended_at !== null),
    );
    await vi.waitUntil(() => sender.trouble !== null, { interval: 2 });
    post.clock.set(-6 * HOUR);
    const stub = await startSmtp({ port, parse: false });
    post.opened(stub);
    expect(await took(() => running)).toBeLessThan(SOON);
    expect(stub.received).toHaveLength(3);
  });

  test('back stops no mails that keep to a rate, nor lets more of them go', async () => {
    const arrivals: number[] = [];
    const leaps = setting(0, 0, -3 * HOUR, 0, 5 * HOUR);
    const stub = await smtp({
      onData: (mail) => {
        arrivals.push(post.clock.steady());
        return leaps.onData?.(mail);
      },
    });
    await plan(20);
    const limits = { ...NO_LIMITS, rate: 2 };
    const spent = await took(() => post.run({ port: stub.port, connections: 2, limits }));
    expect(states()).toEqual(Array(20).fill('accepted'));
    expect(spent).toBeLessThan(SOON);
    // What was taken of the future before each leap may go beside the new slots.
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(6 * SECOND);
  });
});
