import { describe, expect, test } from 'vitest';
import { acceptSuggestion, declineSuggestions } from '../../../src/editions/accept-suggestion.js';
import { drop, pin } from '../../../src/editions/curate-draft.js';
import { findStale } from '../../../src/editions/freeze.js';
import { pickEdition } from '../../../src/editions/pick.js';
import { addSuggestion } from '../../../src/editions/suggest.js';
import type { PaperLookup } from '../../../src/sources/lookup.js';
import { silent } from '../../delivery/harness.js';
import { saveListing } from '../../papers/save-listing.js';
import { type Dialect, found, paper, type World, worlds } from './dialect.js';

const ONE = '2603.00001';
const TWO = '2603.00002';
const says = (name: string | null, at = 1, comment: string | null = null) => ({
  name,
  comment,
  at,
});

const lookup: PaperLookup = async (id) => {
  const { signal, ...rest } = paper(id, { title: `The one and only paper numbered ${id}` });
  return { paper: rest, signal };
};

const deps = (w: World, day = '2026-03-02') => ({
  ...{ ...w.store, lookup, clock: w.clock, logger: silent, today: () => day },
});

const pick = (w: World, day: string) =>
  pickEdition({ ...w.store, clock: w.clock, logger: silent }, day);

async function papersOf({ store }: World, day: string) {
  const edition = await store.editions.find(day);
  return edition ? (await store.editions.withPapers(edition)).papers : [];
}

/** As many suggestions as anybody looks at, each of its own moment. */
const fill = ({ store }: World) =>
  store.atomically(async ({ suggestions }) => {
    for (let n = 0; n < 1_000; n++)
      await addSuggestion(suggestions, `2603.${10_000 + n}`, says('Bob', n));
  });

const refused = (code: string) => expect.objectContaining({ code });

/** What every kind of database must do with suggestions. */
export function suggestionsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('suggestions', () => {
    test('of one paper are one, with every name once', async () => {
      const { suggestions } = (await world()).store;
      expect(await suggestions.find(ONE)).toBeNull();
      await addSuggestion(suggestions, ONE, says('Ada', 5, 'Read it.'));
      await addSuggestion(suggestions, ONE, says('Bob', 6));
      await addSuggestion(suggestions, ONE, says('Ada', 7, 'Again.'));
      await addSuggestion(suggestions, ONE, says(null, 8, 'x'));
      await addSuggestion(suggestions, TWO, says(null, 4));
      expect(await suggestions.find(ONE)).toEqual({
        ...{ paperId: ONE, state: 'pending', suggestedAt: 5, decidedAt: null },
        ...{ day: null, credit: [], reason: null },
        suggesters: [says('Ada', 5, 'Read it.'), says('Bob', 6), says(null, 8, 'x')],
      });
      const pending = await suggestions.list({ state: 'pending', limit: 9 });
      expect(pending.map(({ paperId }) => paperId)).toEqual([TWO, ONE]);
      expect(await suggestions.list({ state: 'pending', limit: 1 })).toHaveLength(1);
      expect(await suggestions.counts()).toEqual({ pending: 2, accepted: 0, declined: 0 });
    });

    test('are decided once, and then take no more names', async () => {
      const w = await world();
      const { suggestions } = w.store;
      await addSuggestion(suggestions, ONE, says('Ada'));
      const decisions = await Promise.all([
        suggestions.accept(ONE, { from: 'pending', day: '2026-03-02', credit: ['Ada'], at: 3 }),
        (await w.handle()).suggestions
          .decline({ paperIds: [ONE] }, { reason: 'x', at: 3 })
          .then((declined) => declined.length > 0),
      ]);
      expect(decisions.filter(Boolean)).toHaveLength(1);
      expect(await addSuggestion(suggestions, ONE, says('Eve'))).toBe('decided');
      expect(found(await suggestions.find(ONE)).suggesters).toEqual([says('Ada')]);
      await addSuggestion(suggestions, TWO, says(null));
      const decline = (...paperIds: string[]) => declineSuggestions(deps(w), { paperIds }, 'no');
      expect(await decline(TWO)).toEqual([TWO]);
      expect(await suggestions.find(TWO)).toMatchObject({ state: 'declined', reason: 'no' });
      await expect(decline(TWO)).rejects.toEqual(refused('suggestion_decided'));
      await expect(decline('2603.00009')).rejects.toEqual(refused('unknown_suggestion'));
    });

    test('that were declined are accepted still, once', async () => {
      const w = await world();
      await addSuggestion(w.store.suggestions, ONE, says('Ada'));
      await declineSuggestions(deps(w), { paperIds: [ONE] }, 'not now');
      const accept = () => acceptSuggestion(deps(w), ONE, { credit: [1] });
      expect(await accept()).toMatchObject({ day: '2026-03-02', credit: ['Ada'] });
      expect(await w.store.suggestions.find(ONE)).toMatchObject({
        state: 'accepted',
        reason: null,
      });
      await expect(accept()).rejects.toEqual(refused('suggestion_decided'));
    });

    test('are declined many at once: those of an age, or all that are named or none of them', async () => {
      const w = await world();
      const { suggestions } = w.store;
      for (const [at, id] of [ONE, TWO, '2603.00003', '2603.00004'].entries()) {
        await addSuggestion(suggestions, id, says(null, at));
      }
      await expect(
        declineSuggestions(deps(w), { paperIds: [ONE, '2603.00009'] }, null),
      ).rejects.toEqual(refused('unknown_suggestion'));
      expect(await suggestions.counts()).toMatchObject({ pending: 4, declined: 0 });
      expect(await declineSuggestions(deps(w), { before: 1 }, null)).toEqual([ONE]);
      expect(await declineSuggestions(deps(w), { paperIds: ['2603.00004', TWO] }, null)).toEqual([
        TWO,
        '2603.00004',
      ]);
      const all = { before: Number.MAX_SAFE_INTEGER };
      expect(await declineSuggestions(deps(w), all, null)).toEqual(['2603.00003']);
      expect(await suggestions.counts()).toMatchObject({ pending: 0, declined: 4 });
    });

    test('name whom the operator has read, not who came since, in whatever order clocks run', async () => {
      const w = await world();
      const { suggestions } = w.store;
      for (const [name, at] of [
        ['Ada', 5],
        [null, 6],
        ['Bob', 7],
      ] as const) {
        await addSuggestion(suggestions, ONE, says(name, at));
      }
      const shown = found(await suggestions.find(ONE)).suggesters.map(({ name }) => name);
      expect(shown).toEqual(['Ada', null, 'Bob']);
      await addSuggestion(suggestions, ONE, says('A rude word', 3));
      const accept = (credit: number[] | null) => acceptSuggestion(deps(w), ONE, { credit });
      for (const credit of [null, [2], [5], [0]]) {
        await expect(accept(credit)).rejects.toEqual(refused('bad_credit'));
      }
      expect(await accept([1, 3])).toMatchObject({ credit: ['Ada', 'Bob'] });
    });

    test('are turned away when nobody could look at them all, and known ones are not', async () => {
      const w = await world();
      const { suggestions } = w.store;
      await fill(w);
      expect(await addSuggestion(suggestions, ONE, says('Ada'))).toBe('full');
      expect(await addSuggestion(suggestions, '2603.10000', says('Ada'))).toBe('kept');
      for (let n = 0; n < 30; n++)
        await addSuggestion(suggestions, '2603.10000', says(`Name ${n}`));
      expect(found(await suggestions.find('2603.10000')).suggesters).toHaveLength(20);
      await suggestions.decline({ paperIds: ['2603.10001'] }, { reason: null, at: 1 });
      expect(await addSuggestion(suggestions, ONE, says('Ada'))).toBe('kept');
    });

    test('that nobody has looked at for weeks give way to new ones, the oldest first', async () => {
      const w = await world();
      const { suggestions } = w.store;
      const days = 24 * 3_600_000;
      await fill(w);
      expect(await addSuggestion(suggestions, ONE, says('Ada', 14 * days))).toBe('full');
      expect(await addSuggestion(suggestions, ONE, says('Ada', 14 * days + 1))).toBe('kept');
      expect(await addSuggestion(suggestions, TWO, says('Ada', 14 * days + 1))).toBe('full');
      expect(await suggestions.find('2603.10000')).toBeNull();
      expect(await suggestions.find('2603.10001')).not.toBeNull();
      expect(await suggestions.counts()).toMatchObject({ pending: 1_000 });
    });

    test('accepted are in the draft of their day at once, and name who suggested them', async () => {
      const w = await world();
      await saveListing(w.store.papers, 'huggingface', '2026-03-02', [found(await lookup(TWO))]);
      await pick(w, '2026-03-02');
      await addSuggestion(w.store.suggestions, ONE, says('Ada'));
      await addSuggestion(w.store.suggestions, ONE, says(null, 2));
      await addSuggestion(w.store.suggestions, ONE, says('Bob', 3));
      const accepted = await acceptSuggestion(deps(w, '2026-03-09'), ONE, { credit: [1, 3] });
      expect(accepted).toMatchObject({ day: '2026-03-02', credit: ['Ada', 'Bob'], place: 2 });
      const shown = async () =>
        (await papersOf(w, '2026-03-02')).map(({ id, suggestedBy }) => [id, suggestedBy]);
      expect(await shown()).toContainEqual([ONE, ['Ada', 'Bob']]);
      await pick(w, '2026-03-02');
      expect((await shown()).sort()).toEqual([
        [ONE, ['Ada', 'Bob']],
        [TWO, undefined],
      ]);
    });

    test('accepted for a day without an edition come with the next, once, unless dropped', async () => {
      const w = await world();
      for (const id of [ONE, TWO]) await addSuggestion(w.store.suggestions, id, says('Ada'));
      const saturday = '2026-03-07';
      for (const id of [ONE, TWO]) {
        const accepted = await acceptSuggestion(deps(w, saturday), id, { credit: [] });
        expect(accepted).toMatchObject({ day: saturday, credit: [], place: null });
      }
      // Suggestions alone make no day one that has papers.
      expect(await w.store.papers.newestListedDay()).toBeNull();
      const monday = { kind: 'daily', date: '2026-03-09' } as const;
      await pick(w, monday.date);
      expect((await papersOf(w, monday.date)).map(({ id }) => id).sort()).toEqual([ONE, TWO]);
      await drop({ ...w.store, logger: silent }, monday, TWO, null);
      await pick(w, '2026-03-10');
      expect(await papersOf(w, '2026-03-10')).toEqual([]);
      expect((await papersOf(w, monday.date)).map(({ id }) => id)).toEqual([ONE]);
    });

    test('are not accepted where the editor has dropped the paper, unless it is pinned since', async () => {
      const w = await world();
      await saveListing(w.store.papers, 'huggingface', '2026-03-02', [
        found(await lookup(ONE)),
        found(await lookup(TWO)),
      ]);
      await pick(w, '2026-03-02');
      for (const id of [ONE, TWO]) await addSuggestion(w.store.suggestions, id, says('Ada'));
      const curating = { ...w.store, logger: silent };
      const day = { kind: 'daily', date: '2026-03-02' } as const;
      await drop(curating, day, ONE, null);
      const accept = (date: string) => acceptSuggestion(deps(w), ONE, { day: date, credit: [1] });
      await expect(accept('2026-03-02')).rejects.toEqual(refused('paper_dropped'));
      await expect(accept('2026-03-03')).rejects.toEqual(refused('paper_dropped'));
      expect(await w.store.suggestions.counts()).toMatchObject({ pending: 2, accepted: 0 });
      await saveListing(w.store.papers, 'huggingface', '2026-03-03', [
        found(await lookup('2603.00003')),
      ]);
      await pick(w, '2026-03-03');
      await expect(accept('2026-03-03')).rejects.toEqual(refused('paper_dropped'));
      await pin(curating, { ...day, date: '2026-03-03' }, ONE);
      expect(await accept('2026-03-03')).toMatchObject({ place: 1 });
    });

    test('are accepted for no frozen edition and for no paper that was carried or withdrawn', async () => {
      const w = await world();
      await saveListing(w.store.papers, 'huggingface', '2026-03-02', [found(await lookup(ONE))]);
      const { edition } = await pick(w, '2026-03-02');
      await w.store.editions.freeze(edition.id, 1, findStale);
      for (const id of [ONE, TWO, '2603.00003'])
        await addSuggestion(w.store.suggestions, id, says('Ada'));
      const accept = (id: string, day?: string, own: PaperLookup = lookup) =>
        acceptSuggestion({ ...deps(w), lookup: own }, id, { day, credit: [1] });
      await expect(accept(TWO, '2026-03-02')).rejects.toEqual(refused('edition_frozen'));
      await expect(accept(ONE)).rejects.toEqual(refused('paper_carried'));
      await expect(accept(TWO, undefined, async () => null)).rejects.toEqual(
        refused('unknown_paper'),
      );
      const withdrawn: PaperLookup = async (id) => {
        const { signal, ...rest } = paper(id, { withdrawn: true });
        return { paper: rest, signal };
      };
      await expect(accept(TWO, undefined, withdrawn)).rejects.toEqual(refused('paper_withdrawn'));
      expect(await w.store.suggestions.counts()).toMatchObject({ pending: 3 });
      expect(await accept(TWO)).toMatchObject({ day: '2026-03-03', place: null });
    });
  });
}
