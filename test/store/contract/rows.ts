import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Database } from '../../../src/store/database.js';

/** Rows that travel as one parameter. */
export function rowsContract(use: <T>(work: (database: Database) => Promise<T>) => Promise<T>) {
  async function back<Row extends object>(
    rows: readonly Row[],
    columns: Record<keyof Row & string, 'bigint' | 'text'>,
  ) {
    return await use(async ({ db, rowsOf }) => {
      const { rows: found } = await sql<Row>`
        select * from ${rowsOf(rows, columns)} as x order by id`.execute(db);
      return found;
    });
  }

  test('rows that travel as one parameter arrive as they are, however many', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      id: index * 1_000_000_000,
      reply: index % 3 === 0 ? null : `${index} "it’s"\n\\ 250 {}`,
    }));
    expect(await back(rows, { id: 'bigint', reply: 'text' })).toEqual(rows);
    expect(await back([], { id: 'bigint' })).toEqual([]);
  });

  test('a character of theirs that can not be kept does not keep the others out', async () => {
    const [row] = await back([{ id: 1, reply: '250 \0 \ud800 Ok' }], {
      id: 'bigint',
      reply: 'text',
    });
    expect(row?.reply).toMatch(/^250 .* Ok$/s);
  });
}
