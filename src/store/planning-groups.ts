import { type RawBuilder, sql } from 'kysely';
import type {
  Audience,
  DeliveryPreferences,
  IdRange,
  PlannedGroup,
  PlanningLedger,
  PlanningView,
  PreferenceGroups,
} from '../delivery/planning/planning-ledger.js';
import type { Interests } from '../subscribers/preferences.js';
import { inTransaction, type LedgerDatabase } from './database.js';
import {
  hasNoDelivery,
  lockPlanning,
  NOT_SUPPRESSED,
  PLANNED,
  PLANNED_ANEW,
  SENT,
  WANTS_DAILY,
  WANTS_WEEKLY,
} from './planning-conditions.js';
import { isForgotten } from './selections.js';

/** What makes two groups of subscribers `s` the same; the columns of `DeliveryPreferences`. */
const PLAIN_KEY = sql<string>`coalesce(s.timezone, '') || ' ' || coalesce(cast(s.hour as text), '')
  || ' ' || s.frequency || ' ' || s.weekday || ' ' || cast(s.length as text)`;

/** The interests of subscribers `s` as JSON; nothing for who has none, as most. */
const INTERESTS_TEXT = sql<string>`case
  when s.topics = '[]' and s.keywords = '[]' and s.authors = '[]' and s.organisations = '[]' then ''
  else '[' || s.topics || ',' || s.keywords || ',' || s.authors || ',' || s.organisations || ']' end`;

/** Whom an edition is for, and planning many of them at once. */
export function planningGroups(
  database: LedgerDatabase,
): Pick<PlanningLedger, 'groups' | 'planGroups' | 'unplanned'> {
  return {
    groups: (page) => loadGroups(database, page),
    planGroups: (audience, range, groups, activeBy) =>
      planGroups(database, audience, range, groups, activeBy),
    unplanned: (audience, page) => loadUnplanned(database, audience, page),
  };
}

async function loadGroups(
  { db }: LedgerDatabase,
  { weekly, after, limit }: { weekly: boolean; after: number; limit: number },
): Promise<PreferenceGroups | null> {
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
}

async function planGroups(
  database: LedgerDatabase,
  audience: Audience,
  { after, upTo }: IdRange,
  groups: readonly PlannedGroup[],
  activeBy: number,
): Promise<number> {
  if (groups.length === 0) return 0;
  const { editionId, sharing, defaultLanguage } = audience;
  const rows = groups.map(({ key, selectionId, dueAt }) => [key, selectionId, dueAt]);
  const withinRange = deliveriesWithin({ after, upTo });
  return inTransaction(database, async (inner) => {
    await lockPlanning(inner);
    // Materialized: SQLite makes an index of it then, and would search the JSON for each row else.
    const { numAffectedRows } = await sql`
      with w as materialized (
        select value ->> 0 as key, cast(value ->> 1 as bigint) as selection_id,
          cast(value ->> 2 as bigint) as due_at
        from ${inner.dialect.jsonEach(rows)}
        where not ${isForgotten(sql`cast(value ->> 1 as bigint)`)})
      insert into deliveries (edition_id, subscriber_id, selection_id, language, state,
        unclaimed_state, due_at, next_at, expires_at)
      select ${editionId}, s.id, w.selection_id, coalesce(s.language, ${defaultLanguage}), 'planned', 'planned', w.due_at, w.due_at,
        w.due_at + ${inner.rules.expiresAfter}
      from subscribers s join w on w.key = ${PLAIN_KEY} || ${INTERESTS_TEXT}
      where s.id > ${after} and s.id <= ${upTo} and s.state = 'active'
        and s.active_since <= ${activeBy}
        and not exists (
          select 1 from deliveries d where d.edition_id = ${editionId} and d.subscriber_id = s.id
            and ${withinRange})
        and ${NOT_SUPPRESSED} and ${meantFor(audience, withinRange)}
        and ${hasNoDelivery(sharing, sql`${SENT} and ${withinRange}`)}
      order by s.id
      on conflict (edition_id, subscriber_id) do nothing`.execute(inner.db);
    return Number(numAffectedRows ?? 0n);
  });
}

async function loadUnplanned(
  { db }: LedgerDatabase,
  audience: Audience,
  { after, upTo, limit }: IdRange & { limit: number },
): Promise<PlanningView[]> {
  const withinRange = deliveriesWithin({ after, upTo });
  const { rows } = await sql<GroupRow & Pick<PlanningView, 'id' | 'language' | 'activeSince'>>`
    select s.id, s.language, s.timezone, s.hour, s.frequency, s.weekday, s.length,
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

type GroupRow = Omit<DeliveryPreferences, keyof Interests> & { interests: string };

function withInterests<Row extends GroupRow>({ interests, ...row }: Row) {
  return { ...row, ...(interests === '' ? NO_INTERESTS : parseInterests(interests)) };
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

function parseInterests(json: string): Interests {
  const [topics = [], keywords = [], authors = [], organisations = []] = JSON.parse(
    json,
  ) as string[][];
  return { topics, keywords, authors, organisations };
}
