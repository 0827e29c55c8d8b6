import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Database } from '../../../src/store/database.js';

/** Values that travel as one parameter. */
export function jsonContract(use: <T>(work: (database: Database) => Promise<T>) => Promise<T>) {
  /** Sends rows there and back. */
  const back = (rows: readonly { id: number; reply: string | null }[]) =>
    use(async ({ db, dialect }) => {
      const { rows: found } = await sql<{ id: number; reply: string | null }>`
        select cast(value ->> 'id' as bigint) as id, value ->> 'reply' as reply
        from ${dialect.jsonEach(rows)} order by 1`.execute(db);
      return found;
    });

  test('values that travel as one parameter arrive as they are, however many', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      id: index * 1_000_000_000,
      reply: index % 3 === 0 ? null : `${index} "it’s"\n\\ 250 {} \\u0000`,
    }));
    expect(await back(rows)).toEqual(rows);
    expect(await back([])).toEqual([]);
  });

  test('a character of theirs that can not be kept does not keep the others out', async () => {
    const [row] = await back([{ id: 1, reply: '250 \0 \ud800 Ok' }]);
    expect(row?.reply).toMatch(/^250 .* Ok$/s);
  });
}
