import { describe, expect, test } from 'vitest';
import { loadSourceStates } from '../../../src/sources/source-states.js';
import { saveListing } from '../../papers/save-listing.js';
import { type Dialect, paper, worlds } from './dialect.js';

const DAY = '2026-03-02';

/** What every kind of database must know of sources. */
export function sourceStatesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('a source', () => {
    test('is as it was when it was last asked; when it last answered stays', async () => {
      const { sourceStates } = (await world()).store;
      expect(await sourceStates.all()).toEqual([]);
      await sourceStates.answered('one', 1_000);
      await sourceStates.failed('one', 2_000, 'It hangs.');
      await sourceStates.failed('one', 3_000, 'It answers HTML.');
      await sourceStates.failed('two', 3_000, 'It is away.');
      expect(await sourceStates.all()).toEqual([
        {
          source: 'one',
          answeredAt: 1_000,
          failedAt: 3_000,
          failures: 2,
          reason: 'It answers HTML.',
        },
        { source: 'two', answeredAt: null, failedAt: 3_000, failures: 1, reason: 'It is away.' },
      ]);
      await sourceStates.answered('one', 4_000);
      const unasked = { answeredAt: null, failedAt: null, failures: 0, reason: null };
      expect(await loadSourceStates(['three', 'one'], sourceStates)).toEqual([
        { source: 'three', ...unasked },
        { source: 'one', answeredAt: 4_000, failedAt: 3_000, failures: 0, reason: null },
      ]);
    });

    test('keeps what it listed last for each day', async () => {
      const { sourceStates } = (await world()).store;
      const first = {
        fetchedAt: 1_000,
        listed: 3,
        stored: 2,
        dropped: [{ id: '#3', reason: `it's "broken"` }],
        validators: ['W/"1"', 'W/"2"'],
        settings: '["cs.CL"]',
      };
      const second = {
        fetchedAt: 2_000,
        listed: 0,
        stored: 0,
        dropped: [],
        validators: null,
        settings: null,
      };
      await sourceStates.saveFetchedDay('one', DAY, first);
      await sourceStates.saveFetchedDay('two', DAY, second);
      expect(await sourceStates.fetchedDay('one', DAY)).toEqual(first);
      expect(await sourceStates.fetchedDay('one', '2026-03-03')).toBeNull();
      await sourceStates.saveFetchedDay('one', DAY, second);
      expect(await sourceStates.fetchedDay('one', DAY)).toEqual(second);
    });
  });

  test('newer texts go to papers that are known, are no listing, and make no new paper', async () => {
    const { papers } = (await world()).store;
    const listed = (id: string, title: string, version: number) => {
      const { signal: _, ...rest } = paper(id, { arxivId: id, title });
      return { paper: rest, signal: null, version };
    };
    await saveListing(papers, 'huggingface', DAY, [
      listed('2603.00001', 'The First Title of It', 1),
    ]);
    const updates = [
      listed('2603.00001', 'A Better Title, Later', 2),
      listed('2603.00002', 'Never Heard of Before', 2),
    ];
    const saved = await saveListing(papers, 'arxiv', '2026-03-09', [], { updates });
    expect(saved).toMatchObject({ stored: 0 });
    expect((await papers.find('2603.00001'))?.paper.title).toBe('A Better Title, Later');
    expect(await papers.find('2603.00002')).toBeNull();
    expect(await papers.listedOn('2026-03-09')).toEqual([]);
  });
}
