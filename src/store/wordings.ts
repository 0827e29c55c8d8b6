import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from './database.js';

/** The id of a text that people agreed to: each is kept once, however many did. */
export async function wordingId({ db }: Database, words: string): Promise<number> {
  const hash = createHash('sha256').update(words).digest('hex');
  const find = () =>
    db.selectFrom('wordings').select('id').where('hash', '=', hash).executeTakeFirst();
  const known = await find();
  if (known) return known.id;
  // Somebody else may be as quick; on PostgreSQL this waits until they have committed.
  await sql`
    insert into wordings (hash, words) values (${hash}, ${words})
    on conflict (hash) do nothing`.execute(db);
  const row = await find();
  if (row) return row.id;
  throw new Error('A wording that was just written is not there.');
}
