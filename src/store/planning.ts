import { type RawBuilder, sql } from 'kysely';
import { EXPIRES_AFTER } from '../delivery/delivery.js';
import type {
  Audience,
  DeliveryPreferences,
  IdRange,
  PlannedDelivery,
  PlanningLedger,
  PlanningView,
} from '../delivery/planning/planning-ledger.js';
import type { Interests } from '../subscribers/preferences.js';
import { toBatches } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { idsIn } from './outbox.js';
import { knownAs } from './same-papers.js';
import { isForgotten, loadSelectionPapers, selection, selectionIds } from './selections.js';

/** Rows that one statement changes at most: others who write must not wait for long. */
export const AT_ONCE = 5_000;

/** Reasons for which a skipped delivery is planned anew: the reader is back, or it is sent again. */
const PLANNED_ANEW = sql`('pending', 'paused', 'unsubscribed', 'too late', 'held too long')`;

/** What makes two groups of subscribers `s` the same; the columns of `DeliveryPreferences`. */
const PLAIN_KEY = sql<string>`coalesce(s.timezone, '') || ' ' || coalesce(cast(s.hour as text), '')
  || ' ' || s.frequency || ' ' || s.weekday || ' ' || cast(s.length as text)`;

/** The interests of subscribers `s` as JSON; nothing for who has none, as most. */
const INTERESTS_TEXT = sql<string>`case
  when s.topics = '[]' and s.keywords = '[]' and s.authors = '[]' and s.organisations = '[]' then ''
  else '[' || s.topics || ',' || s.keywords || ',' || s.authors || ',' || s.organisations || ']' end`;

/** In the statement itself and no parameter, so that the index of weekly readers can be used. */
const WANTS_WEEKLY = sql<boolean>`s.frequency = 'weekly'`;
const WANTS_DAILY = sql<boolean>`s.frequency <> 'weekly'`;

/** The deliveries `d` that were or will be sent, and those that at least were to be. */
export const SENT = sql<boolean>`d.state not in ('skipped', 'refused')`;
const PLANNED = sql<boolean>`d.state <> 'skipped'`;

export const NOT_SUPPRESSED = sql<boolean>`not exists (
  select 1 from suppressions x where x.email_key = s.email_key)`;

/** The part of the ledger that writes deliveries down. */
export function planning(database: Database): Omit<PlanningLedger, 'planAgain'> {
  const { db, now, dialect } = database;
  return {
    selectionIds: (editionId, selections) => selectionIds(database, editionId, selections),
    selection: (id) => selection(database, id),

    loadPapers: (ids) => loadSelectionPapers(database, ids),
    alsoKnownAs: (paperIds) => knownAs(database, paperIds),

    async groups({ weekly, after, limit }) {
      const { rows } = await sql<{ key: string; readers: number; up_to: number }>`
        select key, count(*) as readers, max(id) as up_to
        from (
          select ${PLAIN_KEY} || ${INTERESTS_TEXT} as key, s.id from subscribers as s
          where s.id > ${after} and s.state = 'active' and ${weekly ? WANTS_WEEKLY : WANTS_DAILY}
          order by s.id limit ${limit}) as s
        group by key`.execute(db);
      if (rows.length === 0) return null;
      let [upTo, readers] = [after, 0];
      for (const row of rows) {
        upTo = Math.max(upTo, row.up_to);
        readers += row.readers;
      }
      return {
        upTo,
        readers,
        groups: rows.map(({ key }) => ({ key, read: () => toPreferences(key) })),
      };
    },

    async planGroups(audience, { after, upTo }, groups, activeBy) {
      if (groups.length === 0) return 0;
      const { editionId, sharing } = audience;
      const rows = groups.map(({ key, selectionId, dueAt }) => [key, selectionId, dueAt]);
      const withinRange = deliveriesWithin({ after, upTo });
      // Materialized: SQLite makes an index of it then, and would search the JSON for each row else.
      const insert = sql`
        with w as materialized (
          select value ->> 0 as key, cast(value ->> 1 as bigint) as selection_id,
            cast(value ->> 2 as bigint) as due_at
          from ${dialect.jsonEach(rows)}
          where not ${isForgotten(sql`cast(value ->> 1 as bigint)`)})
        insert into deliveries (edition_id, subscriber_id, selection_id, state,
          unclaimed_state, due_at, next_at, expires_at)
        select ${editionId}, s.id, w.selection_id, 'planned', 'planned', w.due_at, w.due_at,
          w.due_at + ${EXPIRES_AFTER}
        from subscribers s join w on w.key = ${PLAIN_KEY} || ${INTERESTS_TEXT}
        where s.id > ${after} and s.id <= ${upTo} and s.state = 'active'
          and s.active_since <= ${activeBy}
          and not exists (
            select 1 from deliveries d where d.edition_id = ${editionId} and d.subscriber_id = s.id
              and ${withinRange})
          and ${NOT_SUPPRESSED} and ${meantFor(audience, withinRange)}
          and ${hasNoDelivery(sharing, sql`${SENT} and ${withinRange}`)}
        order by s.id
        on conflict (edition_id, subscriber_id) do nothing`;
      return inTransaction(database, async (inner) => {
        await lockPlanning(inner);
        const { numAffectedRows } = await insert.execute(inner.db);
        return Number(numAffectedRows ?? 0n);
      });
    },

    async unplanned(audience, { after, upTo, limit }) {
      const withinRange = deliveriesWithin({ after, upTo });
      const { rows } = await sql<GroupRow & Pick<PlanningView, 'id' | 'activeSince'>>`
        select s.id, s.timezone, s.hour, s.frequency, s.weekday, s.length,
          ${INTERESTS_TEXT} as interests, s.active_since as "activeSince"
        from subscribers s
        where s.id > ${after} and s.id <= ${upTo} and s.state = 'active'
          and not exists (
            select 1 from deliveries d
            where d.edition_id = ${audience.editionId} and d.subscriber_id = s.id
              and ${withinRange} and (d.state <> 'skipped' or d.reply not in ${PLANNED_ANEW}))
          and ${NOT_SUPPRESSED} and ${meantFor(audience, withinRange)}
        order by s.id limit ${limit}`.execute(db);
      return rows.map(withInterests);
    },

    lockPlanning: () => lockPlanning(database),

    async loadSelections(editionIds, subscriberIds) {
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
    },

    async plan(editionId, deliveries) {
      let written = 0;
      for (const some of toBatches(deliveries, AT_ONCE)) {
        // In a transaction, which runs again where it gave way to a sender.
        written += await inTransaction(database, (inner) => write(inner, editionId, some));
      }
      return written;
    },

    async makeDueNow(editionId) {
      // By key, each once: what a sender defers meanwhile keeps its wait.
      for (let after = 0; ; ) {
        const { rows } = await sql<{ subscriber_id: number }>`
          with waiting as materialized (
            select m.id from deliveries as m
            where m.edition_id = ${editionId} and m.subscriber_id > ${after}
              and m.ended_at is null and m.next_at > ${now()} and m.state in ('planned', 'deferred')
            order by m.subscriber_id limit ${AT_ONCE} ${dialect.skipLocked})
          update deliveries set due_at = case state when 'planned' then ${now()} else due_at end,
            expires_at = case state when 'planned' then ${now()} + ${EXPIRES_AFTER} else expires_at end,
            next_at = ${now()}
          where id in (select waiting.id from waiting)
          returning subscriber_id`.execute(db);
        if (rows.length === 0) return;
        after = rows.reduce((last, row) => Math.max(last, row.subscriber_id), after);
      }
    },
  };
}

type GroupRow = Omit<DeliveryPreferences, keyof Interests> & { interests: string };

function withInterests<Row extends GroupRow>({ interests, ...row }: Row) {
  return { ...row, ...(interests === '' ? NO_INTERESTS : readInterests(interests)) };
}

/** What `PLAIN_KEY` and `INTERESTS_TEXT` were made of. */
function toPreferences(key: string): DeliveryPreferences {
  const [, timezone = '', hour = '', frequency, weekday, length, interests = ''] =
    /^(\S*) (\d*) (\S+) (\S+) (\d+)(.*)$/s.exec(key) ?? [];
  return withInterests({
    timezone: timezone === '' ? null : timezone,
    hour: hour === '' ? null : Number(hour),
    frequency: frequency as DeliveryPreferences['frequency'],
    weekday: weekday as DeliveryPreferences['weekday'],
    length: Number(length),
    interests,
  });
}

const NO_INTERESTS: Interests = { topics: [], keywords: [], authors: [], organisations: [] };

function readInterests(json: string): Interests {
  const [topics = [], keywords = [], authors = [], organisations = []] = JSON.parse(
    json,
  ) as string[][];
  return { topics, keywords, authors, organisations };
}

/**
 * Says of deliveries `d` once more what follows from `d.subscriber_id = s.id`: PostgreSQL merges the
 * two in the order of their ids, and does not see where among the deliveries the range begins.
 */
function deliveriesWithin({ after, upTo }: IdRange): RawBuilder<boolean> {
  return sql`d.subscriber_id > ${after} and d.subscriber_id <= ${upTo}`;
}

/** Whether the edition is for the subscriber `s`. */
function meantFor(
  { weekly, insteadOf }: Audience,
  withinRange: RawBuilder<boolean>,
): RawBuilder<boolean> {
  if (!weekly) return WANTS_DAILY;
  return sql`${WANTS_WEEKLY} and ${hasNoDelivery(insteadOf, sql`${PLANNED} and ${withinRange}`)}`;
}

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

async function write(
  { db, dialect }: Database,
  editionId: number,
  deliveries: readonly PlannedDelivery[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into deliveries (edition_id, subscriber_id, selection_id, first_cadence, state,
      unclaimed_state, due_at, next_at, expires_at)
    select ${editionId}, v.subscriber_id, v.selection_id, v.first, 'planned', 'planned', v.due_at,
      v.due_at, v.due_at + ${EXPIRES_AFTER}
    from (
      select cast(value ->> 'subscriberId' as bigint) as subscriber_id,
        cast(value ->> 'selectionId' as bigint) as selection_id,
        value ->> 'first' as first,
        cast(value ->> 'dueAt' as bigint) as due_at
      from ${dialect.jsonEach(deliveries)}) as v
    where true
    on conflict (edition_id, subscriber_id) do update set
      state = 'planned', unclaimed_state = 'planned', selection_id = excluded.selection_id,
      first_cadence = excluded.first_cadence, due_at = excluded.due_at, next_at = excluded.next_at,
      expires_at = excluded.expires_at, attempts = 0, lost_replies = 0, lost_connections = 0,
      ended_at = null, reply = null
    where (deliveries.state = 'skipped' and deliveries.reply in ${PLANNED_ANEW})
      -- Whoever comes back gets it at once, though it still waits for the hour they had.
      or (deliveries.state = 'planned' and excluded.first_cadence is not null
        and (deliveries.first_cadence is null or deliveries.due_at > excluded.due_at))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
