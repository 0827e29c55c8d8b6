import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Kysely, sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { parseSearch } from '../../src/search/query.js';
import type { Database } from '../../src/store/database.js';
import { migrate } from '../../src/store/migrate.js';
import { openPostgres } from '../../src/store/postgres/postgres.js';
import { searchStore } from '../../src/store/search.js';
import { openSqlite } from '../../src/store/sqlite/sqlite.js';
import type { Tables } from '../../src/store/tables.js';
import { createDatabase } from '../support/postgres.js';
import { ROOT, tempDir } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { MovableClock } from './clock.js';
import { found } from './contract/dialect.js';

const folder = tempDir();
afterAll(() => folder.dispose());
const server = await sharedPostgres();

/** A folder with the migrations before this one, as a store of then has had them. */
function before(): URL {
  const to = join(folder.path, 'before');
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(join(ROOT, 'migrations'))) {
    if (name < '0009') cpSync(join(ROOT, 'migrations', name), join(to, name), { recursive: true });
  }
  return pathToFileURL(`${to}/`);
}
const BEFORE = before();

async function add(db: Kysely<Tables>, id: string, title: string, more: object = {}) {
  const { abstract = '', summary = null, authors = '[]' } = more as Record<string, string>;
  await sql`insert into papers (id, title, abstract, summary, authors, url, keywords)
    values (${id}, ${title}, ${abstract}, ${summary}, ${authors}, 'https://x.test/', '[]')`.execute(
    db,
  );
  await sql`insert into listings (paper_id, source, day, key)
    values (${id}, 'huggingface', '2026-03-02', ${id})`.execute(db);
}

/** Papers of a store of before, more than are read at once, and what is found among them since. */
async function tryWords(database: Database): Promise<void> {
  const { db } = database;
  await migrate(db, BEFORE);
  await add(db, 'a', '大语言模型', { authors: '["Łukasz Kaiser"]' });
  await add(db, 'b', 'A lantern', { abstract: 'Über ﬂow', summary: '図の要約' });
  for (let n = 0; n < 1_005; n++) await add(db, `m${n}`, `Kettle ${n}`);
  await add(db, 'z', '강화 학습');
  const rows = sql<{ paper_id: string; docid: unknown }>`
    select paper_id, docid from search_papers where paper_id like 'm%' order by 1`;
  const { rows: untouched } = await rows.execute(db);
  await migrate(db);
  const { findPapers } = searchStore(database);
  const ids = async (q: string) => {
    const { text } = parseSearch({ q, from: '', to: '' });
    return (await findPapers(found(text), { offset: 0, limit: 9 })).papers.map(({ id }) => id);
  };
  expect(await ids('模型')).toEqual(['a']);
  expect(await ids('author:lukasz')).toEqual(['a']);
  expect(await ids('flow 要約')).toEqual(['b']);
  expect(await ids('강화학습')).toEqual(['z']);
  expect(await ids('"kettle 1004"')).toEqual(['m1004']);
  // Papers whose words the store finds by itself keep their rows.
  expect((await rows.execute(db)).rows).toEqual(untouched);
  const { rows: kept } = await sql<{ id: string }>`
    select id from papers where searched is not null order by id`.execute(db);
  expect(kept.map(({ id }) => id)).toEqual(['a', 'b', 'z']);
}

describe('a store of before has words of other scripts once it is migrated', () => {
  test('on SQLite', async () => {
    const database = openSqlite(join(folder.path, 'store.db'), new MovableClock());
    try {
      await tryWords(database);
    } finally {
      await database.db.destroy();
    }
  });

  test.skipIf(server === null)('on PostgreSQL', async () => {
    const made = await createDatabase(found(server));
    const database = openPostgres(made.url);
    try {
      await tryWords(database);
    } finally {
      await database.db.destroy();
      await made.drop();
    }
  });
});
