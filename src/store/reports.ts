import { type RawBuilder, sql } from 'kysely';
import type { DeliveryState } from '../delivery/delivery.js';
import type {
  KeptReport,
  MailRef,
  ReportCount,
  ReportedMail,
  ReportStore,
  ReportView,
} from '../delivery/inbound/report-store.js';
import { addressKey } from '../subscribers/address.js';
import type { Database } from './database.js';

export function reportStore(database: Database): ReportStore {
  return {
    lockMail: (ref) => lockMail(database, ref),
    findLastMail: (subscriberId, by) => findLastMail(database, subscriberId, by),
    add: (report, key) => add(database, report, key, sql`1 = 1`),
    addUnproven: (report, key, { most, since }) => {
      // No more of the index is read than there may be, and nothing of what was proven.
      const unproven = sql`
        select 1 from reports where at >= ${since} and trust = 'none' limit 1 offset ${most - 1}`;
      return add(database, report, key, sql`not exists (${unproven})`);
    },
    setAction: async (key, action) => {
      await database.db
        .updateTable('reports')
        .set({ action })
        .where('event_key', '=', key)
        .execute();
    },
    loadReports: (subscriberId, limit) => loadReports(database, subscriberId, limit),
    countSince: (at) => countReports(database, sql`${at}`),
  };
}

function toTable({ kind }: MailRef): RawBuilder<unknown> {
  return sql.table(kind === 'd' ? 'deliveries' : 'notices');
}

async function lockMail({ db, dialect }: Database, ref: MailRef): Promise<ReportedMail | null> {
  const table = toTable(ref);
  await sql`
    select id from subscribers
    where id = (select subscriber_id from ${table} where id = ${ref.id}) ${dialect.forUpdate}`.execute(
    db,
  );
  // Read when nobody else is at it any more.
  const { rows } = await sql<{
    subscriberId: number;
    email: string;
    state: DeliveryState;
    endedAt: number | null;
  }>`
    select m.subscriber_id as "subscriberId", s.email, m.state, m.ended_at as "endedAt"
    from ${table} as m join subscribers as s on s.id = m.subscriber_id
    where m.id = ${ref.id}`.execute(db);
  return rows[0] ? { ...ref, ...rows[0] } : null;
}

/** By the index that each outbox has of its subscribers. */
async function findLastMail(
  { db }: Database,
  subscriberId: number,
  by: number,
): Promise<MailRef | null> {
  const out = (kind: MailRef['kind']) => sql`
    select ${sql.lit(kind)} as kind, id, coalesce(ended_at, dated_at) as at
    from ${toTable({ kind, id: 0 })}
    where subscriber_id = ${subscriberId}
      and state in ('accepted', 'uncertain', 'bounced', 'sending')`;
  const { rows } = await sql<MailRef>`
    select kind, id from (${out('d')} union all ${out('n')}) as mails
    where at <= ${by} order by at desc, id desc limit 1`.execute(db);
  return rows[0] ?? null;
}

/** One conditional insert: of several at once, one is written. */
async function add(
  { db }: Database,
  report: KeptReport,
  key: string,
  condition: RawBuilder<unknown>,
): Promise<boolean> {
  const { at, via, kind, email, domain, mail, subscriberId, status, reply, trust } = report;
  const delivery = mail?.kind === 'd' ? mail.id : null;
  const notice = mail?.kind === 'n' ? mail.id : null;
  const { rows } = await sql`
    insert into reports (at, via, kind, email_key, domain, delivery_id, notice_id, subscriber_id,
      status, reply, trust, action, feedback_id, event_key)
    select cast(${at} as bigint), ${via}, ${kind}, ${email && addressKey(email)}, ${domain},
      cast(${delivery} as bigint), cast(${notice} as bigint), cast(${subscriberId} as bigint),
      ${status}, ${reply}, ${trust}, 'none', ${report.feedbackId}, ${key}
    where ${condition}
    on conflict (event_key) do nothing returning id`.execute(db);
  return rows.length > 0;
}

async function loadReports(
  { db }: Database,
  subscriberId: number,
  limit: number,
): Promise<ReportView[]> {
  return db
    .selectFrom('reports')
    .select([
      'at',
      'via',
      'kind',
      'status',
      'reply',
      'trust',
      'feedback_id as feedbackId',
      'action',
    ])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** How many there are since a moment. */
export async function countReports(
  { db }: Database,
  since: RawBuilder<unknown>,
): Promise<ReportCount[]> {
  const rows = await db
    .selectFrom('reports')
    .select(['kind', 'action', (eb) => eb.fn.countAll<number>().as('count')])
    .where(sql<boolean>`at >= ${since}`)
    .groupBy(['kind', 'action'])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
