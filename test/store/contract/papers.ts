import { describe, expect, test } from 'vitest';
import type { ListedPaper, RatedPaper, Signal } from '../../../src/papers/paper.js';
import { saveListing } from '../../papers/save-listing.js';
import { MINUTE } from '../clock.js';
import { type Dialect, paper, worlds } from './dialect.js';

const DAY = '2026-03-02';

function listed(id: string, changes: Partial<RatedPaper> = {}): ListedPaper {
  const { signal, ...rest } = paper(id, changes);
  return { paper: rest, signal };
}

function signal(upvotes: number, codeStars: number | null = null): Signal {
  return { upvotes, comments: 0, codeStars };
}

/** What every kind of database must do with papers. */
export function papersContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('papers', () => {
    test('an empty store has none', async () => {
      const { store } = await world();
      expect(await store.papers.newestListedDay()).toBeNull();
      expect(await store.papers.listedOn(DAY)).toEqual([]);
    });

    test('come back as they were saved, letter for letter', async () => {
      const { store } = await world();
      const odd = paper('2603.00001', {
        title: `Robert'); DROP TABLE papers;-- "β-Flow" <think> \\textbf{x} 😀 e\u0301`,
        summary: 'One sentence.',
        authors: ['Zoë "Z" O’Neil', "D'Arcy; Ada", '李'],
        organisation: 'Institut für Ö',
        publishedOn: '2026-02-27',
        codeUrl: 'https://example.org/code?a=1&b=2',
        projectUrl: 'https://example.org/',
        keywords: ['a, b', 'c'],
        signal: { upvotes: 41, comments: 3, codeStars: 1_200_000 },
      });
      const { signal: votes, ...rest } = odd;
      expect(
        await saveListing(store.papers, 'huggingface', DAY, [{ paper: rest, signal: votes }]),
      ).toEqual({ stored: 1, joined: [] });
      expect(await store.papers.listedOn(DAY)).toEqual([{ ...odd, sources: ['huggingface'] }]);
    });

    test('tell all votes that were seen of them, as numbers', async () => {
      const { store, clock } = await world();
      const at = clock.now();
      const save = (day: string, upvotes: number | null) =>
        saveListing(
          store.papers,
          'huggingface',
          day,
          [{ ...listed('2603.00001'), signal: upvotes === null ? null : signal(upvotes) }],
          { now: clock.now() },
        );
      await save(DAY, 4);
      clock.advance(MINUTE);
      await save(DAY, 9);
      await save('2026-03-05', 1);
      await save('2026-03-03', null);
      const seen = await store.papers.voteObservations(DAY, '2026-03-04');
      const one = { paperId: '2603.00001', source: 'huggingface', day: DAY };
      expect(seen.sort((a, b) => a.observedAt - b.observedAt)).toEqual([
        { ...one, observedAt: at, upvotes: 4 },
        { ...one, observedAt: at + MINUTE, upvotes: 9 },
      ]);
    });

    test('say when nobody counts votes on them', async () => {
      const { store } = await world();
      await saveListing(store.papers, 'arxiv', DAY, [{ ...listed('2603.00001'), signal: null }]);
      const [quiet] = await store.papers.listedOn(DAY);
      expect(quiet).toMatchObject({ signal: { upvotes: 0, comments: 0 }, uncounted: true });
      await saveListing(store.papers, 'huggingface', DAY, [listed('2603.00001')]);
      expect((await store.papers.listedOn(DAY))[0]).not.toHaveProperty('uncounted');
    });

    test('are found by their day only', async () => {
      const { store } = await world();
      await saveListing(store.papers, 'huggingface', '2026-03-02', [listed('2603.00001')]);
      await saveListing(store.papers, 'huggingface', '2026-03-03', [listed('2603.00002')]);
      const ids = (await store.papers.listedOn('2026-03-03')).map(({ id }) => id);
      expect(ids).toEqual(['2603.00002']);
      expect(await store.papers.newestListedDay()).toBe('2026-03-03');
    });

    test('may be listed on two days and by two sources, and are one paper', async () => {
      const { store } = await world();
      await saveListing(store.papers, 'huggingface', '2026-03-02', [listed('2603.00001')]);
      await saveListing(store.papers, 'arxiv', '2026-03-02', [listed('2603.00001')]);
      await saveListing(store.papers, 'huggingface', '2026-03-03', [listed('2603.00001')]);
      expect(await store.papers.listedOn('2026-03-02')).toHaveLength(1);
      expect(await store.papers.listedOn('2026-03-03')).toHaveLength(1);
    });

    test('are counted once when an answer repeats them, and saving again changes nothing', async () => {
      const { store } = await world();
      const answer = [listed('2603.00001'), listed('2603.00002'), listed('2603.00001')];
      expect(await saveListing(store.papers, 'huggingface', DAY, answer)).toMatchObject({
        stored: 2,
      });
      expect(await saveListing(store.papers, 'huggingface', DAY, answer)).toMatchObject({
        stored: 2,
      });
      expect(await store.papers.listedOn(DAY)).toHaveLength(2);
    });

    test('are saved by the hundreds with the last that is said of each', async () => {
      const { store } = await world();
      const all = Array.from({ length: 700 }, (_, n) => listed(`2603.${10_000 + n}`));
      const last = all.map((one) => ({ ...one, signal: signal(9) }));
      const saved = await saveListing(store.papers, 'huggingface', DAY, [...all, ...last]);
      expect(saved).toEqual({ stored: 700, joined: [] });
      const found = await store.papers.listedOn(DAY);
      expect(found).toHaveLength(700);
      expect(found.every((one) => one.signal.upvotes === 9)).toBe(true);
      const mended = all.map(({ paper: one }) => ({
        paper: { ...one, title: `${one.title}, mended` },
        signal: signal(4),
      }));
      await saveListing(store.papers, 'huggingface', DAY, mended);
      const [first, ...others] = await store.papers.listedOn(DAY);
      expect(first).toMatchObject({ title: expect.stringMatching(/, mended$/), signal: signal(4) });
      expect(others).toHaveLength(699);
    });

    test('take newer texts, and keep what a newer answer lacks', async () => {
      const { store } = await world();
      const full = {
        title: 'First title',
        summary: 'A summary.',
        organisation: 'A lab',
        publishedOn: '2026-02-27',
        codeUrl: 'https://example.org/code',
        projectUrl: 'https://example.org/project',
        keywords: ['flows'],
      };
      await saveListing(store.papers, 'huggingface', DAY, [listed('2603.00001', full)]);
      const bare = { title: 'Second title', abstract: '', authors: [], pdfUrl: null };
      await saveListing(store.papers, 'huggingface', DAY, [listed('2603.00001', bare)]);
      expect(await store.papers.listedOn(DAY)).toEqual([
        { ...paper('2603.00001', { ...full, title: 'Second title' }), sources: ['huggingface'] },
      ]);
    });

    test('carry their newest signal', async () => {
      const { store, clock } = await world();
      for (const votes of [5, 9, 7]) {
        const answer = listed('2603.00001', { signal: signal(votes, votes * 10) });
        await saveListing(store.papers, 'huggingface', DAY, [answer], { now: clock.now() });
        clock.advance(MINUTE);
      }
      expect((await store.papers.listedOn(DAY))[0]?.signal).toEqual(signal(7, 70));
    });

    test('carry the stronger of two signals seen at once', async () => {
      const { store } = await world();
      for (const [source, votes] of [
        ['huggingface', 9],
        ['arxiv', 2],
      ] as const) {
        const answer = listed('2603.00001', { signal: signal(votes) });
        await saveListing(store.papers, source, DAY, [answer]);
      }
      expect((await store.papers.listedOn(DAY))[0]?.signal).toEqual(signal(9));
    });

    test('are saved all or none', async () => {
      const { store } = await world();
      const broken = listed('2603.00002', { signal: { ...signal(1), upvotes: Number.NaN } });
      const saving = saveListing(store.papers, 'huggingface', DAY, [listed('2603.00001'), broken]);
      await expect(saving).rejects.toThrow();
      expect(await store.papers.listedOn(DAY)).toEqual([]);
      expect(await store.papers.newestListedDay()).toBeNull();
    });
  });
}
