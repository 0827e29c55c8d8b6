import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Deliveries, Notices } from '../../src/delivery/ledger.js';
import { MailQueue, type Work } from '../../src/delivery/mail-queue.js';
import { NO_LIMITS } from '../../src/delivery/pace.js';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { MovableClock } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { enqueueNotice, silent } from './harness.js';
import { Post } from './post.js';

const CONNECTIONS = 2;
/** How often notices are asked for, however many mails wait. */
const ASK_EVERY = 1_000;

let post: Post;
let clock: MovableClock;
/** How many deliveries were asked for, claim after claim. */
let asked: number[];
/** How many were given back, statement after statement. */
let released: number[];
/** How often notices were asked for. */
let askedForNotices: number;
beforeEach(async () => {
  post = await Post.open();
  post.clock.hold();
  clock = new MovableClock();
  asked = [];
  released = [];
  askedForNotices = 0;
});
afterEach(() => post.close());

function queue(): MailQueue {
  const { ledger, paces } = post.store;
  const notices: Notices = {
    ...post.store.notices,
    claim: (worker, limit) => {
      askedForNotices++;
      return post.store.notices.claim(worker, limit);
    },
  };
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

/** Hands a mail out, and lets the claiming behind it come to its end. */
async function handOut(mails: MailQueue): Promise<Work | undefined> {
  const work = await mails.next();
  await new Promise((resolve) => setImmediate(resolve));
  return work;
}

/** Hands mails out, so many milliseconds apart, until the queue claims again. */
async function handOutUntilClaim(mails: MailQueue, apart: number): Promise<number> {
  const before = asked.length;
  for (;;) {
    await handOut(mails);
    const limit = asked[before];
    if (limit !== undefined) return limit / CONNECTIONS;
    clock.advance(apart);
  }
}

/** Hands so many mails out at the limit of what is claimed at once, so that many wait. */
async function withManyWaiting(): Promise<{ mails: MailQueue; reader: Subscriber }> {
  const [reader] = await post.plan(200);
  const mails = queue();
  await handOutUntilClaim(mails, 1);
  expect(await handOutUntilClaim(mails, 1)).toBe(32);
  askedForNotices = 0;
  return { mails, reader: found(reader) };
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

describe('a notice', () => {
  test('does not wait for all that was claimed while the server was fast', async () => {
    const { mails, reader } = await withManyWaiting();
    const claims = asked.length;
    clock.advance(ASK_EVERY);
    await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    const kinds = [await handOut(mails), await handOut(mails), await handOut(mails)];
    expect(kinds.map((work) => found(work).delivery === null)).toEqual([false, true, false]);
    expect(asked).toHaveLength(claims);
  });

  test('is asked for once a second while many mails wait', async () => {
    const { mails } = await withManyWaiting();
    for (let n = 0; n < 50; n++) {
      expect(found(await handOut(mails)).delivery).not.toBeNull();
      clock.advance(ASK_EVERY / 10);
    }
    expect(askedForNotices).toBeGreaterThanOrEqual(4);
    expect(askedForNotices).toBeLessThanOrEqual(5);
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
