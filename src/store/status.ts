import { type RawBuilder, sql } from 'kysely';
import {
  type Backlog,
  OPEN_STATES,
  type OpenState,
  type StatusStore,
  type StoreStatus,
} from '../delivery/backlog.js';
import { zeros } from '../delivery/sending/sender-status.js';
import { NOTICE_CAUSES, type NoticeCause } from '../subscribers/subscribe.js';
import type { Database } from './database.js';
import { noticeCounts } from './notice-counts.js';
import { countReports } from './reports.js';
import { suggestionStore } from './suggestions.js';
import { throttleStore } from './throttles.js';

const DAY = 24 * 3_600_000;

/** What is throttled and held, as all senders see it. */
async function throttled(database: Database): Promise<Pick<StoreStatus, 'throttles' | 'holds'>> {
  const { throttles, holds } = await throttleStore(database).look();
  return { throttles, holds };
}

interface Counted {
  /** `null`: whatever the state. */
  state: OpenState | null;
  open: number;
  due: number;
}

export function statusStore(database: Database): StatusStore {
  return {
    async status() {
      const setAside = await countSetAside(database);
      return {
        deliveries: await backlog(
          database,
          'deliveries',
          sql`ended_at is null and set_aside is null`,
          [setAside],
        ),
        notices: await backlog(database, 'notices', sql`ended_at is null`),
        ...(await waitingNotices(database)),
        withheldNotices: await noticeCounts(database).withheld(),
        setAside: setAside.open,
        oldestDue: await oldestDue(database),
        ...(await throttled(database)),
        suggestions: (await suggestionStore(database).counts()).pending,
        reports: await countReports(database, sql`${database.now()} - ${sql.lit(DAY)}`),
      };
    },
  };
}

/**
 * Counts each part by the index that holds little else. Planned mails, which may be a million, have
 * no index by state, since every mail would pay for it: they are what is left of all open ones.
 * @param main what is in the main queue
 * @param others counted elsewhere
 */
async function backlog(
  { db, now }: Database,
  table: 'deliveries' | 'notices',
  main: RawBuilder<unknown>,
  others: readonly Counted[] = [],
): Promise<Backlog> {
  const from = sql.table(table);
  const dueInMain = sql`(select count(*) from ${from} where ${main} and next_at <= ${now()})`;
  const { rows } = await sql<Counted>`
    select null as state, count(*) as open, ${dueInMain} as due from ${from} where ${main}
    union all
    select state, count(*), count(*) from ${from}
    where state in ('claimed', 'sending') and lease_until > 0 group by state
    union all
    select state, count(*), count(case when next_at <= ${now()} then 1 end) from ${from}
    where ended_at is null and state in ('deferred', 'uncertain') group by state`.execute(db);
  const counts: Backlog = { open: zeros(OPEN_STATES), due: zeros(OPEN_STATES) };
  for (const { state, open, due } of [...rows, ...others]) {
    counts.open[state ?? 'planned'] += open;
    counts.due[state ?? 'planned'] += due;
    if (state === null) continue;
    counts.open.planned -= open;
    counts.due.planned -= due;
  }
  // Mails that are set aside are counted a moment before, and some have come to their end meanwhile.
  counts.open.planned = Math.max(0, counts.open.planned);
  counts.due.planned = Math.max(0, counts.due.planned);
  return counts;
}

/** By the index of causes. */
async function waitingNotices({
  db,
  now,
}: Database): Promise<Pick<StoreStatus, 'waitingNotices' | 'oldestNotice'>> {
  const { rows } = await sql<{ cause: NoticeCause; count: number; age: number }>`
    select cause, count(*) as count, ${now()} - min(due_at) as age from notices
    where ended_at is null and next_at <= ${now()} and state = 'planned' group by cause`.execute(
    db,
  );
  const waiting = zeros(NOTICE_CAUSES);
  for (const { cause, count } of rows) waiting[cause] = count;
  return { waitingNotices: waiting, oldestNotice: Math.max(0, ...rows.map(({ age }) => age)) };
}

async function countSetAside({ db, now }: Database): Promise<Counted> {
  const { rows } = await sql<Counted>`
    select null as state, count(*) as open, count(case when next_at <= ${now()} then 1 end) as due
    from deliveries where ended_at is null and set_aside is not null`.execute(db);
  return rows[0] ?? { state: null, open: 0, due: 0 };
}

/**
 * A delivery expires so and so long after it is due. In the main queue those that wait for
 * nothing else are in that order; the others have an index by expiry.
 */
async function oldestDue({ db, now }: Database): Promise<number> {
  const { rows } = await sql<{ age: number | null }>`
    select ${now()} - min(due_at) as age from (
      select * from (
        select due_at from deliveries
        where ended_at is null and set_aside is null order by next_at, id limit 1) as main
      union all
      select * from (
        select due_at from deliveries
        where ended_at is null and (set_aside is not null or next_at <> due_at)
        order by expires_at limit 1) as others) as oldest`.execute(db);
  return Math.max(0, rows[0]?.age ?? 0);
}
