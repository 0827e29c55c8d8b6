import { sql } from 'kysely';
import type { Hold, Holds } from '../delivery/sending/holds.js';
import type { Database } from './database.js';

/** How often refused logins are written again that another process was quicker to write. */
const MAX_TRIES = 10;

export function holdStore(database: Database): Holds {
  return {
    hold: (hold, wait) => beginHold(database, hold, wait),
    takeProbe: (hold, wait) => takeProbe(database, hold, wait),
    lift: (route, domain) => lift(database, route, domain),
    changeLogins: (route, step) => changeLogins(database, route, step),
  };
}

async function beginHold(
  { db, now }: Database,
  { route, domain, code, reply }: Pick<Hold, 'route' | 'domain' | 'code' | 'reply'>,
  wait: number,
): Promise<boolean> {
  const begun = await sql<{ id: number }>`
    insert into holds (route, domain, code, reply, since, next_at, probes)
    values (${route}, ${domain}, ${code}, ${reply}, ${now()}, ${now()} + ${wait}, 0)
    on conflict (route, domain) where until is null do nothing
    returning id`.execute(db);
  if (begun.rows.length > 0) return true;
  await sql`
    update holds set code = ${code}, reply = ${reply}
    where route = ${route} and domain = ${domain} and until is null`.execute(db);
  return false;
}

async function takeProbe(
  { db, now }: Database,
  { route, domain, probes }: Pick<Hold, 'route' | 'domain' | 'probes'>,
  wait: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update holds set probes = probes + 1, next_at = ${now()} + ${wait}
    where route = ${route} and domain = ${domain} and until is null
      and probes = ${probes}`.execute(db);
  return (numAffectedRows ?? 0n) > 0n;
}

async function lift({ db, now }: Database, route: string, domain: string): Promise<void> {
  await sql`
    update holds set until = ${now()}
    where route = ${route} and domain = ${domain} and until is null`.execute(db);
}

async function changeLogins(
  { db, now }: Database,
  route: string,
  step: (times: readonly number[], now: number) => readonly number[] | null,
): Promise<boolean> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { rows } = await sql<{ now: number; probed: string | null }>`
      select x.now, l.probed from (select ${now()} as now) as x
      left join login_probes as l on l.route = ${route}`.execute(db);
    const [row] = rows;
    if (!row) return false;
    const next = step(JSON.parse(row.probed ?? '[]') as number[], row.now);
    if (next === null) return false;
    const written = await sql`
      insert into login_probes as l (route, probed) values (${route}, ${JSON.stringify(next)})
      on conflict (route) do update set probed = excluded.probed
      where l.probed = ${row.probed ?? ''}`.execute(db);
    if ((written.numAffectedRows ?? 0n) > 0n) return true;
  }
  return false;
}
