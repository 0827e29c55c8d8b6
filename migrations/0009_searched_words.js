// @ts-check
import { sql } from 'kysely';
import { POSTGRES_SEARCH } from './0009/search-postgres.js';
import { SQLITE_SEARCH } from './0009/search-sqlite.js';
import { toSearchTexts } from './0009/words.js';

/** Papers that are read at once. */
const BATCH = 1_000;

/**
 * Words of Chinese, Japanese and Korean texts, of letters like ł and of other forms of letters: neither
 * engine finds them by itself, and the two would differ. So the program finds them, and they are kept
 * where they are not those of the texts. The triggers index them; papers without any stay as they are.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function up(db, engine) {
  await db.schema.alterTable('papers').addColumn('searched', 'text').execute();
  const statements = engine === 'sqlite' ? SQLITE_SEARCH : POSTGRES_SEARCH;
  for (const statement of statements) await sql.raw(statement).execute(db);
  for (let last = ''; ; ) {
    const papers = await db
      .selectFrom('papers')
      .select(['id', 'title', 'abstract', 'summary', 'authors'])
      .where('id', '>', last)
      .orderBy('id')
      .limit(BATCH)
      .execute();
    for (const paper of papers) {
      const searched = toSearchTexts(paper);
      if (searched === null) continue;
      await db.updateTable('papers').set({ searched }).where('id', '=', paper.id).execute();
    }
    const next = papers.at(-1)?.id;
    if (next === undefined) return;
    last = next;
  }
}
