import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Deliveries, Notices } from '../../../src/delivery/ledger.js';
import { MailQueue } from '../../../src/delivery/sending/mail-queue.js';
import type { QueuedMail } from '../../../src/delivery/sending/queued-mail.js';
import { Relay } from '../../../src/delivery/sending/relay.js';
import { Router } from '../../../src/delivery/sending/router.js';
import { routeAllOver } from '../../../src/delivery/sending/routes.js';
import { SlotCache } from '../../../src/delivery/throttle/slot-cache.js';
import { ThrottleTracker } from '../../../src/delivery/throttle/throttle-tracker.js';
import { smtpServer } from '../../../src/mail/smtp/smtp.js';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { HOUR, MovableClock } from '../../store/clock.js';
import { found } from '../../store/contract/dialect.js';
import { enqueueNotice, silent, steady } from '../harness.js';
import { NO_LIMITS } from '../no-limits.js';
import { Post } from '../post.js';

const CONNECTIONS = 2;
/** How often notices are claimed, however many mails wait. */
const NOTICES_EVERY = 1_000;

let post: Post;
let clock: MovableClock;
/** The limit of each claim of deliveries. */
let asked: number[];
/** How many deliveries each statement released. */
let released: number[];
/** How often notices were claimed. */
let noticeClaims: number;
beforeEach(async () => {
  post = await Post.open();
  post.clock.hold();
  clock = new MovableClock();
  asked = [];
  released = [];
  noticeClaims = 0;
});
afterEach(() => post.close());

/** Relays that nothing goes to, and the queue in front of them. */
function queue(names: readonly string[] = ['smtp']): Queue {
  const { ledger, throttleStore, mailCounts, noticeBudgets, holds } = post.store;
  const notices: Notices = {
    ...post.store.notices,
    claim: (...given) => {
      noticeClaims++;
      return post.store.notices.claim(...given);
    },
  };
  const deliveries: Deliveries = {
    ...ledger,
    claim: (worker, limit) => {
      asked.push(limit);
      return ledger.claim(worker, limit);
    },
    release: (worker, ids) => {
      if (ids.length > 0) released.push(ids.length);
      return ledger.release(worker, ids);
    },
  };
  const slots = new SlotCache({ throttleStore, clock });
  const throttles = new ThrottleTracker({
    throttleStore,
    limits: NO_LIMITS,
    routeInterval: () => 0,
    slots,
    clock,
  });
  const stores = { throttleStore, mailCounts, noticeBudgets };
  const shared = { ...stores, limits: NO_LIMITS, throttles, slots, clock, logger: silent };
  const relays = names.map((name) => {
    const route = { name, connections: CONNECTIONS, mailsPerConnection: 100, rate: null };
    const smtp = smtpServer({ host: '127.0.0.1', port: 1 }, 'papers.example.org');
    return new Relay({
      ...{ ...shared, route: { ...route, dailyCap: null }, smtp, holds, random: steady },
    });
  });
  const router = new Router(relays, routeAllOver(names));
  const mails = new MailQueue({
    ...{ ...shared, notices, deliveries, router, composer: post.composer },
    ...{ connections: CONNECTIONS, worker: 'one' },
  });
  return { mails, relay: found(relays[0]), relays };
}

interface Queue {
  mails: MailQueue;
  /** The first of them. */
  relay: Relay;
  relays: readonly Relay[];
}

/** Hands a mail out, and lets the claiming behind it come to its end. */
async function handOut({ mails, relay }: Queue): Promise<QueuedMail | undefined> {
  const work = await mails.next(relay);
  await new Promise((resolve) => setImmediate(resolve));
  return work;
}

/** Hands mails out, so many milliseconds apart, until the queue claims again. */
async function handOutUntilClaim(mails: Queue, apart: number): Promise<number> {
  const before = asked.length;
  for (;;) {
    await handOut(mails);
    const limit = asked[before];
    if (limit !== undefined) return limit / CONNECTIONS;
    clock.advance(apart);
  }
}

/** Hands so many mails out at the limit of what is claimed at once, so that many wait. */
async function withManyWaiting(): Promise<{ mails: Queue; reader: Subscriber }> {
  const [reader] = await post.plan(200);
  const mails = queue();
  await handOutUntilClaim(mails, 1);
  expect(await handOutUntilClaim(mails, 1)).toBe(32);
  noticeClaims = 0;
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
    clock.advance(NOTICES_EVERY);
    await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    const kinds = [await handOut(mails), await handOut(mails), await handOut(mails)];
    expect(kinds.map((work) => found(work).delivery === null)).toEqual([false, true, false]);
    expect(asked).toHaveLength(claims);
  });

  test('is claimed once a second while many mails wait', async () => {
    const { mails } = await withManyWaiting();
    for (let n = 0; n < 50; n++) {
      expect(found(await handOut(mails)).delivery).not.toBeNull();
      clock.advance(NOTICES_EVERY / 10);
    }
    expect(noticeClaims).toBeGreaterThanOrEqual(4);
    expect(noticeClaims).toBeLessThanOrEqual(5);
  });
});

describe('mails that wait', () => {
  test('are given back at once, notices and deliveries, but for those that were handed out', async () => {
    const readers = await post.plan(7);
    for (const reader of readers.slice(0, 3))
      await enqueueNotice(post.store, reader, 'preferences', post.clock.now());
    const { mails, relay } = queue();
    const first = found(await mails.next(relay));
    expect(first.delivery).toBeNull();
    expect(post.mails('notices').map(({ state }) => state)).toEqual(Array(3).fill('claimed'));
    expect(states().filter((state) => state === 'claimed')).toHaveLength(5);
    await mails.releaseAll();
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

describe('mails whose way is shut', () => {
  const [A, B] = ['a.example', 'b.example'];
  const addresses = (domain: string, count: number) =>
    Array.from({ length: count }, (_, n) => `reader${n}@${domain}`);
  const at = (domain: string) => expect.stringMatching(new RegExp(`@${domain}$`));

  test('are given back when their route is held, and nothing of it is handed out', async () => {
    await post.plan(5);
    const { mails, relay } = queue();
    found(await mails.next(relay));
    await relay.hold('', 'quota', '550 Quota exceeded');
    mails.withdraw(relay, '');
    expect(await mails.next(relay)).toBeUndefined();
    await mails.releaseAll();
    expect(states().toSorted()).toEqual(['claimed', ...Array(4).fill('planned')]);
  });

  test('go over another route where there is one', async () => {
    await post.plan(5);
    const { mails, relay, relays } = queue(['main', 'backup']);
    const backup = found(relays[1]);
    found(await mails.next(relay));
    expect(await mails.next(backup)).toBeUndefined();
    await relay.hold('', 'quota', '550 Quota exceeded');
    mails.withdraw(relay, '');
    expect(await mails.next(relay)).toBeUndefined();
    for (let n = 0; n < 4; n++) expect(await mails.next(backup)).toBeDefined();
  });

  test('to a held domain wait for it, and others are handed out', async () => {
    await post.planTo([...addresses(A, 3), ...addresses(B, 2)]);
    const { mails, relay } = queue();
    expect(found(await mails.next(relay)).mail.email).toEqual(at(A));
    await relay.hold(A, 'policy', '550 5.7.1 No');
    mails.withdraw(relay, A);
    for (let n = 0; n < 2; n++) {
      expect(found(await mails.next(relay)).mail.email).toEqual(at(B));
    }
    expect(await mails.next(relay)).toBeUndefined();
    await mails.releaseAll();
    const setAside = post.mails().map((mail) => mail.set_aside);
    expect(setAside).toEqual([null, A, A, null, null]);
  });

  test('probe a route to another domain than those that are to blame, and all else is given back', async () => {
    await post.planTo([...addresses(A, 3), ...addresses(B, 2)]);
    const { mails, relay } = queue();
    await relay.hold('', 'relaying', '550 5.7.1 Relaying denied');
    relay.holds.blamed.add(A);
    const probe = found(await mails.nextProbe(relay));
    expect(probe).toMatchObject({ probe: 'smtp', domain: B });
    expect(states()).toEqual(['planned', 'planned', 'planned', 'claimed', 'planned']);
    expect(mails.busy).toBe(true);
  });

  test('probe it to those where there are no others', async () => {
    await post.planTo(addresses(A, 2));
    const { mails, relay } = queue();
    await relay.hold('', 'relaying', '550 5.7.1 Relaying denied');
    relay.holds.blamed.add(A);
    expect(found(await mails.nextProbe(relay))).toMatchObject({ probe: 'smtp', domain: A });
  });

  test('probe it from those that wait for their domains, where nothing else waits', async () => {
    await post.planTo(addresses(A, 2));
    await post.store.ledger.setAsideDue([A], 9);
    const { mails, relay } = queue();
    await relay.hold('', 'relaying', '550 5.7.1 Relaying denied');
    expect(found(await mails.nextProbe(relay))).toMatchObject({ probe: 'smtp', domain: A });
    const none = queue();
    await none.relay.hold(A, 'policy', '550 5.7.1 No');
    expect(await none.mails.nextProbe(none.relay)).toBeUndefined();
  });

  test('and which may have arrived over it wait for it, out of the way of others', async () => {
    await post.plan(1);
    const { ledger } = post.store;
    const { id } = found((await ledger.claim('before', 1))[0]);
    await ledger.advance('before', { results: [], begin: [{ id, route: 'main', again: false }] });
    const outcome = { kind: 'uncertain', reply: 'lost', cut: false } as const;
    await ledger.advance('before', { results: [{ id, outcome, retryIn: 0 }], begin: [] });
    const { mails, relay, relays } = queue(['main', 'backup']);
    await relay.hold('', 'quota', '550 Quota exceeded');
    expect(await mails.next(found(relays[1]))).toBeUndefined();
    expect(await mails.next(relay)).toBeUndefined();
    const [row] = post.mails();
    expect(row).toMatchObject({ state: 'uncertain', attempts: 1 });
    expect(found(row).next_at).toBeGreaterThan(post.clock.now());
    await relay.holds.lift('');
    post.clock.advance(HOUR);
    clock.advance(HOUR);
    expect(found(await mails.next(relay)).mail.id).toBe(id);
  });
});
