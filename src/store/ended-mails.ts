import { sql } from 'kysely';
import type { EndedMail } from '../subscribers/subscriber-store.js';
import type { Database } from './database.js';

/** By the index that each outbox has of its subscribers. */
export async function endedMails(
  { db }: Database,
  subscriberId: number,
  limit: number,
): Promise<EndedMail[]> {
  const ended = (name: string) => sql`
    select ended_at as at, state, reply from ${sql.table(name)}
    where subscriber_id = ${subscriberId} and state in ('accepted', 'refused')
      and ended_at is not null`;
  const { rows } = await sql<EndedMail>`
    select at, state, reply from (
      ${ended('deliveries')} union all ${ended('notices')}) as mails
    order by at desc limit ${limit}`.execute(db);
  return rows;
}
