import { sql } from 'kysely';
import { type Backlog, OPEN_STATES, type OpenState, type StatusStore } from '../delivery/backlog.js';
import { EXPIRES_AFTER } from '../delivery/delivery.js';
import { zeros } from '../delivery/status.js';
import type { Database } from './database.js';
import { paceStore } from './paces.js';

interface Counted {
  state: OpenState | null;
  open: number;
  due: number;
}

export function statusStore(database: Database): StatusStore {
  return {
    async status() {
      const { slowed } = await paceStore(database).look();
      return {
        deliveries: await backlog(database, 'deliveries'),
        notices: await backlog(database, 'notices'),
        parked: await parked(database),
        oldestDue: await oldestDue(database),
        slowed,
      };
    },
  };
}

/**
 * Counts each part by the index that holds little else. Planned mails, which may be a million, have
 * no index by state, since every mail would pay for it: they are what is left of all open ones.
 */
async function backlog(
  { db, now }: Database,
  table: 'deliveries' | 'notices',
): Promise<Backlog> {
  const from = sql.table(table);
  const { rows } = await sql<Counted>`
    select null as state, count(*) as open,
      count(case when next_at <= ${now()} then 1 end) as due
    from ${from} where ended_at is null
    union all
    select state, count(*) as open, count(*) as due
    from ${from} where state in ('claimed', 'sending') group by state
    union all
    select state, count(*) as open, count(case when next_at <= ${now()} then 1 end) as due
    from ${from} where ended_at is null and state in ('deferred', 'uncertain')
    group by state`.execute(db);
  const counts: Backlog = { open: zeros(OPEN_STATES), due: zeros(OPEN_STATES) };
  for (const { state, open, due } of rows) {
    const sign = state === null ? 1 : -1;
    counts.open.planned += sign * open;
    counts.due.planned += sign * due;
    if (state === null) continue;
    counts.open[state] = open;
    counts.due[state] = due;
  }
  counts.due.planned = Math.max(0, counts.due.planned);
  return counts;
}

async function parked({ db }: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from deliveries
    where ended_at is null and parked is not null`.execute(db);
  return rows[0]?.count ?? 0;
}

/** A delivery expires so and so long after it is due, and by that there is an index. */
async function oldestDue({ db, now }: Database): Promise<number> {
  const { rows } = await sql<{ age: number | null }>`
    select ${now()} - min(expires_at) + ${EXPIRES_AFTER} as age
    from deliveries where ended_at is null`.execute(db);
  return Math.max(0, rows[0]?.age ?? 0);
}
