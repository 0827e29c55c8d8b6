import { type RawBuilder, sql } from 'kysely';
import { type Database, inTransaction } from './database.js';
import { lockPlanning } from './planning-conditions.js';
import { FORGET } from './selections.js';

/** In two parts, each of which has an index that holds little once most have ended. */
const OPEN = sql`d.ended_at is null and d.set_aside is null`;
const OPEN_AND_SET_ASIDE = sql`d.ended_at is null and d.set_aside is not null`;

/** Whether deliveries `d` of an edition are open and meet `condition`. */
function hasOpen(edition: RawBuilder<unknown>, condition = sql<boolean>`true`) {
  const some = (open: RawBuilder<unknown>, editionId: RawBuilder<unknown>) => sql<boolean>`exists (
    select 1 from deliveries d where ${editionId} = ${edition} and ${open} and ${condition})`;
  // The sign keeps both databases from reading all of the edition, which nobody waits for any more.
  const isOpen = some(OPEN, sql`+d.edition_id`);
  return sql<boolean>`(${isOpen} or ${some(OPEN_AND_SET_ASIDE, sql`d.edition_id`)})`;
}

/**
 * Forgets the reasons of up to `limit` selections of an edition that was planned before that moment
 * and has no open delivery.
 */
export async function forgetReasons(
  database: Database,
  plannedBefore: number,
  limit: number,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select e.id from editions e
    where coalesce(e.planned_at, e.frozen_at) < ${plannedBefore}
      and exists (select 1 from selections s where s.edition_id = e.id and s.reasons is not null)
      and not ${hasOpen(sql`e.id`)}
    limit 1`.execute(database.db);
  const [edition] = rows;
  if (!edition) return 0;
  return inTransaction(database, async (inner) => {
    // Whoever plans may have found one of these selections, for a delivery that is not seen yet.
    await lockPlanning(inner);
    const { numAffectedRows } = await sql`${FORGET} where id in (
      select s.id from selections s
      where s.edition_id = ${edition.id} and s.reasons is not null
        and not ${hasOpen(sql`${edition.id}`)}
      limit ${limit})`.execute(inner.db);
    return Number(numAffectedRows ?? 0n);
  });
}

/**
 * Forgets the reasons for what one subscriber got, unless they are what another waits for too. In a
 * transaction: nobody plans until its end.
 */
export async function forgetSubscriberReasons(
  database: Database,
  subscriberId: number,
): Promise<void> {
  await lockPlanning(database);
  await sql`${FORGET} where id in (
    select s.id from deliveries own join selections s on s.id = own.selection_id
    where own.subscriber_id = ${subscriberId} and s.reasons is not null
      and not ${hasOpen(sql`s.edition_id`, sql<boolean>`d.selection_id = s.id and d.subscriber_id <> ${subscriberId}`)})`.execute(
    database.db,
  );
}
