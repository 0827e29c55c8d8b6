import { sql } from 'kysely';
import type { ThrottleStore } from '../delivery/throttle/throttle-store.js';
import type { Database } from './database.js';

/** How many mails were sent on each day, over each route. */
export function sentDays(
  database: Database,
): Pick<ThrottleStore, 'takeOfDay' | 'addToDay' | 'ofDay'> {
  return {
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
