import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Deliveries } from '../../src/delivery/ledger.js';
import { MailQueue } from '../../src/delivery/mail-queue.js';
import { NO_LIMITS } from '../../src/delivery/pace.js';
import { MovableClock } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { enqueueNotice, silent } from './harness.js';
import { Post } from './post.js';

const CONNECTIONS = 2;

let post: Post;
let clock: MovableClock;
/** How many deliveries were asked for, claim after claim. */
let asked: number[];
/** How many were given back, statement after statement. */
let released: number[];
beforeEach(async () => {
  post = await Post.open();
  post.clock.hold();
  clock = new MovableClock();
  asked = [];
  released = [];
});
afterEach(() => post.close());

function queue(): MailQueue {
  const { ledger, notices, paces } = post.store;
  const deliveries: Deliveries = {
    ...ledger,
    claim: (worker, limit) => {
      asked.push(limit);
      return ledger.claim(worker, limit);
    },
    release: (worker, ids) => {
      released.push(ids.length);
      return ledger.release(worker, ids);
    },
  };
  return new MailQueue({
    ...{ notices, deliveries, paces, limits: NO_LIMITS, composer: post.composer },
    ...{ connections: CONNECTIONS, worker: 'one', clock, logger: silent },
  });
}

/** Hands mails out, so many milliseconds apart, until the queue claims again. */
async function handOutUntilClaim(mails: MailQueue, apart: number): Promise<number> {
  const before = asked.length;
  for (;;) {
    await mails.next();
    // Claiming goes on behind it.
    await new Promise((resolve) => setImmediate(resolve));
    const limit = asked[before];
    if (limit !== undefined) return limit / CONNECTIONS;
    clock.advance(apart);
  }
}

const states = () => post.mails().map(({ state }) => state);

describe('mails are claimed', () => {
  test('as many as went in a tenth of a second, four to 32 for each connection', async () => {
    await post.plan(200);
    const mails = queue();
    expect(await handOutUntilClaim(mails, 0)).toBe(4);
    // Six in 50 milliseconds are twelve in a tenth of a second.
    expect(await handOutUntilClaim(mails, 10)).toBe(6);
    expect(await handOutUntilClaim(mails, 1)).toBe(32);
    expect(await handOutUntilClaim(mails, 100)).toBe(4);
  });
});

describe('mails that wait', () => {
  test('are given back at once, notices and deliveries, but for those that were handed out', async () => {
    const readers = await post.plan(7);
    for (const reader of readers.slice(0, 3))
      await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    const mails = queue();
    const first = found(await mails.next());
    expect(first.delivery).toBeNull();
    expect(post.mails('notices').map(({ state }) => state)).toEqual(Array(3).fill('claimed'));
    expect(states().filter((state) => state === 'claimed')).toHaveLength(5);
    await mails.giveBack();
    expect(released).toEqual([5]);
    expect(states()).toEqual(Array(7).fill('planned'));
    const notices = post.mails('notices').map(({ id, state }) => [id === first.mail.id, state]);
    expect(notices.toSorted()).toEqual([
      [false, 'planned'],
      [false, 'planned'],
      [true, 'claimed'],
    ]);
    expect(mails.status.waiting).toBe(0);
  });
});
