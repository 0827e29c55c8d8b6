import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.js';

/** In the statement itself and no parameter, so that the index of weekly readers can be used. */
export const WANTS_WEEKLY = sql<boolean>`s.frequency = 'weekly'`;
export const WANTS_DAILY = sql<boolean>`s.frequency <> 'weekly'`;

/** The deliveries `d` that were or will be sent, and those that at least were to be. */
export const SENT = sql<boolean>`d.state not in ('skipped', 'refused')`;
export const PLANNED = sql<boolean>`d.state <> 'skipped'`;

/** Reasons for which a skipped delivery is planned anew: the reader is back, or it is sent again. */
export const PLANNED_ANEW = sql`('pending', 'paused', 'unsubscribed', 'too late', 'held too long')`;

/** Whether the subscriber `s` may be mailed at all. */
export const NOT_SUPPRESSED = sql<boolean>`not exists (
  select 1 from suppressions x where x.email_key = s.email_key)`;

/** Whether the subscriber `s` has no delivery `d` of these editions for which `condition` holds. */
export function hasNoDelivery(
  editionIds: readonly number[],
  condition: RawBuilder<boolean>,
): RawBuilder<boolean> {
  if (editionIds.length === 0) return sql`true`;
  return sql`not exists (
    select 1 from deliveries d
    where d.subscriber_id = s.id and d.edition_id in (${sql.join(editionIds)}) and ${condition})`;
}

/** There is one row that everybody writes who plans: on PostgreSQL the second one waits here. */
export async function lockPlanning({ db }: Database): Promise<void> {
  await sql`
    insert into settings (name, value) values ('planning', '')
    on conflict (name) do update set value = excluded.value`.execute(db);
}
