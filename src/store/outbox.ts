import { type RawBuilder, sql } from 'kysely';
import type { Beginning, Begun, Step } from '../delivery/ledger.js';
import { LONGEST_WAIT } from '../delivery/sending/retry.js';
import { type Database, type DialectSql, inTransaction } from './database.js';
import { writeResults } from './delivery-results.js';

/** After a day without a sender all of an edition may be too late; others must write in between. */
const EXPIRED_AT_ONCE = 5_000;
/** Due mails that are looked through with each claim for such as are too late. */
const LOOKED_THROUGH = 50;

/** What tells one outbox from another. */
export interface OutboxTable {
  name: 'deliveries' | 'notices';
  /** Whether the subscriber `s` may get the mail `m`. */
  eligible: RawBuilder<boolean>;
  /** Which mails of the table are meant; all of them when left out. */
  scope?: RawBuilder<boolean>;
  /** Where held time does not count; asked for each statement, since it has the time in it. */
  heldTime?: () => HeldTime;
  /** Of a table where not all mails have an index by expiry, in two parts. */
  expiry?: {
    /** Mails `m` that have one. */
    indexed: RawBuilder<boolean>;
    /** Mails `m` of which the others expire in the order in which they are claimed. */
    inOrder: RawBuilder<boolean>;
  };
}

/** What follows for a mail `m` from the time for which it was held (rule 6). */
export interface HeldTime {
  /** Until when it may still go, though it is too late by now. */
  extended: RawBuilder<number>;
  /** Whether it has got time back. */
  wasHeld: RawBuilder<boolean>;
  /** Whether it has been overtaken by a newer one for the same reader. */
  superseded: RawBuilder<boolean>;
}

const NEVER = sql<boolean>`1 = 0`;
const NOT_HELD: HeldTime = {
  extended: sql<number>`m.expires_at`,
  wasHeld: NEVER,
  superseded: NEVER,
};

/** The part of the two outboxes that is the same: moving a mail from state to state. */
export function outbox(
  database: Database,
  { name, eligible, expiry, heldTime = () => NOT_HELD, scope = sql`1 = 1` }: OutboxTable,
) {
  const { db, now, dialect } = database;
  const table = sql.table(name);
  const held = (worker: string) => sql<boolean>`m.worker = ${worker}`;
  const lateness = (): Lateness => ({ table, ...heldTime() });

  return {
    /** Takes due mails; returns their ids. Call it in a transaction together with reading them. */
    async claim(worker: string, limit: number): Promise<number[]> {
      await expireLeases(database, table);
      await expireMails(database, lateness(), expiry?.indexed ?? sql`1 = 1`);
      if (expiry) await expireFirst(database, lateness(), expiry.inOrder);
      const ready = sql`m.next_at <= ${now()} and m.expires_at > ${now()} and ${scope}`;
      // Half of a claim may be such as were tried before: they must not wait for a million new ones.
      // Materialized, here and below: else PostgreSQL may ask, and lock, anew for each row.
      const { rows } = await sql<{ id: number }>`
        with tried as materialized (
          select m.id from ${table} as m
          where m.ended_at is null and m.state in ('deferred', 'uncertain') and ${ready}
          order by m.next_at, m.id
          limit ${Math.ceil(limit / 2)} ${dialect.skipLocked}),
        due as materialized (
          select m.id from ${table} as m
          where m.ended_at is null and ${ready}
            and m.state in ('planned', 'deferred', 'uncertain')
            and m.id not in (select tried.id from tried)
          order by m.next_at, m.id
          limit ${limit} - (select count(*) from tried) ${dialect.skipLocked})
        update ${table} as m
        set state = 'claimed', worker = ${worker}, lease_until = ${now()} + ${database.lease},
          dated_at = ${datedAt(database)}
        where m.id in (select tried.id from tried union all select due.id from due)
        returning id`.execute(db);
      return rows.map((row) => row.id).sort((a, b) => a - b);
    },

    async renew(worker: string): Promise<void> {
      // What is locked is being begun or ended; waiting could become waiting for each other.
      await sql`
        with mine as materialized (
          select m.id from ${table} as m
          where m.state in ('claimed', 'sending') and ${held(worker)}
            and m.lease_until > ${now()} ${dialect.skipLocked})
        update ${table} as m set lease_until = ${now()} + ${database.lease}
        where m.id in (select mine.id from mine)`.execute(db);
      await heedSetBack(database, table);
    },

    advance: (worker: string, step: Step): Promise<ReadonlyMap<number, Begun>> =>
      inTransaction(database, async (inner) => {
        await writeResults(inner, table, worker, step.results, heldTime().extended);
        return begin(inner, { ...lateness(), eligible }, worker, step.begin);
      }),

    async postpone(id: number, worker: string, delay: number): Promise<void> {
      await sql`
        update ${table} as m
        set state = m.unclaimed_state, worker = null, lease_until = null,
          next_at = ${now()} + ${delay}
        where m.id = ${id} and ${held(worker)} and m.state = 'claimed'`.execute(db);
    },

    async release(worker: string, ids: readonly number[]): Promise<void> {
      if (ids.length === 0) return;
      // In a transaction, which runs again where it gave way to planning. An uncertain mail keeps
      // the name of who had it: their reply may still come.
      await inTransaction(database, (inner) =>
        sql`
          update ${table} as m
          set state = m.unclaimed_state, lease_until = null,
            worker = case m.unclaimed_state when 'uncertain' then m.worker end
          where m.id in ${idsIn(dialect, ids)} and ${held(worker)} and m.state = 'claimed'`.execute(
          inner.db,
        ),
      );
    },

    async takeBack(ids: readonly number[]): Promise<void> {
      if (ids.length === 0) return;
      await inTransaction(database, (inner) =>
        sql`
          update ${table} as m
          set state = 'planned', unclaimed_state = 'planned', ended_at = null, worker = null,
            attempts = m.attempts - 1
          where m.id in ${idsIn(dialect, ids)} and m.state = 'refused'
            and m.expires_at > ${now()}`.execute(inner.db),
      );
    },
  };
}

/**
 * What a mail `m` that is being claimed has in its Date field: now, while nothing of it can have gone
 * out, and then the same in each repeat.
 */
export function datedAt({ now }: Pick<Database, 'now'>): RawBuilder<number> {
  return sql`case m.attempts when 0 then ${now()} else m.dated_at end`;
}

/** Many ids in one parameter: the statement stays the same, and so does its plan. */
export function idsIn({ jsonEach }: DialectSql, ids: readonly number[]): RawBuilder<unknown> {
  return sql`(select cast(value as bigint) from ${jsonEach(ids)})`;
}

interface Beginnings extends Lateness {
  eligible: RawBuilder<boolean>;
}

async function begin(
  { db, now, dialect }: Database,
  beginning: Beginnings,
  worker: string,
  beginnings: readonly Beginning[],
): Promise<ReadonlyMap<number, Begun>> {
  const begun = new Map<number, Begun>(beginnings.map(({ id }) => [id, 'lost']));
  if (beginnings.length === 0) return begun;
  const { table, eligible, superseded } = beginning;
  const notSuppressed = sql`not exists (
    select 1 from suppressions x where x.email_key = s.email_key)`;
  const mayBeMailed = sql`exists (
    select 1 from subscribers s
    where s.id = m.subscriber_id and ${eligible} and ${notSuppressed})`;
  const mine = sql`m.worker = ${worker} and m.lease_until > ${now()}`;
  const wanted = beginnings.map(({ id, route, again }) => ({ id, route, again: again ? 1 : 0 }));

  const sending = await sql<{ id: number }>`
    update ${table} as m
    set state = 'sending', route = w.route,
      attempts = m.attempts + case m.state when 'claimed' then 1 else 0 end
    from (
      select cast(value ->> 'id' as bigint) as wanted_id, value ->> 'route' as route,
        cast(value ->> 'again' as bigint) as again
      from ${dialect.jsonEach(wanted)}) as w
    where m.id = w.wanted_id and ${mine}
      and (m.state = 'claimed' or (m.state = 'sending' and w.again = 1))
      and ${mayBeMailed} and not ${superseded} and m.expires_at > ${now()}
    returning id`.execute(db);
  for (const { id } of sending.rows) begun.set(id, 'sending');
  const rest = [...begun].filter(([, how]) => how === 'lost').map(([id]) => id);
  if (rest.length === 0) return begun;

  const left = sql`m.id in ${idsIn(dialect, rest)} and ${mine} and m.state in ('claimed', 'sending')`;
  // What may have arrived already stays uncertain; what never went out is skipped.
  const skipped = await sql<{ id: number }>`
    update ${table} as m
    set state = case m.unclaimed_state when 'uncertain' then 'uncertain' else 'skipped' end,
      lease_until = null, ended_at = ${now()},
      reply = case when ${mayBeMailed} then 'a newer edition waited' else coalesce((
        select case when ${notSuppressed} then s.state else 'suppressed' end
        from subscribers s where s.id = m.subscriber_id), 'gone') end
    where ${left} and (not ${mayBeMailed} or ${superseded}) returning id`.execute(db);
  // It may have been claimed long ago, before the server was away.
  const late = await sql<{ id: number }>`
    update ${table} as m
    set lease_until = null, ${tooLate(sql`m.unclaimed_state`, beginning, now())}
    where ${left} and m.expires_at <= ${now()} returning id`.execute(db);
  for (const { id } of [...skipped.rows, ...late.rows]) begun.set(id, 'ineligible');
  return begun;
}

/** Rule 3: a lease that ran out frees a claim, and leaves a begun sending uncertain. */
async function expireLeases(
  { db, now, dialect }: Database,
  table: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    with lapsed as materialized (
      select m.id from ${table} as m
      where m.state in ('claimed', 'sending') and m.lease_until <= ${now()} ${dialect.skipLocked})
    update ${table} as m
    set state = case state when 'sending' then 'uncertain' else unclaimed_state end,
      unclaimed_state = case state when 'sending' then 'uncertain' else unclaimed_state end,
      reply = case state when 'sending' then 'the sender stopped before the reply' else reply end,
      next_at = case state when 'sending' then ${now()} else next_at end,
      lease_until = null
    where m.id in (select lapsed.id from lapsed)`.execute(db);
}

/**
 * A lease that runs for longer than one can, or a wait for the next try that does, is from before the
 * store's clock was set back: it must not last until the clock is there again.
 */
async function heedSetBack(
  { db, now, dialect, lease }: Database,
  table: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    with held as materialized (
      select m.id from ${table} as m
      where m.lease_until > ${now()} + ${lease} ${dialect.skipLocked})
    update ${table} as m set lease_until = ${now()} + ${lease}
    where m.id in (select held.id from held)`.execute(db);
  await sql`
    with waiting as materialized (
      select m.id from ${table} as m
      where m.ended_at is null and m.state in ('deferred', 'uncertain')
        and m.next_at > ${now()} + ${LONGEST_WAIT} ${dialect.skipLocked})
    update ${table} as m set next_at = ${now()}
    where m.id in (select waiting.id from waiting)`.execute(db);
}

/** What decides when mails are too late. */
interface Lateness extends HeldTime {
  table: RawBuilder<unknown>;
}

/**
 * What becomes of a mail `m` of that state whose time is over (rule 6): it gets the time that it
 * was held, or it ends.
 */
function tooLate(
  state: RawBuilder<unknown>,
  { extended, wasHeld: gotTime }: HeldTime,
  now: RawBuilder<number>,
): RawBuilder<unknown> {
  // What nobody looked at meanwhile has got no time back yet.
  const wasHeld = sql`(${gotTime} or ${extended} > m.expires_at)`;
  const goesOn = sql`${extended} > ${now}`;
  return sql`
    expires_at = case when ${goesOn} then ${extended} else m.expires_at end,
    state = case when ${goesOn} then ${state} else case ${state}
      when 'planned' then 'skipped'
      when 'deferred' then case when ${wasHeld} then 'skipped' else 'refused' end
      else ${state} end end,
    reply = case when ${goesOn} or ${state} = 'uncertain' then m.reply
      when ${wasHeld} then 'held too long'
      when ${state} = 'planned' then 'too late' else m.reply end,
    ended_at = case when ${goesOn} then null else ${now} end`;
}

/**
 * Rule 6: what could not be sent in time ends; a copy that may have arrived stays uncertain.
 * @param among which mails `m` are looked at
 * @returns how many were too late
 */
async function expireMails(
  { db, now, dialect }: Database,
  late: Lateness,
  among: RawBuilder<unknown>,
): Promise<number> {
  const { numAffectedRows } = await sql`
    with late as materialized (
      select m.id, ${late.extended} as extended from ${late.table} as m
      where m.ended_at is null and m.expires_at <= ${now()}
        and m.state in ('planned', 'deferred', 'uncertain') and ${among}
      limit ${EXPIRED_AT_ONCE} ${dialect.skipLocked})
    update ${late.table} as m
    set ${tooLate(sql`m.state`, { ...late, extended: sql`late.extended` }, now())}
    from late where m.id = late.id`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Looks for what is too late where it stands first, and further where all of that is. */
async function expireFirst(
  database: Database,
  late: Lateness,
  inOrder: RawBuilder<boolean>,
): Promise<void> {
  const among = (count: number) => sql`m.id in (select first.id from (
    select m.id from ${late.table} as m
    where m.ended_at is null and m.next_at <= ${database.now()} and ${inOrder}
      and m.state in ('planned', 'deferred', 'uncertain')
    order by m.next_at, m.id limit ${count}) as first)`;
  const found = await expireMails(database, late, among(LOOKED_THROUGH));
  if (found === LOOKED_THROUGH) await expireMails(database, late, among(EXPIRED_AT_ONCE));
}
