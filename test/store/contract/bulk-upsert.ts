import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Store } from '../../../src/store/store.js';
import {
  type ImportRow,
  importSubscriber,
  importSubscribers,
} from '../../../src/subscribers/import.js';
import { LANGUAGES } from '../../support/languages.js';
import { MINUTE } from '../clock.js';
import { type Dialect, type World, worlds } from './dialect.js';

const ADDRESSES = ['ada', 'Ada', 'bob', 'cy', 'left', 'paused', 'gone'].map(
  (name) => `${name}@example.org`,
);

const rows: fc.Arbitrary<ImportRow[]> = fc.array(
  fc.record({
    row: fc.record(
      {
        email: fc.constantFrom(...ADDRESSES, 'nonsense'),
        hour: fc.constantFrom('', '7', '25'),
        timezone: fc.constantFrom('', 'Asia/Tokyo'),
        topics: fc.constantFrom('', 'a;"b"', '\u00e9'),
      },
      { requiredKeys: ['email'] },
    ),
    as: fc.constantFrom('active', 'pending'),
  }),
  { minLength: 10, maxLength: 40 },
);

/** Addresses in all states in which an import may find them. */
async function inhabit({ store, clock }: World): Promise<void> {
  const { subscribers } = store;
  const asked = await subscribers.requestAll(
    ['ada', 'left'].map((name) => ({ email: `${name}@example.org`, preferences: { hour: 5 } })),
    clock.now(),
  );
  for (const { id, email } of asked) if (email.startsWith('left')) await subscribers.leave(id);
  const paused = await subscribers.importActive('paused@example.org', {}, clock.now());
  if (paused) await subscribers.pause(paused.id);
  await subscribers.suppress({
    ...{ email: 'gone@example.org', reason: 'bounce', at: 7, detail: '550 5.1.1 Gone' },
  });
  clock.advance(MINUTE);
}

/** Everything that an import may have changed. */
async function contents(w: World): Promise<unknown> {
  const { subscribers } = w.store;
  const all = await subscribers.list({ after: 0, limit: 99 });
  const notices = await w.mails('notices');
  const people = await Promise.all(
    all.map(async ({ id, ...rest }) => ({
      ...rest,
      consents: await subscribers.consents(id),
      notices: notices
        .filter(({ subscriber_id }) => subscriber_id === id)
        .map(({ due_at, expires_at, state }) => ({ due_at, expires_at, state })),
    })),
  );
  return people.sort((a, b) => a.email.localeCompare(b.email));
}

const importing = (stores: Pick<Store, 'subscribers' | 'notices'>, { clock }: World) => ({
  ...stores,
  clock,
  languages: LANGUAGES,
});

async function oneByOne(w: World, wanted: readonly ImportRow[]): Promise<string[]> {
  const said: string[] = [];
  for (const { row, as } of wanted) {
    const how = { confirmed: as === 'active', via: 'import' };
    const result = importSubscriber(importing(w.store, w), row, how);
    said.push(await result.catch((error: Error) => error.message));
  }
  return said;
}

async function atOnce(w: World, wanted: readonly ImportRow[]): Promise<string[]> {
  const results = await w.store.atomically((stores) =>
    importSubscribers(importing(stores, w), wanted, { via: 'import', remind: true }),
  );
  return results.map((result) => (typeof result === 'string' ? result : result.message));
}

/** Taking many addresses in comes to the same as taking them in one by one. */
export function intakeContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('many addresses', () => {
    test('are taken in as if one by one, whatever is known of them', async () => {
      await fc.assert(
        fc.asyncProperty(rows, async (wanted) => {
          const [single, batch] = [await world(), await world()];
          for (const w of [single, batch]) await inhabit(w);
          const said = await oneByOne(single, wanted);
          expect(await atOnce(batch, wanted)).toEqual(said);
          expect(await contents(batch)).toEqual(await contents(single));
        }),
        { numRuns: 3 },
      );
    });

    test('are taken in by thousands, in their order', async () => {
      const w = await world();
      const wanted = Array.from(
        { length: 2_000 },
        (_, n): ImportRow => ({
          row: { email: `reader${n}@example.org`, hour: n % 2 === 0 ? '7' : '' },
          as: n % 3 > 0 ? 'active' : 'pending',
        }),
      );
      expect(new Set(await atOnce(w, wanted))).toEqual(new Set(['imported']));
      const all = await w.store.subscribers.list({ after: 0, limit: 9_999 });
      expect(await w.store.subscribers.counts()).toMatchObject({ active: 1_333, pending: 667 });
      expect(await w.mails('notices')).toHaveLength(667);
      for (const state of ['active', 'pending']) {
        const emails = all.filter((one) => one.state === state).map(({ email }) => email);
        const numbers = emails.map((email) => Number(/\d+/.exec(email)?.[0]));
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }
      expect(all.find(({ email }) => email.startsWith('reader4@'))).toMatchObject({ hour: 7 });
    });
  });
}
