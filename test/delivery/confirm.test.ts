import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConfirmDeps, confirmSubscription } from '../../src/delivery/confirm.js';
import { planEdition } from '../../src/delivery/planning/plan.js';
import { SelectorCache } from '../../src/interests/selection.js';
import { WORDING } from '../../src/subscribers/subscribe.js';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { HOUR, MINUTE } from '../store/clock.js';
import { begin, found, settle } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { mailsIn, makeEdition, silent } from './harness.js';

const EMAIL = 'ada@reader.example';
const origin = { via: 'link', ip: '192.0.2.7' };

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

function ask(preferences = {}): Promise<Subscriber> {
  return temp.store.subscribers.request(EMAIL, preferences, temp.clock.now());
}

function confirm(
  { id, round }: Subscriber,
  changes: Partial<ConfirmDeps> & { expiresAt?: number } = {},
) {
  const { store, clock } = temp;
  const { expiresAt = clock.now() + HOUR, ...deps } = changes;
  return confirmSubscription(
    {
      ...store,
      clock,
      freezeAfter: 0,
      logger: silent,
      selectors: new SelectorCache(),
      defaultLanguage: 'en',
      ...deps,
    },
    { subscriberId: id, round, expiresAt },
    origin,
  );
}

async function state(): Promise<string | undefined> {
  return (await temp.store.subscribers.findByEmail(EMAIL))?.state;
}

describe('confirming', () => {
  test('makes the subscriber active, records it, and plans the newest edition at once', async () => {
    const { store, clock } = temp;
    await makeEdition(store, { date: '2026-03-01' });
    const newest = await makeEdition(store, { date: '2026-03-02' });
    const reader = await ask();
    clock.advance(MINUTE);
    const confirmation = await confirm(reader);
    expect(confirmation).toMatchObject({
      kind: 'confirmed',
      subscriber: { id: reader.id, state: 'active', activeSince: clock.now() },
      edition: { id: newest.id, state: 'frozen', frozenAt: clock.now() },
    });
    expect(await store.subscribers.consents(reader.id)).toEqual([
      { at: clock.now(), event: 'confirmed', wording: WORDING, ...origin },
    ]);
    const [mail, ...others] = await store.ledger.claim('test', 9);
    expect(mail).toMatchObject({
      subscriberId: reader.id,
      editionId: newest.id,
      first: 'daily',
      dueAt: clock.now(),
    });
    expect(others).toEqual([]);
  });

  test('does not wait for the hour that the reader chose', async () => {
    await makeEdition(temp.store);
    await confirm(await ask({ hour: 23, frequency: 'weekdays' }));
    expect(await temp.store.ledger.claim('test', 9)).toHaveLength(1);
  });

  test.each([
    ['daily', { frequency: 'daily' }],
    ['weekdays', { frequency: 'weekdays' }],
    ['friday', { frequency: 'weekly', weekday: 'friday' }],
  ] as const)(
    'keeps when the next digest comes, %s, though the reader changes it',
    async (first, wish) => {
      const { store } = temp;
      await makeEdition(store);
      const reader = await ask(wish);
      await confirm(reader);
      await store.subscribers.savePreferences(reader.id, {
        frequency: 'weekly',
        weekday: 'sunday',
      });
      expect(await store.ledger.claim('test', 9)).toMatchObject([{ first }]);
    },
  );

  test('gives as many papers as the reader chose', async () => {
    await makeEdition(temp.store, { count: 12 });
    await confirm(await ask({ length: 5 }));
    const [mail] = await temp.store.ledger.claim('test', 9);
    const selection = await temp.store.ledger.selection(mail?.selectionId ?? 0);
    expect(selection.papers).toEqual([1, 2, 3, 4, 5].map((n) => `2603.0000${n}`));
  });

  test('is followed by one mail of that edition, though it is sent to everybody later', async () => {
    const { store, clock } = temp;
    const edition = await makeEdition(store);
    await confirm(await ask());
    const deps = { ...store, clock, logger: silent, defaultTimezone: 'UTC', defaultLanguage: 'en' };
    expect(await planEdition(deps, edition, { now: true })).toBe(0);
    expect(mailsIn(temp.file)).toHaveLength(1);
  });

  test('without any edition is followed by none', async () => {
    expect(await confirm(await ask())).toMatchObject({ kind: 'confirmed', edition: null });
    await makeEdition(temp.store, { count: 0 });
    expect(await state()).toBe('active');
    expect(mailsIn(temp.file)).toEqual([]);
  });

  test('works once', async () => {
    await makeEdition(temp.store);
    const reader = await ask();
    await confirm(reader);
    expect(await confirm(reader)).toMatchObject({ kind: 'used', subscriber: { state: 'active' } });
    await temp.store.subscribers.pause(reader.id);
    expect(await confirm(reader)).toMatchObject({ kind: 'used', subscriber: { state: 'paused' } });
    expect(await state()).toBe('paused');
    expect(mailsIn(temp.file)).toHaveLength(1);
    expect(await temp.store.subscribers.consents(reader.id)).toHaveLength(1);
  });

  test('works until its time is over', async () => {
    const reader = await ask();
    const expiresAt = temp.clock.now() + HOUR;
    temp.clock.advance(HOUR);
    expect(await confirm(reader, { expiresAt })).toEqual({ kind: 'expired' });
    expect(await state()).toBe('pending');
    expect(await confirm(reader, { expiresAt: expiresAt + 1 })).toMatchObject({
      kind: 'confirmed',
    });
  });

  test('does nothing for somebody who has left, is suppressed or is gone', async () => {
    const { subscribers } = temp.store;
    const reader = await ask();
    await subscribers.leave(reader.id);
    expect(await confirm(reader)).toMatchObject({ kind: 'used' });
    const suppression = { email: EMAIL, reason: 'bounce', at: 1, detail: null } as const;
    await subscribers.suppress(suppression);
    expect(await confirm(reader)).toMatchObject({ kind: 'used' });
    expect(await state()).toBe('suppressed');
    await subscribers.erase(reader.id);
    expect(await confirm(reader)).toEqual({ kind: 'unknown' });
  });

  test('happens together with planning, or not at all', async () => {
    await makeEdition(temp.store);
    const reader = await ask();
    const full: ConfirmDeps['atomically'] = (work) =>
      temp.store.atomically((stores) =>
        work({
          ...stores,
          ledger: {
            ...stores.ledger,
            plan: async () => {
              throw new Error('The disk is full.');
            },
          },
        }),
      );
    await expect(confirm(reader, { atomically: full })).rejects.toThrow('The disk is full.');
    expect(await state()).toBe('pending');
    expect(await temp.store.subscribers.consents(reader.id)).toEqual([]);
    expect((await temp.store.editions.find('2026-03-02'))?.state).toBe('draft');
    expect(await confirm(reader)).toMatchObject({ kind: 'confirmed' });
  });

  test('keeps nobody waiting who writes while it looks for what interests the reader', async () => {
    const { store } = temp;
    const draft = await makeEdition(store);
    const selectors = new SelectorCache();
    const ready: unknown[] = [];
    const atomically: ConfirmDeps['atomically'] = async (work) => {
      const newest = found(await store.editions.newest());
      const selector = selectors.get(await store.editions.withPapers(newest));
      ready.push([newest.state, selector.ready]);
      return store.atomically(work);
    };
    await confirm(await ask({ keywords: ['kettles'] }), { atomically, selectors });
    expect(ready).toEqual([['draft', true]]);
    // The next reader finds it as it is, and who has no interests needs none.
    const frozen = await store.editions.withPapers(await store.editions.byId(draft.id));
    expect(selectors.get(frozen).ready).toBe(true);
    const changed = { ...frozen, papers: frozen.papers.slice(1) };
    expect(selectors.get(changed).ready).toBe(false);
  });

  test('leaves a fresh draft to its editor while there is an older edition', async () => {
    const { store, clock } = temp;
    const older = await makeEdition(store, { date: '2026-03-01', pickedAt: clock.now() - HOUR });
    await makeEdition(store, { date: '2026-03-02', pickedAt: clock.now() - 10 * MINUTE });
    const confirmation = await confirm(await ask(), { freezeAfter: 30 });
    expect(confirmation).toMatchObject({ edition: { id: older.id } });
    expect((await store.editions.find('2026-03-02'))?.state).toBe('draft');
  });

  test('takes a fresh draft when there is nothing else', async () => {
    const { store, clock } = temp;
    const draft = await makeEdition(store, { pickedAt: clock.now() });
    const confirmation = await confirm(await ask(), { freezeAfter: 30 });
    expect(confirmation).toMatchObject({ edition: { id: draft.id, state: 'frozen' } });
  });
});

describe('coming back', () => {
  async function leaveAndReturn(): Promise<Subscriber> {
    const { subscribers } = temp.store;
    await subscribers.leave(found(await subscribers.findByEmail(EMAIL)).id);
    return ask();
  }

  test('does not bring an edition that the reader has had', async () => {
    await makeEdition(temp.store);
    await confirm(await ask());
    const [mail] = await temp.store.ledger.claim('test', 1);
    await begin(temp.store.ledger, found(mail).id, 'test');
    const accepted = { kind: 'accepted', reply: '250 Ok' } as const;
    await settle(temp.store.ledger, found(mail).id, 'test', accepted, 0);
    expect(await confirm(await leaveAndReturn())).toMatchObject({
      kind: 'confirmed',
      edition: null,
    });
    expect(mailsIn(temp.file)).toMatchObject([{ state: 'accepted' }]);
  });

  test('brings an edition that was kept back when the reader left', async () => {
    await makeEdition(temp.store);
    await confirm(await ask());
    const [mail] = await temp.store.ledger.claim('test', 1);
    const back = await leaveAndReturn();
    expect(await begin(temp.store.ledger, found(mail).id, 'test')).toBe('ineligible');
    expect(mailsIn(temp.file)).toMatchObject([{ state: 'skipped', reply: 'pending' }]);
    expect(await confirm(back)).toMatchObject({ edition: { date: '2026-03-02' } });
    expect(await temp.store.ledger.claim('test', 1)).toMatchObject([{ first: 'daily' }]);
  });
});
