import { type RawBuilder, sql } from 'kysely';
import { type ClaimedDelivery, type DeliveryCounts, NO_DELIVERIES } from '../delivery/delivery.js';
import type {
  DeliveryView,
  DeliveryViews,
  KeptRow,
  ReaderDelivery,
} from '../delivery/delivery-view.js';
import type { Deliveries, Ledger } from '../delivery/ledger.js';
import type { DomainGroup } from '../delivery/rates/domain-groups.js';
import { ALL_ROUTES } from '../delivery/sending/holds.js';
import { idsIn } from './batch.js';
import { type Database, inTransaction, type LedgerDatabase } from './database.js';
import { outbox } from './outbox.js';
import type { HeldTime, OutboxTable } from './outbox-table.js';
import { planning } from './planning.js';
import { forgetReasons } from './reasons.js';
import { claimSetAside, DOMAIN, type SetAsideScope, setAsideQueue } from './set-aside.js';

export function deliveryLedger(database: LedgerDatabase): Ledger {
  return {
    ...deliveryOutbox(database),
    ...planning(database),
    ...deliveryViews(database),
    ofEdition: (editionId) => deliveryOutbox(database, editionId),
    counts: (editionId) => counts(database, editionId),
    forgetReasons: (plannedBefore, limit) => forgetReasons(database, plannedBefore, limit),
    open: (editionId, but) => countOpen(database, editionId, but),
  };
}

function deliveryOutbox(database: LedgerDatabase, editionId?: number): Deliveries {
  const scope = toScope(editionId);
  const table: OutboxTable = {
    name: 'deliveries',
    eligible: sql`s.state = 'active'`,
    scope: scope.main,
    heldTime: deliveryHeldTime,
    expiry: {
      indexed: sql`(m.set_aside is not null or m.next_at <> m.due_at)`,
      inOrder: sql`m.set_aside is null`,
    },
  };
  const claiming = (claim: (inner: LedgerDatabase) => Promise<number[]>) =>
    inTransaction(database, async (inner) => {
      const ids = await claim(inner);
      return ids.length === 0 ? [] : readClaimed(inner, ids);
    });
  return {
    ...outbox(database, table),
    ...setAsideQueue(database, scope),
    claim: (worker, limit) => claiming((inner) => outbox(inner, table).claim(worker, limit)),
    claimSetAside: (worker, wanted) =>
      claiming((inner) => claimSetAside(inner, scope, worker, wanted)),
  };
}

function toScope(editionId: number | undefined): SetAsideScope {
  if (editionId === undefined) return { all: sql`1 = 1`, main: sql`m.set_aside is null` };
  return {
    all: sql`m.edition_id = ${editionId}`,
    // The sign keeps both databases from reading all of the edition to sort it.
    main: sql`m.set_aside is null and +m.edition_id = ${editionId}`,
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
      's.links',
      'm.signed_by as signedBy',
      'm.attempts',
      'm.lost_connections as lostConnections',
      sql<string | null>`case m.unclaimed_state when 'uncertain' then m.route end`.as('boundTo'),
      'm.due_at as dueAt',
      sql<number>`m.dated_at`.as('datedAt'),
      'm.expires_at as expiresAt',
      'm.edition_id as editionId',
      'm.selection_id as selectionId',
      'm.first_cadence as first',
      'm.language',
    ])
    .where(sql<boolean>`m.id in ${idsIn(dialect, ids)}`)
    .orderBy('m.next_at')
    .orderBy('m.id')
    .execute();
}

async function counts({ db }: Database, editionId: number): Promise<DeliveryCounts> {
  const { rows } = await sql<{ state: keyof DeliveryCounts; count: number }>`
    select case when state in ('claimed', 'sending') then 'planned' else state end as state,
      count(*) as count
    from deliveries where edition_id = ${editionId} group by 1`.execute(db);
  const found = { ...NO_DELIVERIES };
  for (const row of rows) found[row.state] = Number(row.count);
  return found;
}

async function countOpen(
  { db, now, dialect }: Database,
  editionId: number,
  but: readonly string[] = [],
): Promise<number> {
  const isOpen = sql`ended_at is null and (
    state in ('claimed', 'sending', 'deferred', 'uncertain')
    or (state = 'planned' and due_at <= ${now()}))`;
  const left = dialect.jsonEach(but.map((domain) => ({ domain })));
  const isMeant =
    but.length === 0 ? sql`1 = 1` : sql`set_aside not in (select value ->> 'domain' from ${left})`;
  // By the index of each queue, which hold little once most have ended.
  const { rows } = await sql<{ main: number; aside: number }>`
    select (
      select count(*) from deliveries
      where set_aside is null and +edition_id = ${editionId} and ${isOpen}) as main, (
      select count(*) from deliveries
      where set_aside is not null and edition_id = ${editionId} and ${isOpen}
        and ${isMeant}) as aside`.execute(db);
  return Number(rows[0]?.main ?? 0) + Number(rows[0]?.aside ?? 0);
}

const COLUMNS = sql`e.date, e.kind, m.state, m.due_at as "dueAt", m.ended_at as "endedAt", m.attempts,
  m.route, m.reply`;

/** The part of the ledger that tells what is in it. */
function deliveryViews({ db }: Database): DeliveryViews {
  return {
    async deliveriesOfEdition({ editionId, states, domain, after, limit }) {
      const inStates = states ? sql`m.state in (${sql.join(states)})` : sql`1 = 1`;
      // Domains have no letters that LIKE reads as signs.
      const atDomain = domain === undefined ? sql`1 = 1` : sql`s.email_key like ${`%@${domain}`}`;
      const { rows } = await sql<ReaderDelivery>`
        select ${COLUMNS}, m.subscriber_id as "subscriberId", s.email
        from deliveries as m
        join editions as e on e.id = m.edition_id
        join subscribers as s on s.id = m.subscriber_id
        where m.edition_id = ${editionId} and m.subscriber_id > ${after}
          and ${inStates} and ${atDomain}
        order by m.subscriber_id limit ${limit}`.execute(db);
      return rows;
    },

    async loadKeptMails(subscriberId) {
      const deliveries = await sql<KeptRow & { papers: string; reasons: string | null }>`
        select e.date, e.kind as edition, m.*, x.papers, x.reasons
        from deliveries as m join editions as e on e.id = m.edition_id
        join selections as x on x.id = m.selection_id
        where m.subscriber_id = ${subscriberId} order by m.id`.execute(db);
      const notices = await sql<KeptRow>`
        select * from notices where subscriber_id = ${subscriberId} order by id`.execute(db);
      const reports = await sql<KeptRow>`
        select * from reports where subscriber_id = ${subscriberId} order by id`.execute(db);
      return {
        deliveries: deliveries.rows.map(({ papers, reasons, ...row }) => ({
          ...row,
          papers: JSON.parse(papers) as unknown,
          reasons: reasons === null ? [] : (JSON.parse(reasons) as unknown),
        })),
        notices: notices.rows,
        reports: reports.rows,
      };
    },

    async loadDeliveries(subscriberId, limit) {
      const { rows } = await sql<DeliveryView>`
        select ${COLUMNS}
        from deliveries as m join editions as e on e.id = m.edition_id
        where m.subscriber_id = ${subscriberId}
        order by e.date desc, m.id desc limit ${limit}`.execute(db);
      return rows;
    },
  };
}

const groupSql = new WeakMap<readonly DomainGroup[], RawBuilder<string>>();

/** The group of a `domain` in SQL, made once: it stands in statements that are made for each claim. */
function toGroupSql(groups: readonly DomainGroup[]): RawBuilder<string> {
  const known = groupSql.get(groups);
  if (known) return known;
  const cases = groups.map(({ name, patterns }) => {
    const isOne = patterns.map((pattern) => `domain like '${pattern}'`).join(' or ');
    return `when ${isOne} then '${name}'`;
  });
  const made = sql.raw<string>(`case ${cases.join(' ')} else domain end`);
  groupSql.set(groups, made);
  return made;
}

/** Rule 6: held time does not count towards the day, within three days of when it was due. */
function deliveryHeldTime({ now, rules }: LedgerDatabase): HeldTime {
  const { expiresAfter, heldAtMost, domainGroups } = rules;
  const group = toGroupSql(domainGroups);
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
          select ${DOMAIN} from subscribers as s where s.id = m.subscriber_id)
        or (route = ${ALL_ROUTES} and domain = (select ${group} from (
          select ${DOMAIN} as domain from subscribers as s where s.id = m.subscriber_id) as y))) as h
      where h.until > h.since) as x
    where x.before is null or x.until > x.before), 0)`;
  const wasHeld = sql<boolean>`(m.expires_at > m.due_at + ${expiresAfter})`;
  return {
    extended: sql<number>`(
      select m.due_at + case when y.held > ${heldAtMost - expiresAfter}
        then ${heldAtMost} else ${expiresAfter} + y.held end
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
          and (other.state in ('accepted', 'uncertain', 'bounced') or (other.ended_at is null and other.due_at <= ${now()}))))`,
  };
}
