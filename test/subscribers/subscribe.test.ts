import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { confirmSubscription } from '../../src/delivery/confirm.js';
import { SelectorCache } from '../../src/interests/selection.js';
import { createNoticeLimits } from '../../src/subscribers/notice-limits.js';
import { requestSubscription, WORDING } from '../../src/subscribers/subscribe.js';
import { STATES, type Subscriber, type SubscriberState } from '../../src/subscribers/subscriber.js';
import type { Suppression } from '../../src/subscribers/subscriber-store.js';
import { silent } from '../delivery/harness.js';
import { HOUR, MINUTE } from '../store/clock.js';
import { begin, found, settle } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { LANGUAGES } from '../support/languages.js';

const EMAIL = 'ada@example.org';
const origin = { via: 'form', ip: '192.0.2.7' };

const limits = createNoticeLimits('a secret of tests', {
  perDomain: 100,
  perNetwork: 50,
  inAll: 24_000,
});

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

function request(email = EMAIL, more: object = {}): Promise<{ email: string }> {
  const { store, clock } = temp;
  return requestSubscription(
    { ...store, limits, clock, languages: LANGUAGES },
    { email, ...more },
    origin,
  );
}

async function subscriber(): Promise<Subscriber> {
  return found(await temp.store.subscribers.findByEmail(EMAIL));
}

/** Sends what waits in the outbox of notices, and tells what it was. */
async function notices(): Promise<[string, number][]> {
  const outbox = temp.store.notices;
  const mails = await outbox.claim('test', 100);
  for (const { id } of mails) {
    await begin(outbox, id, 'test');
    await settle(outbox, id, 'test', { kind: 'accepted', reply: '250 Ok' }, 0);
  }
  return mails.map(({ kind, round }) => [kind, round]);
}

function confirm({ id, round }: Subscriber, expiresAt = temp.clock.now() + HOUR) {
  const { store, clock } = temp;
  const selectors = new SelectorCache();
  const deps = {
    ...store,
    clock,
    freezeAfter: 0,
    logger: silent,
    selectors,
    defaultLanguage: 'en',
  };
  return confirmSubscription(deps, { subscriberId: id, round, expiresAt }, origin);
}

async function bring(state: SubscriberState | 'new'): Promise<void> {
  const { subscribers } = temp.store;
  if (state === 'new') return;
  await request();
  const known = await subscriber();
  if (state === 'active' || state === 'paused') await confirm(known);
  if (state === 'paused') await subscribers.pause(known.id);
  if (state === 'unsubscribed') await subscribers.leave(known.id);
  const at = temp.clock.now();
  const bounce: Suppression = { email: EMAIL, reason: 'bounce', at, detail: null };
  if (state === 'suppressed') await subscribers.suppress(bounce);
  await notices();
  temp.clock.advance(25 * HOUR);
}

describe('a request to subscribe', () => {
  test('makes a pending subscriber, records the request and asks by mail', async () => {
    await request(EMAIL, { timezone: 'Europe/Vienna', hour: '7', length: 5 });
    const made = await subscriber();
    expect(made).toMatchObject({ state: 'pending', timezone: null, hour: null, length: 20 });
    const chosen = await temp.store.subscribers.requestedPreferences(made.id, made.round);
    expect(chosen).toEqual({ timezone: 'Europe/Vienna', hour: 7, length: 5 });
    expect(await temp.store.subscribers.consents(made.id)).toEqual([
      { at: temp.clock.now(), event: 'requested', wording: WORDING, ...origin },
    ]);
    expect(await notices()).toEqual([['confirm', 1]]);
  });

  const follows: [SubscriberState | 'new', [string, number][], SubscriberState][] = [
    ['new', [['confirm', 1]], 'pending'],
    ['pending', [['confirm', 1]], 'pending'],
    ['active', [['preferences', 1]], 'active'],
    ['paused', [['paused', 1]], 'paused'],
    ['unsubscribed', [['confirm', 2]], 'pending'],
    ['suppressed', [], 'suppressed'],
  ];
  test.each(follows)('of somebody %s is followed by %j', async (state, mails, after) => {
    await bring(state);
    await request();
    expect(await notices()).toEqual(mails);
    expect((await subscriber()).state).toBe(after);
  });

  test('is answered the same in every state', async () => {
    expect(new Set(follows.map(([state]) => state))).toEqual(new Set(['new', ...STATES]));
    for (const [state] of follows) {
      await temp.close();
      temp = await tempStore();
      await bring(state);
      expect(await request(' ada@EXAMPLE.org ')).toEqual({ email: EMAIL });
      const misspelt = requestSubscription(
        { ...temp.store, limits, clock: temp.clock, languages: LANGUAGES },
        { email: EMAIL, hour: '99' },
        origin,
      );
      await expect(misspelt).rejects.toMatchObject({ code: 'bad_preferences' });
    }
  });

  test('of a suppressed address that is no subscriber’s leaves no trace', async () => {
    const complaint: Suppression = { email: EMAIL, reason: 'complaint', at: 1, detail: null };
    await temp.store.subscribers.suppress(complaint);
    expect(await request()).toEqual({ email: EMAIL });
    expect(await temp.store.subscribers.findByEmail(EMAIL)).toBeNull();
  });

  test('is refused without a trace when the address is none', async () => {
    await expect(request('ada@')).rejects.toMatchObject({ code: 'bad_address' });
    await expect(request(EMAIL, { length: '7' })).rejects.toMatchObject({
      code: 'bad_preferences',
    });
    expect(await temp.store.subscribers.list({ after: 0, limit: 9 })).toEqual([]);
  });

  test('does not let a stranger change the preferences of a subscriber', async () => {
    await bring('active');
    const before = await subscriber();
    await request(EMAIL, { hour: 3, length: 50 });
    expect(await subscriber()).toEqual(before);
  });
});

describe('notices to one address', () => {
  test('that is pending are one a day, and its link stays good', async () => {
    for (const email of [EMAIL, 'ADA@example.org', EMAIL]) await request(email);
    expect(await notices()).toEqual([['confirm', 1]]);
    const asked = await subscriber();
    temp.clock.advance(24 * HOUR - 1);
    await request();
    expect(await notices()).toEqual([]);
    expect(await subscriber()).toMatchObject({ id: asked.id, round: asked.round });
    temp.clock.advance(1);
    await request();
    expect(await notices()).toEqual([['confirm', 1]]);
    expect((await confirm(asked)).kind).toBe('confirmed');
  });

  test('that waits for longer than a day is not queued again', async () => {
    await request();
    temp.clock.advance(25 * HOUR);
    await request();
    expect(await notices()).toHaveLength(1);
  });

  test('are at most three a day, however it is spelt', async () => {
    await bring('active');
    for (const email of [EMAIL, 'ADA@example.org', EMAIL, EMAIL, 'Ada@Example.Org']) {
      await request(email);
      temp.clock.advance(MINUTE);
    }
    expect(await notices()).toHaveLength(3);
    temp.clock.advance(24 * HOUR - 5 * MINUTE - 1);
    await request();
    expect(await notices()).toEqual([]);
    temp.clock.advance(1);
    await request();
    await request();
    expect(await notices()).toHaveLength(1);
  });

  test('are at most three a day, whatever happens to the subscription in between', async () => {
    await request();
    await confirm(await subscriber());
    await request();
    await temp.store.subscribers.leave((await subscriber()).id);
    await request();
    await request();
    const sent = await temp.store.notices.claim('test', 100);
    expect(sent.map(({ kind }) => kind)).toEqual(['confirm', 'preferences', 'confirm']);
  });

  test('do not use up what another address may get', async () => {
    await bring('active');
    for (let n = 0; n < 4; n++) await request();
    await request('bob@example.org');
    expect(await notices()).toHaveLength(4);
  });
});

describe('coming back after leaving', () => {
  test('is a new round, in which the old link is dead', async () => {
    await request();
    const first = await subscriber();
    await temp.store.subscribers.leave(first.id);
    expect((await confirm(first)).kind).toBe('used');
    await request();
    const second = await subscriber();
    expect(second).toMatchObject({ id: first.id, state: 'pending', round: first.round + 1 });
    expect((await confirm(first)).kind).toBe('used');
    expect((await subscriber()).state).toBe('pending');
    expect((await confirm(second)).kind).toBe('confirmed');
    expect((await confirm(second)).kind).toBe('used');
    const consents = await temp.store.subscribers.consents(first.id);
    expect(consents.map(({ event }) => event)).toEqual(['requested', 'requested', 'confirmed']);
  });

  test('keeps a late notice of the old round from being sent', async () => {
    const { store } = temp;
    await request();
    await store.subscribers.leave((await subscriber()).id);
    await request();
    const [old, fresh] = await store.notices.claim('test', 9);
    expect(await begin(store.notices, found(old).id, 'test')).toBe('ineligible');
    expect(await begin(store.notices, found(fresh).id, 'test')).toBe('sending');
  });
});
