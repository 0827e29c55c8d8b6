import { sql } from 'kysely';
import type { Pauses, Pausing } from '../delivery/rates/pauses.js';
import { ALL_ROUTES } from '../delivery/sending/holds.js';
import { type Database, inTransaction } from './database.js';

export function pauseStore(database: Database): Pauses {
  return {
    begin: (pausing) => begin(database, pausing),
    end: (group) => end(database, group),
    resume: (group, ms) => resume(database, group, ms),
    resumed: () => resumed(database),
  };
}

async function begin(
  { db, now }: Database,
  { group, code, figures, endsIn }: Pausing,
): Promise<boolean> {
  const begun = await sql`
    insert into holds (route, domain, code, reply, since, next_at, probes)
    select ${ALL_ROUTES}, ${group}, ${code}, ${figures}, ${now()}, ${now()} + ${endsIn}, 0
    where not exists (
      select 1 from resumed_groups where domain_group = ${group} and until > ${now()})
    on conflict (route, domain) where until is null do nothing
    returning id`.execute(db);
  if (begun.rows.length > 0) return true;
  await sql`
    update holds set code = ${code}, reply = ${figures}, next_at = ${now()} + ${endsIn}
    where route = ${ALL_ROUTES} and domain = ${group} and until is null`.execute(db);
  return false;
}

async function end({ db, now }: Database, group: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update holds set until = ${now()}
    where route = ${ALL_ROUTES} and domain = ${group} and until is null`.execute(db);
  return (numAffectedRows ?? 0n) > 0n;
}

function resume(database: Database, group: string, ms: number): Promise<boolean> {
  return inTransaction(database, async (inner) => {
    const { db, now } = inner;
    await sql`delete from resumed_groups where until <= ${now()}`.execute(db);
    await sql`
      insert into resumed_groups (domain_group, until) values (${group}, ${now()} + ${ms})
      on conflict (domain_group) do update set until = excluded.until`.execute(db);
    return end(inner, group);
  });
}

async function resumed({ db, now }: Database): Promise<Map<string, number>> {
  const { rows } = await sql<{ group: string; until: number }>`
    select domain_group as "group", until from resumed_groups where until > ${now()}`.execute(db);
  return new Map(rows.map(({ group, until }) => [group, until]));
}
