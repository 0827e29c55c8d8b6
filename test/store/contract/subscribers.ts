import { describe, expect, test } from 'vitest';
import { DEFAULT_PREFERENCES } from '../../../src/subscribers/preferences.js';
import {
  type Consent,
  STATES,
  type Subscriber,
  type SubscriberState,
} from '../../../src/subscribers/subscriber.js';
import type { Suppression } from '../../../src/subscribers/subscriber-store.js';
import { MINUTE } from '../clock.js';
import { type Dialect, found, type World, worlds } from './dialect.js';

const EMAIL = 'Ada@example.org';
const bounce: Suppression = { email: EMAIL, reason: 'bounce', at: 7, detail: '550 5.1.1 Gone' };

/** Makes the subscriber of `EMAIL` and brings them into a state. */
async function inState({ store, clock }: World, state: SubscriberState): Promise<Subscriber> {
  const { subscribers } = store;
  const { id, round } = await subscribers.request(EMAIL, {}, clock.now());
  if (state === 'unsubscribed') await subscribers.leave(id);
  if (state === 'suppressed') await subscribers.suppress(bounce);
  if (state === 'active' || state === 'paused') await subscribers.confirm(id, round, clock.now());
  if (state === 'paused') await subscribers.pause(id);
  const made = found(await subscribers.find(id));
  expect(made.state).toBe(state);
  return made;
}

type Move = (world: World, subscriber: Subscriber) => Promise<unknown>;

const moves: Record<string, Move> = {
  request: ({ store, clock }) => store.subscribers.request(EMAIL, {}, clock.now()),
  'import as active': ({ store, clock }) =>
    store.subscribers.importActive(EMAIL, {}, clock.now()).then(Boolean),
  confirm: ({ store, clock }, { id, round }) =>
    store.subscribers.confirm(id, round, clock.now()).then(Boolean),
  leave: ({ store }, { id }) => store.subscribers.leave(id),
  pause: ({ store }, { id }) => store.subscribers.pause(id),
  resume: ({ store, clock }, { id }) => store.subscribers.resume(id, clock.now()),
  suppress: ({ store }) => store.subscribers.suppress(bounce),
};

/** Where each move leads; what is not named leaves the state as it is. */
const leads: Record<string, Partial<Record<SubscriberState, SubscriberState>>> = {
  request: { unsubscribed: 'pending' },
  'import as active': { pending: 'active' },
  confirm: { pending: 'active' },
  leave: { pending: 'unsubscribed', active: 'unsubscribed', paused: 'unsubscribed' },
  pause: { active: 'paused' },
  resume: { paused: 'active' },
  suppress: {
    pending: 'suppressed',
    active: 'suppressed',
    paused: 'suppressed',
    unsubscribed: 'suppressed',
  },
};

/** What every kind of database must do with subscribers and suppressions. */
export function subscribersContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('subscribers', () => {
    for (const [name, move] of Object.entries(moves)) {
      for (const from of STATES) {
        const to = leads[name]?.[from];
        test(`${name}: ${from} → ${to ?? 'no change'}`, async () => {
          const w = await world();
          const before = await inState(w, from);
          w.clock.advance(MINUTE);
          const answer = await move(w, before);
          const after = await w.store.subscribers.find(before.id);
          if (to === undefined) {
            expect(after).toEqual(before);
          } else {
            const activeSince = to === 'active' ? w.clock.now() : null;
            const round = name === 'request' ? before.round + 1 : before.round;
            expect(after).toEqual({ ...before, state: to, activeSince, round });
          }
          if (typeof answer === 'boolean') expect(answer).toBe(to !== undefined);
        });
      }
    }

    test('moves of an id that nobody has change nothing', async () => {
      const { store } = await world();
      expect(await store.subscribers.find(42)).toBeNull();
      expect(await store.subscribers.confirm(42, 1, 1)).toBeNull();
      for (const move of ['leave', 'pause', 'erase'] as const) {
        expect(await store.subscribers[move](42)).toBe(false);
      }
      expect(await store.subscribers.resume(42, 1)).toBe(false);
      await expect(store.subscribers.savePreferences(42, { hour: 3 })).resolves.toBeUndefined();
      expect(await store.subscribers.list({ after: 0, limit: 10 })).toEqual([]);
    });

    test('a request makes a pending subscriber with the defaults and what was asked', async () => {
      const { store, clock } = await world();
      const wish = { timezone: 'Europe/Vienna', hour: 0, topics: ['ä, "b"'], keywords: ['c'] };
      const made = await store.subscribers.request(EMAIL, wish, clock.now());
      expect(made).toEqual({
        ...DEFAULT_PREFERENCES,
        ...wish,
        id: made.id,
        email: EMAIL,
        state: 'pending',
        round: 1,
        createdAt: clock.now(),
        activeSince: null,
        links: 0,
      });
      expect(await store.subscribers.find(made.id)).toEqual(made);
    });

    test('two spellings of an address are one subscriber, mailed as first spelt', async () => {
      const w = await world();
      const made = await inState(w, 'pending');
      const again = await w.store.subscribers.request('aDA@EXAMPLE.org', {}, 9);
      expect(again).toEqual(made);
      expect(await w.store.subscribers.findByEmail('ADA@example.ORG')).toEqual(made);
      expect(await w.store.subscribers.findByEmail('adb@example.org')).toBeNull();
    });

    test.each(STATES)(
      'a request changes the preferences of a pending one only: %s',
      async (state) => {
        const w = await world();
        const before = await inState(w, state);
        const after = await w.store.subscribers.request(EMAIL, { hour: 5, length: 5 }, 9);
        const takes = state === 'pending' || state === 'unsubscribed';
        expect([after.hour, after.length]).toEqual(takes ? [5, 5] : [before.hour, before.length]);
      },
    );

    test('each return counts the round up, and an old round confirms nothing', async () => {
      const w = await world();
      const { store, clock } = w;
      const first = await inState(w, 'unsubscribed');
      const second = await store.subscribers.request(EMAIL, {}, clock.now());
      expect([first.round, second.round]).toEqual([1, 2]);
      expect(await store.subscribers.confirm(first.id, 1, clock.now())).toBeNull();
      expect(await store.subscribers.confirm(first.id, 3, clock.now())).toBeNull();
      expect((await store.subscribers.find(first.id))?.state).toBe('pending');
      expect((await store.subscribers.confirm(first.id, 2, clock.now()))?.state).toBe('active');
    });

    test('an import of a new address makes it active with its preferences', async () => {
      const { store, clock } = await world();
      const made = found(await store.subscribers.importActive(EMAIL, { hour: 6 }, clock.now()));
      expect(made).toMatchObject({ state: 'active', hour: 6, activeSince: clock.now(), round: 1 });
    });

    test('preferences are saved field by field', async () => {
      const w = await world();
      const made = await inState(w, 'active');
      await w.store.subscribers.savePreferences(made.id, { hour: 7, timezone: 'Asia/Kathmandu' });
      await w.store.subscribers.savePreferences(made.id, { hour: null, keywords: ['x'] });
      await w.store.subscribers.savePreferences(made.id, {});
      const saved = await w.store.subscribers.find(made.id);
      expect(saved).toEqual({ ...made, timezone: 'Asia/Kathmandu', keywords: ['x'] });
    });

    test('consents are kept in order, word for word', async () => {
      const w = await world();
      const { id } = await inState(w, 'pending');
      const consents: Consent[] = [
        { at: 3, event: 'requested', via: 'form', ip: '2001:db8::1', wording: 'Yes, “please”.' },
        { at: 2, event: 'confirmed', via: 'link', ip: null, wording: null },
      ];
      for (const consent of consents) await w.store.subscribers.addConsent(id, consent);
      expect(await w.store.subscribers.consents(id)).toEqual(consents);
      await expect(w.store.subscribers.addConsent(99, found(consents[0]))).rejects.toThrow();
    });

    test('are listed by id, page by page and by state, and counted', async () => {
      const w = await world();
      const [a, b, c] = await w.subscribers(3);
      await w.store.subscribers.pause(found(b).id);
      const list = async (page: { after: number; limit: number; state?: SubscriberState }) =>
        (await w.store.subscribers.list(page)).map(({ id }) => id);
      expect(await list({ after: 0, limit: 2 })).toEqual([a?.id, b?.id]);
      expect(await list({ after: found(b).id, limit: 2 })).toEqual([c?.id]);
      expect(await list({ after: 0, limit: 9, state: 'active' })).toEqual([a?.id, c?.id]);
      expect(await w.store.subscribers.counts()).toEqual({
        pending: 0,
        active: 2,
        paused: 1,
        unsubscribed: 0,
        suppressed: 0,
      });
    });
  });

  describe('suppressions', () => {
    test('hold for every spelling, and the first reason stays', async () => {
      const { store } = await world();
      await store.subscribers.suppress(bounce);
      await store.subscribers.suppress({ ...bounce, reason: 'complaint', at: 9, detail: null });
      expect(await store.subscribers.findSuppression('ADA@EXAMPLE.ORG')).toEqual(bounce);
      expect(await store.subscribers.findSuppression('bob@example.org')).toBeNull();
    });

    test('are recorded once among the consents of the subscriber', async () => {
      const w = await world();
      const { id } = await inState(w, 'active');
      await w.store.subscribers.suppress(bounce);
      await w.store.subscribers.suppress({ ...bounce, reason: 'complaint' });
      expect(await w.store.subscribers.consents(id)).toEqual([
        { at: 7, event: 'suppressed', via: 'bounce', ip: null, wording: null },
      ]);
    });

    test('outlive the subscriber, of whom nothing else is left', async () => {
      const w = await world();
      const { store } = w;
      const { reader } = await w.mail('deliveries');
      await w.mail('notices', reader);
      const consent = { at: 1, event: 'requested', via: 'form', ip: null, wording: null } as const;
      await store.subscribers.addConsent(reader.id, consent);
      await store.subscribers.suppress({ ...bounce, email: reader.email });
      expect(await store.subscribers.erase(reader.id)).toBe(true);
      expect(await store.subscribers.erase(reader.id)).toBe(false);
      expect(await store.subscribers.find(reader.id)).toBeNull();
      expect(await store.subscribers.consents(reader.id)).toEqual([]);
      expect(await w.mails('deliveries')).toEqual([]);
      expect(await w.mails('notices')).toEqual([]);
      expect((await store.subscribers.findSuppression(reader.email))?.reason).toBe('bounce');
    });

    test('an erased id is never given to somebody else', async () => {
      const w = await world();
      const first = await w.subscriber();
      await w.store.subscribers.erase(first.id);
      const second = await w.subscriber();
      expect(second.id).toBeGreaterThan(first.id);
    });
  });
}
