import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSearch, type TextQuery } from '../../src/search/query.js';
import { openStore } from '../../src/store/open.js';
import { openPostgres } from '../../src/store/postgres/postgres.js';
import { POSTGRES_SEARCH } from '../../src/store/postgres/postgres-search.js';
import type { Store } from '../../src/store/store.js';
import { saveListing } from '../papers/save-listing.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { MovableClock } from './clock.js';
import { found, paper } from './contract/dialect.js';

const server = await sharedPostgres();
const locale = server === null ? undefined : await usualLocale(server);

/** A locale as most databases have it, by which numbers in circles are no letters; if there is one here. */
async function usualLocale(url: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select collctype as name from pg_collation
        where collprovider = 'c' and collctype ~* 'utf-?8$' order by 1 limit 1`,
    );
    return rows[0]?.name;
  } finally {
    await client.end();
  }
}

const PAGE = { offset: 0, limit: 20 };

function read(q: string): TextQuery {
  return found(parseSearch({ q, from: '', to: '' }).text);
}

describe.skipIf(locale === undefined)('PostgreSQL, to which some letters are none,', () => {
  let database: PostgresDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await createDatabase(found(server), undefined, 'template0', locale);
    store = await openStore({ kind: 'postgres', url: database.url }, new MovableClock());
    const titles = {
      '2603.00001': 'Halves ❶ and wholes',
      '2603.00002': 'Halves of them and wholes',
    };
    const listed = Object.entries(titles).map(([id, title]) => {
      const { signal, ...rest } = paper(id, { title, abstract: '' });
      return { paper: rest, signal };
    });
    await saveListing(store.papers, 'huggingface', '2026-03-02', listed);
  });
  afterAll(async () => {
    await store?.close();
    await database?.drop();
  });

  test.each<[q: string, ids: string[]]>([
    ['"halves ❶ and"', ['2603.00001']],
    ['"halves ❶ and wholes"', ['2603.00001']],
    ['halves-❶-and*', ['2603.00001']],
    ['"halves of" ❶', ['2603.00002']],
    ['"❶ wholes"', ['2603.00002', '2603.00001']],
    ['"❶ wholes" "of them"', ['2603.00002']],
    ['❶-who*', ['2603.00002', '2603.00001']],
    ['"❶ ❶"', []],
    ['"❶ ❶" wholes', ['2603.00002', '2603.00001']],
    ['❶ -them', []],
    ['"❶ ❶" -halves', []],
    ['wholes -❶ -them', ['2603.00001']],
    ['wholes -"❶ ❶"', ['2603.00002', '2603.00001']],
  ])('finds %s', async (q, ids) => {
    const { papers } = await store.search.findPapers(read(q), PAGE);
    expect(papers.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  test.each(['"❶ ❶"', '"❶ wholes"'])('asks no paper for its pairs to find %s', async (q) => {
    const { db } = openPostgres(database.url);
    const range = { first: Number.MIN_SAFE_INTEGER, last: Number.MAX_SAFE_INTEGER };
    try {
      const { rows } = await sql<Record<string, string>>`
        explain with titled as (select 0 as docid where false)
          ${POSTGRES_SEARCH.matching(read(q), 'anywhere', range)}`.execute(db);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('search_papers');
      expect(plan).not.toContain('search_pairs');
    } finally {
      await db.destroy();
    }
  });
});
