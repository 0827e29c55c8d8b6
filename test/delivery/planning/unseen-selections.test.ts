import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ledger } from '../../../src/delivery/ledger.js';
import { UnseenSelections } from '../../../src/delivery/planning/unseen-selections.js';
import { Selector } from '../../../src/interests/selection.js';
import { DEFAULT_PREFERENCES } from '../../../src/subscribers/preferences.js';
import { type TempStore, tempStore } from '../../store/temp-store.js';
import { activeSubscriber, makeEdition } from '../harness.js';

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

const id = (n: number) => `2603.${String(n).padStart(5, '0')}`;

/** The store's ledger, and the names of what was asked of it. */
function watched(ledger: Ledger): { ledger: Ledger; asked: string[] } {
  const asked: string[] = [];
  const note = <A extends unknown[], R>(name: string, work: (...args: A) => R) => {
    return (...args: A): R => {
      asked.push(name);
      return work(...args);
    };
  };
  const { selectionIds, loadPapers, alsoKnownAs, loadSelections } = ledger;
  return {
    asked,
    ledger: {
      ...ledger,
      selectionIds: note('selectionIds', selectionIds),
      loadPapers: note('loadPapers', loadPapers),
      alsoKnownAs: note('alsoKnownAs', alsoKnownAs),
      loadSelections: note('loadSelections', loadSelections),
    },
  };
}

test('readers who had each something else are looked at together, and get only what is new', async () => {
  const { store } = temp;
  const before = await makeEdition(store, { count: 4 });
  const edition = await store.editions.withPapers(
    await makeEdition(store, { date: '2026-03-09', count: 6 }),
  );
  const readers = [];
  for (let n = 1; n <= 4; n++) {
    const reader = await activeSubscriber(store, `${n}@reader.example`);
    const papers = Array.from({ length: n }, (_, place) => id(place + 1));
    const [selectionId = 0] = await store.ledger.selectionIds(before.id, [{ papers, reasons: [] }]);
    const delivery = {
      subscriberId: reader.id,
      selectionId,
      first: null,
      language: 'en',
      dueAt: 0,
    };
    await store.ledger.plan(before.id, [delivery]);
    readers.push({ ...DEFAULT_PREFERENCES, length: 5, keywords: [`word ${n}`], id: reader.id });
  }
  const { ledger, asked } = watched(store.ledger);
  const own = new UnseenSelections(edition, new Selector(edition), [before.id]);
  const found = await own.save(ledger, readers);
  const once = ['alsoKnownAs', 'loadPapers', 'loadSelections', 'selectionIds'];
  expect(asked.sort()).toEqual(once);
  const papers = await store.ledger.loadPapers([...found.values()]);
  expect(readers.map((reader) => papers.get(found.get(reader.id) ?? 0))).toEqual([
    [2, 3, 4, 5, 6].map(id),
    [3, 4, 5, 6].map(id),
    [4, 5, 6].map(id),
    [5, 6].map(id),
  ]);
  // The next ones ask nothing of the edition again.
  await own.save(ledger, readers.slice(0, 1));
  expect(asked.filter((name) => name === 'alsoKnownAs')).toHaveLength(1);
});
