import { type RawBuilder, sql } from 'kysely';
import type { Retention, Walk } from '../delivery/retention.js';
import { idsIn } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { cleanFiles, eraseIn, noteErased } from './erase.js';
import { lockPlanning } from './planning-conditions.js';
import { forgetAddress } from './suppressions.js';

/** Forgets what is old. Where rows are looked for by id: ids grow with time, so the oldest come first. */
export function retentionStore(database: Database): Retention {
  const erase = async (
    states: readonly NotReading[],
    condition: RawBuilder<boolean>,
    limit: number,
    given?: Walk,
  ): Promise<number> => {
    const walk = given ?? { after: 0, isOver: false };
    for (;;) {
      const done = await inTransaction(database, (inner) =>
        eraseAll(inner, states, condition, { limit, walk }),
      );
      // Only now: a transaction may run again.
      Object.assign(walk, done.walk);
      if (given || done.erased > 0 || walk.isOver) return done.erased;
    }
  };
  const run = (work: (inner: Database) => Promise<number>) => inTransaction(database, work);
  return {
    forgetPending: (before, limit, walk) => erase(['pending'], PENDING(before), limit, walk),
    forgetLeft: (before, limit, walk) =>
      erase(['unsubscribed', 'suppressed'], LEFT(before), limit, walk),
    forgetSuppressed: (before, limit) => run((inner) => forgetSuppressed(inner, before, limit)),
    forgetIps: (before, limit) => run((inner) => forgetIps(inner, before, limit)),
    forgetNotices: (before, limit) =>
      run((inner) => forgetOldest(inner, ['notices', 'ended_at'], before, limit)),
    forgetDeliveries: (before, limit) =>
      run(async (inner) => {
        const mails = await forgetOldest(inner, ['deliveries', 'ended_at'], before, limit);
        return mails > 0 ? mails : forgetSelections(inner, before, limit);
      }),
    forgetReports: (before, limit) =>
      run((inner) => forgetOldest(inner, ['reports', 'at'], before, limit)),
    cleanFiles: () => cleanFiles(database),
  };
}

type NotReading = NonNullable<Walk['state']>;

/** Whether nothing was noted of the subscriber `s` since `before`. */
function quietSince(before: number): RawBuilder<boolean> {
  return sql`s.created_at < ${before} and not exists (
    select 1 from consents c where c.subscriber_id = s.id and c.at >= ${before})`;
}

/** Whoever is still to be asked, or was asked since, may still confirm. */
const PENDING = (before: number) => sql<boolean>`
  s.state = 'pending' and ${quietSince(before)} and not exists (
    select 1 from notices n
    where n.subscriber_id = s.id and (n.ended_at is null or n.ended_at >= ${before}))`;

const LEFT = (before: number) => sql<boolean>`
  s.state in ('unsubscribed', 'suppressed') and ${quietSince(before)}`;

/** Those that are looked through at once. */
const LOOKED_THROUGH = 1_000;

/**
 * Goes on with a walk over all in one of `states`, by their index: whoever is not due yet is looked at
 * once in a walk, however many of the others there are.
 */
async function eraseAll(
  database: Database,
  states: readonly NotReading[],
  condition: RawBuilder<boolean>,
  { limit, walk }: { limit: number; walk: Walk },
): Promise<{ erased: number; walk: Walk }> {
  const state = walk.state ?? states[0];
  const ids = state === undefined ? [] : await loadNext(database, state, walk.after);
  // Whoever asks again at this moment waits, and is new then.
  const { rows } = await sql<{ id: number }>`
    select s.id from subscribers s
    where s.id in ${idsIn(database.dialect, ids)} and ${condition}
    order by s.id limit ${limit} ${database.dialect.forUpdate}`.execute(database.db);
  for (const { id } of rows) await eraseIn(database, id, false);
  const erased = rows.length;
  const last = erased === limit ? rows.at(-1)?.id : ids.at(-1);
  if (last !== undefined && (erased === limit || ids.length === LOOKED_THROUGH)) {
    return { erased, walk: { state, after: last, isOver: false } };
  }
  const next = state && states[states.indexOf(state) + 1];
  return { erased, walk: { state: next, after: 0, isOver: next === undefined } };
}

async function loadNext({ db }: Database, state: NotReading, after: number): Promise<number[]> {
  const { rows } = await nextOf(state, after).execute(db);
  return rows.map(({ id }) => id);
}

/** SQLite takes the index of these states where its condition stands word for word. */
export function nextOf(state: NotReading, after: number): RawBuilder<{ id: number }> {
  return sql`
    select id from subscribers
    where state in ('pending', 'unsubscribed', 'suppressed') and state = ${sql.lit(state)}
      and id > ${after}
    order by id limit ${sql.lit(LOOKED_THROUGH)}`;
}

async function forgetSuppressed(
  database: Database,
  before: number,
  limit: number,
): Promise<number> {
  const { db, dialect } = database;
  const { rows } = await sql<{ email_key: string }>`
    select m.email_key from suppressions m
    where m.email <> '' and m.at < ${before} and not exists (
      select 1 from subscribers s where s.email_key = m.email_key)
    order by m.at limit ${limit} ${dialect.forUpdate}`.execute(db);
  for (const { email_key } of rows) await forgetAddress(database, email_key);
  const events = await sql`
    delete from suppression_events where id in (
      select e.id from suppression_events e
      where e.at < ${before}
        and not exists (select 1 from subscribers s where s.email_key = e.email_key)
        and not exists (select 1 from suppressions x where x.email_key = e.email_key)
      order by e.id limit ${limit})`.execute(db);
  const forgotten = rows.length + Number(events.numAffectedRows ?? 0n);
  if (forgotten > 0) await noteErased(database);
  return forgotten;
}

async function forgetIps(database: Database, before: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    update consents set ip = null where id in (
      select c.id from consents c where c.ip is not null and c.at < ${before}
      order by c.at limit ${limit})`.execute(database.db);
  return noted(database, numAffectedRows);
}

/** Mails and reports by the order of their ids, which is about that of their times. */
async function forgetOldest(
  database: Database,
  [table, time]: readonly [table: 'notices' | 'deliveries' | 'reports', time: string],
  before: number,
  limit: number,
): Promise<number> {
  const { db, dialect } = database;
  const [rows, at] = [sql.table(table), sql.ref(time)];
  const found = await sql<{ id: number }>`
    select m.id from (select id, ${at} as at from ${rows} order by id limit ${limit}) m
    where m.at < ${before}`.execute(db);
  if (found.rows.length === 0) return 0;
  const ids = found.rows.map(({ id }) => id);
  const { numAffectedRows } = await sql`
    delete from ${rows} where id in ${idsIn(dialect, ids)} and ${at} < ${before}`.execute(db);
  return noted(database, numAffectedRows);
}

/** By edition: no index leads from a selection to its deliveries. */
async function forgetSelections(
  database: Database,
  before: number,
  limit: number,
): Promise<number> {
  // Whoever plans may have found one, for a delivery that is not seen yet.
  await lockPlanning(database);
  const { numAffectedRows } = await sql`
    delete from selections where id in (
      select x.id from selections x join editions e on e.id = x.edition_id
      where e.picked_at < ${before} and not exists (
        select 1 from deliveries d where d.edition_id = e.id)
      limit ${limit})`.execute(database.db);
  return noted(database, numAffectedRows);
}

async function noted(database: Database, rows: bigint | undefined): Promise<number> {
  const forgotten = Number(rows ?? 0n);
  if (forgotten > 0) await noteErased(database);
  return forgotten;
}
