import { type RawBuilder, sql } from 'kysely';
import type { Retention } from '../delivery/retention.js';
import { idsIn } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { cleanFiles, eraseIn, noteErased } from './erase.js';
import { lockPlanning } from './planning-conditions.js';
import { forgetAddress } from './suppressions.js';

/** Forgets what is old. Where rows are looked for by id: ids grow with time, so the oldest come first. */
export function retentionStore(database: Database): Retention {
  const run = (work: (inner: Database) => Promise<number>) => inTransaction(database, work);
  return {
    forgetPending: (before, limit) => run((inner) => eraseAll(inner, PENDING(before), limit)),
    forgetLeft: (before, limit) => run((inner) => eraseAll(inner, LEFT(before), limit)),
    forgetSuppressed: (before, limit) => run((inner) => forgetSuppressed(inner, before, limit)),
    forgetIps: (before, limit) => run((inner) => forgetIps(inner, before, limit)),
    forgetNotices: (before, limit) => run((inner) => forgetNotices(inner, before, limit)),
    forgetDeliveries: (before, limit) =>
      run(async (inner) => {
        const mails = await forgetDeliveries(inner, before, limit);
        return mails > 0 ? mails : forgetSelections(inner, before, limit);
      }),
    forgetReports: (before, limit) => run((inner) => forgetReports(inner, before, limit)),
    cleanFiles: () => cleanFiles(database),
  };
}

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

async function eraseAll(
  database: Database,
  condition: RawBuilder<boolean>,
  limit: number,
): Promise<number> {
  // Whoever asks again at this moment waits, and is new then.
  const { rows } = await sql<{ id: number }>`
    select s.id from subscribers s where ${condition}
    order by s.id limit ${limit} ${database.dialect.forUpdate}`.execute(database.db);
  for (const { id } of rows) await eraseIn(database, id, false);
  return rows.length;
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

async function forgetNotices(database: Database, before: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from notices where id in (
      select n.id from (select id, ended_at from notices order by id limit ${limit}) n
      where n.ended_at < ${before})`.execute(database.db);
  return noted(database, numAffectedRows);
}

async function forgetReports(database: Database, before: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from reports where id in (
      select r.id from (select id, at from reports order by id limit ${limit}) r
      where r.at < ${before})`.execute(database.db);
  return noted(database, numAffectedRows);
}

async function forgetDeliveries(
  database: Database,
  before: number,
  limit: number,
): Promise<number> {
  const { db, dialect } = database;
  const { rows } = await sql<{ id: number }>`
    select m.id from (
      select id, ended_at from deliveries order by id limit ${limit}) m
    where m.ended_at < ${before}`.execute(db);
  if (rows.length === 0) return 0;
  const ids = idsIn(
    dialect,
    rows.map(({ id }) => id),
  );
  const { numAffectedRows } = await sql`
    delete from deliveries where id in ${ids} and ended_at < ${before}`.execute(db);
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
