import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNoticeLimits } from '../../src/subscribers/notice-limits.js';
import { requestSubscription, WORDING } from '../../src/subscribers/subscribe.js';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import type { Suppression } from '../../src/subscribers/subscriber-store.js';
import { activeSubscriber } from '../delivery/harness.js';
import { HOUR } from '../store/clock.js';
import { begin, found, settle } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { LANGUAGES } from '../support/languages.js';

const EMAIL = 'ada@reader.test';
const WEEK = 7 * 24 * HOUR;
const origin = { via: 'form', ip: '192.0.2.7' };

const limits = createNoticeLimits('a secret of tests', {
  perDomain: 100,
  perNetwork: 50,
  inAll: 24_000,
});

let temp: TempStore;
let bounce: Suppression;
let reader: Subscriber;
beforeEach(async () => {
  temp = await tempStore();
  bounce = { email: EMAIL, reason: 'bounce', at: temp.clock.now(), detail: '550 5.1.1 Gone' };
  reader = await activeSubscriber(temp.store, EMAIL);
});
afterEach(() => temp.close());

const ask = () =>
  temp.store.atomically((stores) =>
    requestSubscription(
      { ...stores, limits, clock: temp.clock, languages: LANGUAGES },
      { email: 'ADA@reader.test' },
      origin,
    ),
  );
const state = async () => (await temp.store.subscribers.findByEmail(EMAIL))?.state;
/** Sends what waits, and tells what it was. */
async function notices(): Promise<[string, number][]> {
  const outbox = temp.store.notices;
  const mails = await outbox.claim('test', 100);
  for (const { id } of mails) {
    await begin(outbox, id, 'test');
    await settle(outbox, id, 'test', { kind: 'accepted', reply: '250 Ok' }, 0);
  }
  return mails.map(({ kind, round }) => [kind, round]);
}

describe('an owner who subscribes again after a bounce', () => {
  beforeEach(() => temp.store.subscribers.suppress(bounce));

  test('is asked to confirm after a week, in a new round, and it is written down', async () => {
    temp.clock.advance(WEEK);
    const now = temp.clock.now();
    expect(await ask()).toEqual({ email: 'ADA@reader.test' });
    expect(await temp.store.subscribers.find(reader.id)).toMatchObject({
      state: 'pending',
      round: reader.round + 1,
      activeSince: null,
    });
    expect(await notices()).toEqual([['confirm', reader.round + 1]]);
    expect(await temp.store.subscribers.findSuppression(EMAIL)).toBeNull();
    expect(await temp.store.subscribers.suppressionEvents(EMAIL)).toEqual([
      { at: bounce.at, event: 'suppressed', reason: 'bounce', detail: '550 5.1.1 Gone' },
      { at: now, event: 'asked', reason: 'owner', detail: 'form' },
    ]);
    expect((await temp.store.subscribers.consents(reader.id)).slice(1)).toEqual([
      { at: now, event: 'unsuppressed', wording: null, ...origin },
      { at: now, event: 'requested', wording: WORDING, ...origin },
    ]);
  });

  test('is answered the same before, and nothing follows', async () => {
    temp.clock.advance(WEEK - 1);
    expect(await ask()).toEqual({ email: 'ADA@reader.test' });
    expect([await state(), await notices()]).toEqual(['suppressed', []]);
    expect(await temp.store.subscribers.findSuppression(EMAIL)).toEqual(bounce);
  });

  test('gets one confirmation in a day, as often as they ask', async () => {
    temp.clock.advance(WEEK);
    for (let times = 0; times < 4; times++) {
      await ask();
      temp.clock.advance(HOUR);
    }
    expect(await notices()).toHaveLength(1);
    temp.clock.advance(20 * HOUR);
    await ask();
    expect(await notices()).toHaveLength(1);
  });

  test('gets their preferences link on the same day once they have confirmed', async () => {
    temp.clock.advance(WEEK);
    await ask();
    await temp.store.subscribers.confirm(reader.id, reader.round + 1, temp.clock.now());
    await notices();
    await ask();
    expect(await notices()).toEqual([['preferences', reader.round + 1]]);
  });

  test('waits for another week if that bounces, too', async () => {
    temp.clock.advance(WEEK);
    await ask();
    await notices();
    await temp.store.subscribers.suppress({ ...bounce, at: temp.clock.now() });
    temp.clock.advance(WEEK - 1);
    await ask();
    expect(await notices()).toEqual([]);
    temp.clock.advance(1);
    await ask();
    expect(await notices()).toEqual([['confirm', reader.round + 2]]);
  });

  test('is asked, too, where nothing but the suppression was left of them', async () => {
    await temp.store.subscribers.erase(reader.id);
    temp.clock.advance(WEEK);
    await ask();
    expect(found(await temp.store.subscribers.findByEmail(EMAIL))).toMatchObject({
      state: 'pending',
      round: 1,
    });
    expect(await notices()).toEqual([['confirm', 1]]);
  });
});

test.each(['complaint', 'operator'] as const)(
  'a suppression by %s stays, however often somebody asks',
  async (reason) => {
    await temp.store.subscribers.suppress({ ...bounce, reason });
    temp.clock.advance(100 * WEEK);
    expect(await ask()).toEqual({ email: 'ADA@reader.test' });
    expect([await state(), await notices()]).toEqual(['suppressed', []]);
  },
);
