import { sql } from 'kysely';
import type {
  CountableReport,
  MailCount,
  MailCounts,
  OldMail,
} from '../delivery/rates/mail-counts.js';
import { OTHERS } from '../delivery/rates/mail-counts.js';
import { idsIn, texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { DOMAIN } from './set-aside.js';

/**
 * Milliseconds after which a report is committed for certain whose id was given before: on PostgreSQL
 * another one with a higher id may be committed, and counted, first.
 */
const SURELY_COMMITTED = 3_600_000;

export function mailCountStore(database: Database): MailCounts {
  return {
    add: (counts) => add(database, counts),
    takeReports: (limit, sameReader) => takeReports(database, limit, sameReader),
    takeOldMails: (limit) => takeOldMails(database, limit),
    isComplete: async () => (await countedDownTo(database)) === 0,
    since: (day, groups) => since(database, day, groups),
    fold: (days, few, keep) => fold(database, days, few, keep),
  };
}

async function add({ db, dialect }: Database, counts: readonly MailCount[]): Promise<void> {
  if (counts.length === 0) return;
  // In the order of the key, so that two senders can't wait for each other.
  await sql`
    insert into mail_counts (day, event, domain_group, mails, count)
    select value ->> 'day', value ->> 'event', value ->> 'group', value ->> 'mails',
      cast(value ->> 'count' as bigint)
    from ${dialect.jsonEach(counts)} where 1 = 1 order by 1, 2, 3, 4
    on conflict (day, event, domain_group, mails)
    do update set count = mail_counts.count + excluded.count`.execute(db);
}

/** Call it in a transaction. A report that another process takes at the same time is left to it. */
async function takeReports(
  database: Database,
  limit: number,
  sameReader: number,
): Promise<CountableReport[]> {
  const { db, now } = database;
  const { rows } = await sql<{ id: number }>`
    insert into counted_reports (report_id, at)
    select r.id, ${now()} from reports as r
    where r.id > coalesce((
        select max(c.report_id) from counted_reports as c
        where c.at <= ${now()} - ${sql.lit(SURELY_COMMITTED)}), 0)
      and not exists (select 1 from counted_reports as c where c.report_id = r.id)
    order by r.id limit ${limit}
    on conflict (report_id) do nothing
    returning report_id as id`.execute(db);
  if (rows.length === 0) return [];
  await sql`
    delete from counted_reports where report_id < (
      select max(c.report_id) from counted_reports as c
      where c.at <= ${now()} - ${sql.lit(SURELY_COMMITTED)})`.execute(db);
  return readReports(
    database,
    rows.map(({ id }) => id),
    sameReader,
  );
}

async function readReports(
  { db, dialect }: Database,
  ids: readonly number[],
  sameReader: number,
): Promise<CountableReport[]> {
  // Who confirmed gets digests, so what names no mail is about one of those; who did not gets none.
  const { rows } = await sql<Omit<CountableReport, 'counts'> & { counts: number }>`
    select r.id, r.at, r.kind, r.domain,
      coalesce(d.ended_at, n.ended_at) as "acceptedAt",
      case when r.delivery_id is not null then 'digest'
        when r.notice_id is null and s.active_since is not null then 'digest'
        else 'notice' end as mails,
      case when r.trust <> 'none' and not exists (
        select 1 from reports as other
        where other.subscriber_id = r.subscriber_id and other.kind = r.kind and other.id < r.id
          and other.trust <> 'none' and other.at > r.at - ${sameReader}) then 1 else 0
        end as counts
    from reports as r
    left join deliveries as d on d.id = r.delivery_id
    left join notices as n on n.id = r.notice_id
    left join subscribers as s on s.id = r.subscriber_id
    where r.id in ${idsIn(dialect, ids)}
    order by r.id`.execute(db);
  return rows.map((row) => ({ ...row, counts: row.counts === 1 }));
}

const DOWN_TO = 'old mails counted down to';
const COUNTED_SINCE = 'mails counted since';

/** The id of the last delivery that was counted afterwards; 0 when there are no more. */
async function countedDownTo({ db }: Database): Promise<number> {
  const { rows } = await sql<{ value: string }>`
    select value from settings where name = ${DOWN_TO}`.execute(db);
  const value = rows[0]?.value ?? '0';
  return value === 'all' ? Number.MAX_SAFE_INTEGER : Number(value);
}

/** Call it in a transaction. What another process takes at the same time is left to it. */
async function takeOldMails(database: Database, limit: number): Promise<OldMail[] | null> {
  const { db } = database;
  const above = await countedDownTo(database);
  if (above === 0) return null;
  const { rows } = await sql<{ id: number; acceptedAt: number | null; domain: string }>`
    select m.id, ${DOMAIN} as domain,
      case when m.state in ('accepted', 'bounced') and m.ended_at < cast((
          select value from settings where name = ${COUNTED_SINCE}) as bigint)
        then m.ended_at end as "acceptedAt"
    from deliveries as m join subscribers as s on s.id = m.subscriber_id
    where m.id < ${above} order by m.id desc limit ${limit}`.execute(db);
  const before = above === Number.MAX_SAFE_INTEGER ? 'all' : String(above);
  const { numAffectedRows } = await sql`
    update settings set value = ${String(rows.at(-1)?.id ?? 0)}
    where name = ${DOWN_TO} and value = ${before}`.execute(db);
  if ((numAffectedRows ?? 0n) === 0n) return [];
  return rows.flatMap(({ acceptedAt, domain }) =>
    acceptedAt === null ? [] : [{ acceptedAt, domain }],
  );
}

async function since(
  { db, dialect }: Database,
  day: string,
  groups: readonly string[],
): Promise<MailCount[]> {
  const { rows } = await sql<MailCount>`
    select day, event, domain_group as "group", mails, count from mail_counts
    where day >= ${day} and event <> 'accepted'
    union all
    select day, event, domain_group, mails, count from mail_counts
    where day >= ${day} and event = 'accepted' and domain_group in (
      select domain_group from mail_counts where day >= ${day}
        and event in ('permanent', 'temporary', 'full', 'policy', 'complaint')
      union select id from ${texts(dialect, groups)} as wanted)`.execute(db);
  return rows;
}

function fold(
  database: Database,
  [from, until]: readonly [string, string],
  few: number,
  keep: readonly string[],
): Promise<void> {
  return inTransaction(database, async ({ db, dialect }) => {
    const { rows } = await sql<MailCount>`
      delete from mail_counts
      where day >= ${from} and day < ${until} and (day, domain_group) in (
        select day, domain_group from mail_counts
        where day >= ${from} and day < ${until} and domain_group <> ${OTHERS}
          and domain_group not in (select id from ${texts(dialect, keep)} as kept)
        group by day, domain_group
        having sum(case event when 'accepted' then count else 0 end) < ${few})
      returning day, event, mails, count`.execute(db);
    const sums = new Map<string, MailCount>();
    for (const { day, event, mails, count } of rows) {
      const key = `${day} ${event} ${mails}`;
      const sum = sums.get(key) ?? { day, event, group: OTHERS, mails, count: 0 };
      sum.count += Number(count);
      sums.set(key, sum);
    }
    await add({ ...database, db }, [...sums.values()]);
  });
}
