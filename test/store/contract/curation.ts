import { describe, expect, test } from 'vitest';
import {
  annotate,
  drop,
  listed,
  move,
  pin,
  restore,
  unpin,
} from '../../../src/editions/curate-draft.js';
import { changeDraft } from '../../../src/editions/draft.js';
import { findStale } from '../../../src/editions/freeze.js';
import { pickEdition, pickWeekly } from '../../../src/editions/pick.js';
import type { Store } from '../../../src/store/store.js';
import { saveListing } from '../../papers/save-listing.js';
import { notingLogger } from '../../sources/asking.js';
import { type Dialect, found, paper, type World, worlds } from './dialect.js';

const MONDAY = '2026-03-02';
const TUESDAY = '2026-03-03';
const monday = { kind: 'daily', date: MONDAY } as const;
const tuesday = { kind: 'daily', date: TUESDAY } as const;

/** The paper of a letter: `a` is the best of its day. */
const idOf = (letter: string) => `2603.0000${letter.charCodeAt(0) - 96}`;

async function list({ store, clock }: World, day: string, letters: string): Promise<void> {
  const papers = [...letters].map((letter) => {
    const upvotes = 200 - letter.charCodeAt(0);
    const { signal, ...rest } = paper(idOf(letter), {
      title: `The paper ${letter} of nobody else in the world`,
      signal: { upvotes, comments: 0, codeStars: null },
    });
    return { paper: rest, signal };
  });
  await saveListing(store.papers, 'huggingface', day, papers, { now: clock.now() });
}

const noted = notingLogger();
const { logger } = noted;
const pick = ({ store, clock }: World, day: string, handle: Store = store) =>
  pickEdition({ ...handle, clock, logger }, day);
const desk = ({ store }: World, handle: Store = store) => ({
  atomically: handle.atomically,
  logger,
});

/** The letters of an edition's papers, in order. */
async function order(
  { store }: World,
  day: string,
  kind: 'daily' | 'weekly' = 'daily',
): Promise<string> {
  const edition = await store.editions.withPapers(found(await store.editions.find(day, kind)));
  expect(edition.count).toBe(edition.papers.length);
  return edition.papers.map(({ id }) => String.fromCharCode(96 + Number(id.slice(-1)))).join('');
}

const refused = (code: string) => expect.objectContaining({ code });

/** What every kind of database must do with the curation of drafts. */
export function curationContract(dialect: Dialect): void {
  const world = worlds(dialect);

  /** A draft of Monday with the papers a to e. */
  async function draft(): Promise<World> {
    const w = await world();
    await list(w, MONDAY, 'abcde');
    await pick(w, MONDAY);
    return w;
  }

  describe('a draft', () => {
    test('takes pins, drops, moves and a note at once, and keeps the moment it was picked', async () => {
      const w = await draft();
      const before = found(await w.store.editions.find(MONDAY));
      w.clock.advance(1_000);
      await pin(desk(w), monday, idOf('d'));
      expect(await order(w, MONDAY)).toBe('dabce');
      await move(desk(w), monday, idOf('a'), 5);
      expect(await order(w, MONDAY)).toBe('dbcea');
      await drop(desk(w), monday, idOf('b'), 'not news');
      expect(await order(w, MONDAY)).toBe('dcea');
      await annotate(desk(w), monday, 'One.\n\nTwo.');
      const edition = found(await w.store.editions.find(MONDAY));
      expect(edition).toEqual({
        ...{ ...before, count: 4, note: 'One.\n\nTwo.' },
        changedAt: w.clock.now(),
      });
      const { pins, drops } = await w.store.editions.curation(edition.id);
      expect(pins).toEqual([
        { paperId: idOf('d'), place: 1 },
        { paperId: idOf('a'), place: 5 },
      ]);
      expect(drops).toEqual([{ paperId: idOf('b'), reason: 'not news' }]);
    });

    test('undoes them: what was never touched stands where it would', async () => {
      const w = await draft();
      await pin(desk(w), monday, idOf('e'), 2);
      await drop(desk(w), monday, idOf('a'), null);
      await drop(desk(w), monday, idOf('c'), null);
      expect(await order(w, MONDAY)).toBe('bed');
      await restore(desk(w), monday, idOf('a'));
      await unpin(desk(w), monday, idOf('e'));
      await restore(desk(w), monday, idOf('c'));
      await annotate(desk(w), monday, 'x');
      await annotate(desk(w), monday, null);
      expect(await order(w, MONDAY)).toBe('abcde');
      expect(found(await w.store.editions.find(MONDAY)).note).toBeNull();
    });

    test('keeps all of it when it is picked again, with papers that came and votes that changed', async () => {
      const w = await draft();
      await pin(desk(w), monday, idOf('d'), 2);
      await drop(desk(w), monday, idOf('a'), null);
      await annotate(desk(w), monday, 'x');
      expect(await order(w, MONDAY)).toBe('bdce');
      w.clock.advance(1_000);
      await list(w, MONDAY, 'af');
      const { signal, ...rest } = paper(idOf('e'), {
        title: 'The paper e of nobody else in the world',
        signal: { upvotes: 999, comments: 0, codeStars: null },
      });
      await saveListing(w.store.papers, 'huggingface', MONDAY, [{ paper: rest, signal }]);
      await pick(w, MONDAY);
      expect(await order(w, MONDAY)).toBe('edbcf');
      expect(found(await w.store.editions.find(MONDAY)).note).toBe('x');
      await restore(desk(w), monday, idOf('a'));
      expect(await order(w, MONDAY)).toBe('edabcf');
    });

    test('takes in a paper of another day, but none that another edition carries', async () => {
      const w = await draft();
      await list(w, '2026-02-20', 'g');
      await pin(desk(w), monday, idOf('g'), 1);
      expect(await order(w, MONDAY)).toBe('gabcde');
      await pick(w, MONDAY);
      expect(await order(w, MONDAY)).toBe('gabcde');
      await list(w, TUESDAY, 'agh');
      await pick(w, TUESDAY);
      expect(await order(w, TUESDAY)).toBe('h');
      await expect(pin(desk(w), tuesday, idOf('a'))).rejects.toEqual(refused('paper_carried'));
      await expect(pin(desk(w), tuesday, '2603.99999')).rejects.toEqual(refused('unknown_paper'));
      await unpin(desk(w), monday, idOf('g'));
      expect(await order(w, MONDAY)).toBe('abcde');
      await pick(w, TUESDAY);
      expect(await order(w, TUESDAY)).toBe('gh');
    });

    test('what it drops comes into no later edition by itself, only by hand', async () => {
      const w = await draft();
      await drop(desk(w), monday, idOf('b'), 'an advertisement');
      await list(w, TUESDAY, 'bcf');
      noted.lines.length = 0;
      await pick(w, TUESDAY);
      expect(await order(w, TUESDAY)).toBe('f');
      expect(noted.lines).toContainEqual(
        expect.objectContaining({ id: idOf('b'), reason: 'an advertisement', droppedFrom: MONDAY }),
      );
      // Dropped is not carried: nothing keeps the next day from having it.
      await pin(desk(w), tuesday, idOf('b'));
      expect(await order(w, TUESDAY)).toBe('bf');
    });

    test('knows a paper that sources have given another id since', async () => {
      const w = await draft();
      const doi = '10.1000/lantern';
      const told = { id: `doi:${doi}`, title: 'A lantern for every harbour', doi };
      const { signal, ...lantern } = paper(told.id, { ...told, arxivId: null });
      const twin = paper('doi:10.1000/twin', {
        ...{ title: 'A twin of another thing altogether', doi: '10.1000/twin', arxivId: null },
      });
      await saveListing(w.store.papers, 'feed', MONDAY, [
        { paper: lantern, signal: { ...signal, upvotes: 1 } },
        { paper: twin, signal: { ...signal, upvotes: 0 } },
      ]);
      await pick(w, MONDAY);
      await pin(desk(w), monday, lantern.id, 1);
      await drop(desk(w), monday, twin.id, 'not news');

      // Now arXiv tells of both, and they are known by its ids.
      const known = (id: string, doi: string, title: string) => {
        const { signal, ...rest } = paper(id, { title, doi });
        return { paper: rest, signal };
      };
      await saveListing(w.store.papers, 'arxiv', MONDAY, [
        known(idOf('g'), doi, told.title),
        known(idOf('h'), '10.1000/twin', twin.title),
      ]);
      const ids = await w.store.papers.todaysIds([lantern.id, twin.id, idOf('a'), 'nobody']);
      expect([...ids.values()]).toEqual([idOf('g'), idOf('h'), idOf('a'), 'nobody']);
      await move(desk(w), monday, idOf('a'), 3);
      expect(await order(w, MONDAY)).toBe('gbacde');
      await pick(w, MONDAY);
      expect(await order(w, MONDAY)).toBe('gbacde');
      await list(w, TUESDAY, 'f');
      await saveListing(w.store.papers, 'arxiv', TUESDAY, [
        known(idOf('h'), '10.1000/twin', twin.title),
      ]);
      await pick(w, TUESDAY);
      expect(await order(w, TUESDAY)).toBe('f');
      await restore(desk(w), monday, idOf('h'));
      await unpin(desk(w), monday, idOf('g'));
      expect(await order(w, MONDAY)).toMatch(/^bcade(gh|hg)$/);
    });

    test('of a week is curated by itself, and leaves out what its days dropped', async () => {
      const w = await draft();
      await drop(desk(w), monday, idOf('a'), null);
      const week = { kind: 'weekly', date: '2026-03-08' } as const;
      const pickWeek = () => pickWeekly({ ...w.store, clock: w.clock, logger }, week.date);
      await pickWeek();
      expect(await order(w, week.date, 'weekly')).toBe('bcde');
      await pin(desk(w), week, idOf('e'), 1);
      await drop(desk(w), week, idOf('c'), null);
      await pin(desk(w), week, idOf('a'), 3);
      await pickWeek();
      expect(await order(w, week.date, 'weekly')).toBe('ebad');
      expect(await order(w, MONDAY)).toBe('bcde');
      await list(w, TUESDAY, 'c');
      await restore(desk(w), monday, idOf('a'));
      expect(await order(w, MONDAY)).toBe('abcde');
    });

    test('refuses what makes no sense', async () => {
      const w = await draft();
      const d = desk(w);
      await expect(drop(d, monday, idOf('f'), null)).rejects.toEqual(refused('not_in_edition'));
      await expect(move(d, monday, idOf('f'), 1)).rejects.toEqual(refused('not_in_edition'));
      await expect(unpin(d, monday, idOf('a'))).rejects.toEqual(refused('not_pinned'));
      await expect(restore(d, monday, idOf('a'))).rejects.toEqual(refused('not_dropped'));
      expect(() => pin(d, monday, idOf('a'), 0)).toThrow('whole number from 1');
      await expect(pin(d, tuesday, idOf('a'))).rejects.toEqual(refused('no_edition'));
      expect(await order(w, MONDAY)).toBe('abcde');
    });

    test('is changed no more once it is frozen', async () => {
      const w = await draft();
      const { id } = found(await w.store.editions.find(MONDAY));
      await pin(desk(w), monday, idOf('c'));
      await w.store.editions.freeze(id, 5, findStale);
      const before = await w.store.editions.curation(id);
      for (const change of [
        () => pin(desk(w), monday, idOf('b')),
        () => drop(desk(w), monday, idOf('b'), null),
        () => annotate(desk(w), monday, 'late'),
      ]) {
        await expect(change()).rejects.toEqual(refused('edition_frozen'));
      }
      const { revision, ...curation } = before;
      expect(await w.store.editions.saveCuration(id, curation, revision)).toBe(false);
      expect(await w.store.editions.curation(id)).toEqual(before);
      expect(await order(w, MONDAY)).toBe('cabde');
    });

    test('saved over by nobody who read an older one', async () => {
      const w = await draft();
      const { editions } = w.store;
      const draftOf = found(await editions.find(MONDAY));
      const { revision } = await editions.curation(draftOf.id);
      await pin(desk(w), monday, idOf('e'));
      const stale = { ranked: [idOf('a')], revision };
      expect(await editions.saveDraft('daily', MONDAY, [paper(idOf('a'))], 9, stale)).toBeNull();
      expect(
        await editions.saveDraft('daily', MONDAY, [], 9, { ranked: [], revision: 0 }),
      ).toBeNull();
      expect(await order(w, MONDAY)).toBe('eabcd');
    });

    test('loses nothing when editors and picks write at once', async () => {
      const w = await draft();
      const handles = await Promise.all([w.handle(), w.handle(), w.handle()]);
      const [one, two, three] = handles.map((handle) => ({ w, handle }));
      await Promise.all([
        pin(desk(w, found(one).handle), monday, idOf('e'), 1),
        drop(desk(w, found(two).handle), monday, idOf('b'), null),
        annotate(desk(w, found(three).handle), monday, 'x'),
        pick(w, MONDAY, found(one).handle),
        pick(w, MONDAY, found(two).handle),
        changeDraft(desk(w), monday, listed(idOf('c'))),
      ]);
      expect(await order(w, MONDAY)).toMatch(/^ea(cd|dc)$/);
      expect(found(await w.store.editions.find(MONDAY)).note).toBe('x');
    });

    test('freezing at once with a change either has the change or refuses it', async () => {
      const w = await draft();
      const other = await w.handle();
      const { id } = found(await w.store.editions.find(MONDAY));
      const [, change] = await Promise.allSettled([
        other.editions.freeze(id, 5, findStale),
        pin(desk(w), monday, idOf('e')),
      ]);
      const done = change.status === 'fulfilled';
      if (!done) expect(change.reason).toEqual(refused('edition_frozen'));
      expect(await order(w, MONDAY)).toBe(done ? 'eabcd' : 'abcde');
      expect((await w.store.editions.curation(id)).pins).toHaveLength(done ? 1 : 0);
    });
  });
}
