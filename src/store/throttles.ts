import { sql } from 'kysely';
import type { Hold } from '../delivery/sending/holds.js';
import type { Throttle } from '../delivery/throttle/throttle.js';
import {
  type Forgetting,
  SLOWED,
  type SlotMove,
  type SlotState,
  type ThrottleState,
  type ThrottleStep,
  type ThrottleStore,
} from '../delivery/throttle/throttle-store.js';
import type { WarmupDay } from '../delivery/throttle/warmup.js';
import { texts } from './batch.js';
import type { Database } from './database.js';

/** How often a throttle is changed again that another sender was quicker to change. */
const MAX_TRIES = 10;

export function throttleStore(database: Database): ThrottleStore {
  return {
    ...sentDays(database),
    loadSlots: (names) => loadSlots(database, names),
    moveSlots: (moves) => moveSlots(database, moves),
    look: () => look(database),
    change: (scope, step) => change(database, scope, step),
    forget: (after) => forget(database, after),
  };
}

async function look({ db, now }: Database): Promise<ThrottleState> {
  const { rows } = await sql<{ now: number; scope: string | null } & ThrottleRow>`
    select x.now, t.* from (select ${now()} as now) as x
    left join throttles as t on 1 = 1`.execute(db);
  const holds = await db
    .selectFrom('holds')
    .select(['route', 'domain', 'code', 'reply', 'since', 'next_at as nextAt', 'probes'])
    .where('until', 'is', null)
    .orderBy('id')
    .execute();
  return {
    now: rows[0]?.now ?? 0,
    throttles: rows.flatMap((row) => (row.scope === null ? [] : [toThrottle(row)])),
    holds: holds as Hold[],
  };
}

async function change(database: Database, scope: string, step: ThrottleStep): Promise<boolean> {
  const { db, now } = database;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { rows } = await sql<{ now: number; scope: string | null } & ThrottleRow>`
      select x.now, t.* from (select ${now()} as now) as x
      left join throttles as t on t.scope = ${scope}`.execute(db);
    const [row] = rows;
    if (!row) return false;
    const known = row.scope === null ? null : toThrottle(row);
    const next = step(known, row.now);
    if (next === null || (next === 'free' && known === null)) return false;
    if (await writeThrottle(database, scope, row.revision, next)) return true;
  }
  return false;
}

async function forget({ db, now }: Database, after: Forgetting): Promise<void> {
  await sql`delete from throttles where raised_at <= ${now()} - ${after.throttles}`.execute(db);
  // Of a domain whose last reader has left, nobody asks any more.
  await sql`
    update holds set until = ${now()}
    where until is null and domain <> '' and since <= ${now()} - ${after.holds}`.execute(db);
  await sql`delete from holds where until <= ${now()} - ${after.holds}`.execute(db);
  await sql`
    delete from gcra_slots where next_slot <= (${now()} - ${after.slots}) * 1000`.execute(db);
}

interface ThrottleRow {
  scope: string;
  emission_interval: number;
  ceiling: number;
  backed_off_at: number;
  not_before: number;
  raised_at: number;
  strikes: number;
  connections: number | null;
  revision: number | null;
}

function toThrottle(row: ThrottleRow): Throttle {
  return {
    scope: row.scope,
    interval: row.emission_interval,
    ceiling: row.ceiling,
    backedOffAt: row.backed_off_at,
    notBefore: row.not_before,
    raisedAt: row.raised_at,
    strikes: row.strikes,
    connections: row.connections,
  };
}

/** @param seen the revision of what was read, `null` for nothing. */
async function writeThrottle(
  { db }: Database,
  scope: string,
  seen: number | null,
  next: Throttle | 'free',
): Promise<boolean> {
  if (next === 'free') {
    const gone = await sql`
      delete from throttles where scope = ${scope} and revision = ${seen}`.execute(db);
    return (gone.numAffectedRows ?? 0n) > 0n;
  }
  const { interval, ceiling, backedOffAt, notBefore, raisedAt, strikes, connections } = next;
  const written = await sql`
    insert into throttles as t (scope, emission_interval, ceiling, backed_off_at, not_before, raised_at, strikes,
      connections, revision)
    values (${scope}, ${interval}, ${ceiling}, ${backedOffAt}, ${notBefore}, ${raisedAt}, ${strikes},
      ${connections}, ${(seen ?? 0) + 1})
    on conflict (scope) do update
    set emission_interval = excluded.emission_interval, ceiling = excluded.ceiling, backed_off_at = excluded.backed_off_at,
      not_before = excluded.not_before, raised_at = excluded.raised_at,
      strikes = excluded.strikes, connections = excluded.connections,
      revision = excluded.revision
    where t.revision = ${seen ?? -1}`.execute(db);
  return (written.numAffectedRows ?? 0n) > 0n;
}

interface SlotRow {
  name: string;
  now: number;
  next_slot: number | null;
  throttled_interval: number | null;
  not_before: number | null;
}

async function loadSlots(
  { db, now, dialect }: Database,
  names: readonly string[],
): Promise<SlotState[]> {
  const { rows } = await sql<SlotRow>`
    select x.id as name, ${now()} as now, p.next_slot, t.emission_interval as throttled_interval,
      t.not_before
    from ${texts(dialect, names)} as x
    left join gcra_slots as p on p.name = x.id
    left join throttles as t on t.scope = x.id`.execute(db);
  return rows.map((row) => ({
    name: row.name,
    now: row.now,
    nextSlot: row.next_slot ?? 0,
    throttledInterval: row.throttled_interval ?? 0,
    notBefore: row.not_before ?? 0,
  }));
}

async function moveSlots(
  { db, dialect }: Database,
  moves: readonly SlotMove[],
): Promise<Set<string>> {
  if (moves.length === 0) return new Set();
  // In the order of the names, so that two senders can't wait for each other.
  const { rows } = await sql<{ name: string }>`
    insert into gcra_slots (name, next_slot, previous)
    select value ->> 'name', cast(value ->> 'nextSlot' as bigint),
      cast(value ->> 'previous' as bigint)
    from ${dialect.jsonEach(moves)} where true order by 1
    on conflict (name) do update set next_slot = excluded.next_slot, previous = excluded.previous
    where gcra_slots.next_slot = excluded.previous
    returning name`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

/** How many mails were sent on each day, over each route. */
function sentDays(
  database: Database,
): Pick<ThrottleStore, 'takeOfDay' | 'addToDay' | 'ofDay' | 'slowedDays'> {
  return {
    slowedDays: (from, before) => slowedDays(database, from, before),
    takeOfDay: (day, route, wanted, cap) => takeOfDay(database, day, route, wanted, cap),
    addToDay: (day, route, count) => addToDay(database, day, route, count),
    ofDay: (day, route) => ofDay(database, day, route),
  };
}

async function takeOfDay(
  database: Database,
  day: string,
  route: string,
  wanted: number,
  cap: number,
): Promise<number> {
  for (let rest = Math.min(wanted, cap); rest > 0; ) {
    const { rows } = await sql<{ count: number }>`
      insert into sent_days (day, route, count) values (${day}, ${route}, ${rest})
      on conflict (day, route) do update set count = sent_days.count + excluded.count
      where sent_days.count + excluded.count <= ${cap}
      returning count`.execute(database.db);
    if (rows.length > 0) return rest;
    rest = Math.min(rest, cap - (await ofDay(database, day, route)));
  }
  return 0;
}

async function addToDay(
  { db }: Database,
  day: string,
  route: string,
  count: number,
): Promise<void> {
  await sql`
    insert into sent_days (day, route, count) values (${day}, ${route}, ${Math.max(count, 0)})
    on conflict (day, route) do update set count = case
      when sent_days.count + ${count} > 0 then sent_days.count + ${count} else 0 end`.execute(db);
}

async function ofDay({ db }: Database, day: string, route: string): Promise<number> {
  const row = await db
    .selectFrom('sent_days')
    .select('count')
    .where('day', '=', day)
    .where('route', '=', route)
    .executeTakeFirst();
  return row?.count ?? 0;
}

async function slowedDays({ db }: Database, from: string, before: string): Promise<WarmupDay[]> {
  return db
    .selectFrom('sent_days as s')
    .leftJoin('sent_days as t', (join) => join.onRef('t.day', '=', 's.day').on('t.route', '=', ''))
    .select([
      's.day',
      's.count as slowed',
      (eb) => eb.fn.coalesce('t.count', eb.lit(0)).as('taken'),
    ])
    .where('s.route', '=', SLOWED)
    .where('s.day', '>=', from)
    .where('s.day', '<', before)
    .orderBy('s.day')
    .execute();
}
