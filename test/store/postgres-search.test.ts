import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSearch, type TextQuery } from '../../src/search/query.js';
import { openStore } from '../../src/store/open.js';
import { openPostgres } from '../../src/store/postgres/postgres.js';
import { POSTGRES_SEARCH } from '../../src/store/postgres/postgres-search.js';
import type { Store } from '../../src/store/store.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { BEFORE_PAIRS, BEFORE_TITLES } from './before-pairs.js';
import { MovableClock } from './clock.js';
import { found, paper } from './contract/dialect.js';

const server = await sharedPostgres();
const locale = server === null ? undefined : await usualLocale(server);

/** A locale as most databases have it, by which fractions are no letters; if there is one here. */
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
      '2603.00001': 'Halves ½ and wholes',
      '2603.00002': 'Halves of them and wholes',
    };
    const listed = Object.entries(titles).map(([id, title]) => {
      const { signal, ...rest } = paper(id, { title, abstract: '' });
      return { paper: rest, signal };
    });
    await store.papers.saveListing('huggingface', '2026-03-02', listed);
  });
  afterAll(async () => {
    await store?.close();
    await database?.drop();
  });

  test.each<[q: string, ids: string[]]>([
    ['"halves ½ and"', ['2603.00001']],
    ['"halves ½ and wholes"', ['2603.00001']],
    ['halves-½-and*', ['2603.00001']],
    ['"halves of" ½', ['2603.00002']],
    ['"½ wholes"', ['2603.00002', '2603.00001']],
    ['"½ wholes" "of them"', ['2603.00002']],
    ['½-who*', ['2603.00002', '2603.00001']],
    ['"½ ½"', []],
    ['"½ ½" wholes', ['2603.00002', '2603.00001']],
    ['½ -them', []],
    ['"½ ½" -halves', []],
    ['wholes -½ -them', ['2603.00001']],
    ['wholes -"½ ½"', ['2603.00002', '2603.00001']],
  ])('finds %s', async (q, ids) => {
    const { papers } = await store.search.findPapers(read(q), PAGE);
    expect(papers.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  test.each(['"½ ½"', '"½ wholes"'])('asks no paper for its pairs to find %s', async (q) => {
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

describe.skipIf(server === null)('PostgreSQL that is migrated', () => {
  /** Migrates a store with one paper beside a process that has begun to write, and goes on then. */
  async function migrateBeside(
    before: readonly string[],
    begun: string,
    then: readonly string[],
    look: (store: Store) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const database = await createDatabase(found(server));
    const location = { kind: 'postgres', url: database.url } as const;
    const other = new Client({ connectionString: database.url });
    let store = await openStore(location, new MovableClock());
    try {
      await other.connect();
      const { signal, ...rest } = paper('2603.00001', { title: 'Lantern' });
      await store.papers.saveListing('huggingface', '2026-03-02', [{ paper: rest, signal }]);
      await store.close();
      for (const statement of before) await database.query(statement);

      await other.query('begin');
      await other.query(begun);
      const opening = openStore(location, new MovableClock());
      await expect
        .poll(() => database.query('select 1 from pg_locks where not granted'), {
          timeout: 5_000,
          interval: 5,
        })
        .not.toEqual([]);
      for (const statement of [...then, 'commit']) await other.query(statement);
      store = await opening;
      const moved = await database.query(`select 1 from search_titles where title @@ 'new'`);
      expect(moved).toHaveLength(1);
      await look(store);
    } finally {
      await other.end();
      await store.close();
      await database.drop();
    }
  }

  const RENAMED = `update papers set title = 'A new lantern' where id = '2603.00001'`;

  test.each([
    ['texts into their rows', BEFORE_PAIRS],
    ['titles into a table of their own', BEFORE_TITLES],
  ])('moves %s, also of a paper that another process was just writing', async (_, before) => {
    await migrateBeside(before, RENAMED, [], async (store) => {
      const { papers } = await store.search.findPapers(read('"new lantern"'), PAGE);
      expect(papers.map(({ id }) => id)).toEqual(['2603.00001']);
    });
  });

  test('waits for a process that looks into the table before it writes', async () => {
    const listed = `insert into listings (paper_id, source, day, key)
      values ('2603.00001', 'huggingface', '2026-03-03', '2603.00001')`;
    await migrateBeside(BEFORE_TITLES, listed, [RENAMED]);
  });
});
