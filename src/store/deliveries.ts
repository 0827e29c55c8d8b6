import { sql } from 'kysely';
import {
  type ClaimedDelivery,
  type DeliveryCounts,
  EXPIRES_AFTER,
  NO_DELIVERIES,
} from '../delivery/delivery.js';
import type { Deliveries, Ledger } from '../delivery/ledger.js';
import { HELD_AT_MOST } from '../delivery/sending/holds.js';
import { type Database, inTransaction } from './database.js';
import { deliveryViews } from './delivery-views.js';
import { type HeldTime, idsIn, outbox } from './outbox.js';
import { planning } from './planning.js';
import { planAgain } from './planning-again.js';
import { forgetReasons } from './reasons.js';
import { DOMAIN, setAsideQueue } from './set-aside.js';

export function deliveryLedger(database: Database): Ledger {
  const { db, now, dialect } = database;
  return {
    ...deliveryOutbox(database),
    ...planning(database),
    ...deliveryViews(database),
    planAgain: (audience) => planAgain(database, audience),
    ofEdition: (editionId) => deliveryOutbox(database, editionId),

    async counts(editionId) {
      const { rows } = await sql<{ state: keyof DeliveryCounts; count: number }>`
        select case when state in ('claimed', 'sending') then 'planned' else state end as state,
          count(*) as count
        from deliveries where edition_id = ${editionId} group by 1`.execute(db);
      const counts = { ...NO_DELIVERIES };
      for (const row of rows) counts[row.state] = Number(row.count);
      return counts;
    },

    forgetReasons: (plannedBefore, limit) => forgetReasons(database, plannedBefore, limit),

    async open(editionId, but = []) {
      const isOpen = sql`ended_at is null and (
        state in ('claimed', 'sending', 'deferred', 'uncertain')
        or (state = 'planned' and due_at <= ${now()}))`;
      const left = dialect.jsonEach(but.map((domain) => ({ domain })));
      const isMeant =
        but.length === 0
          ? sql`1 = 1`
          : sql`set_aside not in (select value ->> 'domain' from ${left})`;
      // By the index of each queue, which hold little once most have ended.
      const { rows } = await sql<{ main: number; aside: number }>`
        select (
          select count(*) from deliveries
          where set_aside is null and +edition_id = ${editionId} and ${isOpen}) as main, (
          select count(*) from deliveries
          where set_aside is not null and edition_id = ${editionId} and ${isOpen}
            and ${isMeant}) as aside`.execute(db);
      return Number(rows[0]?.main ?? 0) + Number(rows[0]?.aside ?? 0);
    },
  };
}

function deliveryOutbox(database: Database, editionId?: number): Deliveries {
  const scope =
    editionId === undefined ? sql<boolean>`1 = 1` : sql<boolean>`m.edition_id = ${editionId}`;
  // The sign keeps both databases from reading all of the edition to sort it.
  const mainScope = editionId === undefined ? scope : sql<boolean>`+m.edition_id = ${editionId}`;
  const main = sql<boolean>`m.set_aside is null and ${mainScope}`;
  const moves = (inner: Database) =>
    outbox(inner, {
      name: 'deliveries',
      eligible: sql`s.state = 'active'`,
      scope: main,
      heldTime: () => heldTimeIn(inner),
      expiry: {
        indexed: sql`(m.set_aside is not null or m.next_at <> m.due_at)`,
        inOrder: sql`m.set_aside is null`,
      },
    });
  const claiming = (claim: (inner: Database) => Promise<number[]>) =>
    inTransaction(database, async (inner) => {
      const ids = await claim(inner);
      return ids.length === 0 ? [] : readClaimed(inner, ids);
    });
  return {
    ...moves(database),
    ...setAsideQueue(database, scope, main),
    claim: (worker, limit) => claiming((inner) => moves(inner).claim(worker, limit)),
    claimSetAside: (worker, wanted) =>
      claiming((inner) => setAsideQueue(inner, scope, main).claimSetAside(worker, wanted)),
  };
}

/** Rule 6: held time does not count towards the day, within three days of when it was due. */
function heldTimeIn({ now }: Database): HeldTime {
  // Holds of several routes, or of one and a domain, overlap: each span counts from where those
  // before it have ended.
  const held = sql`coalesce((
    select sum(x.until - case when x.before > x.since then x.before else x.since end)
    from (
      select h.since, h.until, max(h.until) over (
        order by h.since, h.id rows between unbounded preceding and 1 preceding) as before
      from (
        select id, case when since > m.due_at then since else m.due_at end as since,
          coalesce(until, ${now()}) as until
        from holds where domain = '' or domain = (
          select ${DOMAIN} from subscribers as s where s.id = m.subscriber_id)) as h
      where h.until > h.since) as x
    where x.before is null or x.until > x.before), 0)`;
  const wasHeld = sql<boolean>`(m.expires_at > m.due_at + ${EXPIRES_AFTER})`;
  return {
    extended: sql<number>`(
      select m.due_at + case when y.held > ${HELD_AT_MOST - EXPIRES_AFTER}
        then ${HELD_AT_MOST} else ${EXPIRES_AFTER} + y.held end
      from (select ${held} as held) as y)`,
    wasHeld,
    // Of several editions that wait for one reader because they were held, the newest goes; those
    // before it are old news also once it has gone.
    superseded: sql<boolean>`(
      ${wasHeld} and m.unclaimed_state <> 'uncertain' and exists (
        select 1 from deliveries as other
        join editions as newer on newer.id = other.edition_id
        join editions as older on older.id = m.edition_id
        where other.subscriber_id = m.subscriber_id and newer.date > older.date
          and (other.state in ('accepted', 'uncertain') or (other.ended_at is null and other.due_at <= ${now()}))))`,
  };
}

function readClaimed({ db, dialect }: Database, ids: number[]): Promise<ClaimedDelivery[]> {
  return db
    .selectFrom('deliveries as m')
    .innerJoin('subscribers as s', 's.id', 'm.subscriber_id')
    .select([
      'm.id',
      'm.subscriber_id as subscriberId',
      's.email',
      'm.attempts',
      'm.lost_connections as lostConnections',
      sql<string | null>`case m.unclaimed_state when 'uncertain' then m.route end`.as('boundTo'),
      'm.due_at as dueAt',
      sql<number>`m.dated_at`.as('datedAt'),
      'm.expires_at as expiresAt',
      'm.edition_id as editionId',
      'm.selection_id as selectionId',
      'm.first_cadence as first',
    ])
    .where(sql<boolean>`m.id in ${idsIn(dialect, ids)}`)
    .orderBy('m.next_at')
    .orderBy('m.id')
    .execute();
}
