import { type RawBuilder, sql } from 'kysely';
import type { DialectSql } from './database.js';

/** Far below the parameters that a statement may have: 32,766 on SQLite, 65,535 on PostgreSQL. */
const ROWS = 250;

/**
 * Rows in their order, as many at once as one statement is to take.
 * @param atOnce more than a few hundred only for rows that go into one parameter
 */
export function* toBatches<T>(rows: readonly T[], atOnce = ROWS): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += atOnce) yield rows.slice(start, start + atOnce);
}

/** Texts as the rows of a query, in one parameter, however many. */
export function texts({ jsonEach }: DialectSql, values: readonly string[]): RawBuilder<string> {
  const rows = jsonEach(values.map((text) => ({ text })));
  return sql<string>`(select value ->> 'text' as id from ${rows})`;
}

/** Many ids in one parameter: the statement stays the same, and so does its plan. */
export function idsIn({ jsonEach }: DialectSql, ids: readonly number[]): RawBuilder<unknown> {
  return sql`(select cast(value as bigint) from ${jsonEach(ids)})`;
}
