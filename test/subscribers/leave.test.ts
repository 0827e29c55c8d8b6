import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pause, resume, unsubscribe } from '../../src/subscribers/leave.js';
import type { Consent, Subscriber, SubscriberState } from '../../src/subscribers/subscriber.js';
import { MINUTE } from '../store/clock.js';
import { found } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';

const origin = { via: 'one-click', ip: '192.0.2.7' };
const moves = { unsubscribe, pause, resume };
const events = { unsubscribe: 'unsubscribed', pause: 'paused', resume: 'resumed' } as const;

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

function change(name: keyof typeof moves, id: number): Promise<boolean> {
  const { store, clock } = temp;
  return moves[name]({ subscribers: store.subscribers, clock }, id, origin);
}

async function inState(state: SubscriberState): Promise<Subscriber> {
  const { subscribers } = temp.store;
  const email = 'ada@example.org';
  const { id, round } = await subscribers.request(email, {}, temp.clock.now());
  if (state === 'active' || state === 'paused') await subscribers.confirm(id, round, 1);
  if (state === 'paused') await subscribers.pause(id);
  if (state === 'unsubscribed') await subscribers.leave(id);
  const suppression = { email, reason: 'bounce', at: 1, detail: null } as const;
  if (state === 'suppressed') await subscribers.suppress(suppression);
  return found(await subscribers.find(id));
}

const allowed: [keyof typeof moves, SubscriberState, SubscriberState][] = [
  ['unsubscribe', 'pending', 'unsubscribed'],
  ['unsubscribe', 'active', 'unsubscribed'],
  ['unsubscribe', 'paused', 'unsubscribed'],
  ['pause', 'active', 'paused'],
  ['resume', 'paused', 'active'],
];

const forbidden: [keyof typeof moves, SubscriberState][] = [
  ['unsubscribe', 'unsubscribed'],
  ['unsubscribe', 'suppressed'],
  ['pause', 'pending'],
  ['pause', 'paused'],
  ['pause', 'unsubscribed'],
  ['pause', 'suppressed'],
  ['resume', 'pending'],
  ['resume', 'active'],
  ['resume', 'unsubscribed'],
  ['resume', 'suppressed'],
];

describe('a change of mind', () => {
  test.each(allowed)('%s: %s → %s, recorded once', async (name, from, to) => {
    const before = await inState(from);
    temp.clock.advance(MINUTE);
    const at = temp.clock.now();
    expect(await change(name, before.id)).toBe(true);
    temp.clock.advance(MINUTE);
    expect(await change(name, before.id)).toBe(false);
    const after = await temp.store.subscribers.find(before.id);
    expect(after).toEqual({ ...before, state: to, activeSince: to === 'active' ? at : null });
    expect(await temp.store.subscribers.consents(before.id)).toEqual([
      { at, event: events[name], wording: null, ...origin },
    ]);
  });

  test.each(forbidden)('%s changes nothing for somebody %s', async (name, state) => {
    const before = await inState(state);
    const consents: Consent[] = await temp.store.subscribers.consents(before.id);
    expect(await change(name, before.id)).toBe(false);
    expect(await temp.store.subscribers.find(before.id)).toEqual(before);
    expect(await temp.store.subscribers.consents(before.id)).toEqual(consents);
  });

  test('of nobody is none', async () => {
    for (const name of Object.keys(moves) as (keyof typeof moves)[]) {
      expect(await change(name, 42)).toBe(false);
    }
  });
});
