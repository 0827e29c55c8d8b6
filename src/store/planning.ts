import { sql } from 'kysely';
import type {
  Audience,
  PlannedDelivery,
  PlanningLedger,
} from '../delivery/planning/planning-ledger.js';
import { idsIn, toBatches } from './batch.js';
import { inTransaction, type LedgerDatabase } from './database.js';
import {
  hasNoDelivery,
  lockPlanning,
  NOT_SUPPRESSED,
  PLANNED_ANEW,
  SENT,
} from './planning-conditions.js';
import { planningGroups } from './planning-groups.js';
import { knownAs } from './same-papers.js';
import { loadSelectionPapers, selection, selectionIds } from './selections.js';

/** Rows that one statement changes at most: others who write must not wait for long. */
const AT_ONCE = 5_000;

/** The part of the ledger that writes deliveries down. */
export function planning(database: LedgerDatabase): PlanningLedger {
  return {
    ...planningGroups(database),
    selectionIds: (editionId, selections) => selectionIds(database, editionId, selections),
    selection: (id) => selection(database, id),
    loadPapers: (ids) => loadSelectionPapers(database, ids),
    alsoKnownAs: (paperIds) => knownAs(database, paperIds),
    lockPlanning: () => lockPlanning(database),
    loadSelections: (editionIds, subscriberIds) =>
      loadSelections(database, editionIds, subscriberIds),
    plan: (editionId, deliveries) => plan(database, editionId, deliveries),
    planAgain: (audience) => planAgain(database, audience),
    makeDueNow: (editionId) => makeDueNow(database, editionId),
  };
}

async function loadSelections(
  { db, dialect }: LedgerDatabase,
  editionIds: readonly number[],
  subscriberIds: readonly number[],
): Promise<ReadonlyMap<number, number[]>> {
  const selections = new Map<number, number[]>();
  if (editionIds.length === 0 || subscriberIds.length === 0) return selections;
  const { rows } = await sql<{ subscriber_id: number; selection_id: number }>`
    select d.subscriber_id, d.selection_id from deliveries d
    where d.edition_id in (${sql.join(editionIds)})
      and d.subscriber_id in ${idsIn(dialect, subscriberIds)} and ${SENT}
    order by d.subscriber_id, d.selection_id`.execute(db);
  for (const row of rows) {
    const known = selections.get(row.subscriber_id);
    if (known) known.push(row.selection_id);
    else selections.set(row.subscriber_id, [row.selection_id]);
  }
  return selections;
}

async function plan(
  database: LedgerDatabase,
  editionId: number,
  deliveries: readonly PlannedDelivery[],
): Promise<number> {
  let written = 0;
  for (const some of toBatches(deliveries, AT_ONCE)) {
    // In a transaction, which runs again where it gave way to a sender.
    written += await inTransaction(database, (inner) => planSome(inner, editionId, some));
  }
  return written;
}

async function planSome(
  { db, dialect, rules }: LedgerDatabase,
  editionId: number,
  deliveries: readonly PlannedDelivery[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into deliveries (edition_id, subscriber_id, selection_id, first_cadence, language, state,
      unclaimed_state, due_at, next_at, expires_at)
    select ${editionId}, v.subscriber_id, v.selection_id, v.first, v.language, 'planned', 'planned', v.due_at,
      v.due_at, v.due_at + ${rules.expiresAfter}
    from (
      select cast(value ->> 'subscriberId' as bigint) as subscriber_id,
        cast(value ->> 'selectionId' as bigint) as selection_id,
        value ->> 'first' as first, value ->> 'language' as language,
        cast(value ->> 'dueAt' as bigint) as due_at
      from ${dialect.jsonEach(deliveries)}) as v
    where true
    on conflict (edition_id, subscriber_id) do update set
      state = 'planned', unclaimed_state = 'planned', selection_id = excluded.selection_id,
      first_cadence = excluded.first_cadence, language = excluded.language, due_at = excluded.due_at,
      next_at = excluded.next_at, expires_at = excluded.expires_at, attempts = 0,
      lost_replies = 0, lost_connections = 0, ended_at = null, reply = null
    where (deliveries.state = 'skipped' and deliveries.reply in ${PLANNED_ANEW})
      -- Whoever comes back gets it at once, though it still waits for the hour they had.
      or (deliveries.state = 'planned' and excluded.first_cadence is not null
        and (deliveries.first_cadence is null or deliveries.due_at > excluded.due_at))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

type AgainAudience = Pick<Audience, 'editionId' | 'sharing' | 'defaultLanguage'>;

/** Plans once more what was refused in an edition, so many at once, where the reader may be mailed. */
async function planAgain(database: LedgerDatabase, audience: AgainAudience): Promise<number> {
  let planned = 0;
  // By key, each once: what is refused again meanwhile stays so.
  for (let after = 0; ; ) {
    const ids = await planSomeAgain(database, audience, after);
    if (ids.length === 0) return planned;
    planned += ids.length;
    after = ids.reduce((last, id) => Math.max(last, id), after);
  }
}

/** @returns the ids of the subscribers; none when there are no more. */
function planSomeAgain(
  database: LedgerDatabase,
  { editionId, sharing, defaultLanguage }: AgainAudience,
  after: number,
): Promise<number[]> {
  const { now, rules } = database;
  return inTransaction(database, async (inner) => {
    // What somebody has had of other editions must not change meanwhile.
    await lockPlanning(inner);
    // The last reply stays, and tells why it is planned again. It goes out as a new mail: nobody has
    // the one that was refused.
    const { rows } = await sql<{ subscriber_id: number }>`
      with refused as materialized (
        select m.id from deliveries as m join subscribers as s on s.id = m.subscriber_id
        where m.edition_id = ${editionId} and m.subscriber_id > ${after} and m.state = 'refused'
          and s.state = 'active' and ${NOT_SUPPRESSED} and ${hasNoDelivery(sharing, SENT)}
        order by m.subscriber_id limit ${AT_ONCE})
      update deliveries set state = 'planned', unclaimed_state = 'planned', due_at = ${now()},
        next_at = ${now()}, expires_at = ${now()} + ${rules.expiresAfter}, attempts = 0,
        lost_replies = 0, lost_connections = 0, worker = null, lease_until = null,
        ended_at = null, set_aside = null, route = null, dated_at = null,
        language = (
          select coalesce(s.language, ${defaultLanguage}) from subscribers as s
          where s.id = deliveries.subscriber_id)
      where id in (select refused.id from refused) and state = 'refused'
      returning subscriber_id`.execute(inner.db);
    return rows.map(({ subscriber_id }) => subscriber_id);
  });
}

async function makeDueNow(
  { db, now, dialect, rules }: LedgerDatabase,
  editionId: number,
): Promise<void> {
  // By key, each once: what a sender defers meanwhile keeps its wait.
  for (let after = 0; ; ) {
    const { rows } = await sql<{ subscriber_id: number }>`
      with waiting as materialized (
        select m.id from deliveries as m
        where m.edition_id = ${editionId} and m.subscriber_id > ${after}
          and m.ended_at is null and m.next_at > ${now()} and m.state in ('planned', 'deferred')
        order by m.subscriber_id limit ${AT_ONCE} ${dialect.skipLocked})
      update deliveries set due_at = case state when 'planned' then ${now()} else due_at end,
        expires_at = case state
          when 'planned' then ${now()} + ${rules.expiresAfter} else expires_at end,
        next_at = ${now()}
      where id in (select waiting.id from waiting)
      returning subscriber_id`.execute(db);
    if (rows.length === 0) return;
    after = rows.reduce((last, row) => Math.max(last, row.subscriber_id), after);
  }
}
