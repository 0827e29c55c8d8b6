// @ts-check
import { sql } from 'kysely';
import { POSTGRES_SEARCH } from './search-postgres.js';
import { SQLITE_SEARCH } from './search-sqlite.js';

/**
 * What search looks through: title, abstract and authors of each paper that a source listed and
 * that is not withdrawn. Triggers keep it in step, whoever writes papers and however.
 *
 * The number of a row begins with the day for which its paper was listed first. So "newest first"
 * and "from this day to that one" are walks along the numbers.
 *
 * Tables whose names begin with "search_" hold nothing that could not be made again from the
 * others; to copy a store is to leave them out.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function createSearch(db, engine) {
  const statements = engine === 'sqlite' ? SQLITE_SEARCH : POSTGRES_SEARCH;
  for (const statement of statements) await sql.raw(statement).execute(db);
}
