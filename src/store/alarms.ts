import { sql } from 'kysely';
import type { Alarm, AlarmStore, OpenAlarm, TellingRules } from '../delivery/alarms/alarms.js';
import type { Database } from './database.js';

export function alarmStore(database: Database): AlarmStore {
  return {
    raise: (alarm, rules) => raise(database, alarm, rules),
    end: (code) => end(database, code),
    open: () => open(database),
    forget: (ms) => forget(database, ms),
  };
}

async function raise(
  { db, now }: Database,
  { code, subject, text }: Alarm,
  { againAfter, sameWithin }: TellingRules,
): Promise<number | null> {
  const isSame = sql`(a.ended_at is null or a.ended_at > ${now()} - ${sameWithin})`;
  const { rows } = await sql<{ since: number }>`
    insert into alarms as a (code, subject, text, since, told_at)
    values (${code}, ${subject}, ${text}, ${now()}, ${now()})
    on conflict (code) do update
    set subject = excluded.subject, text = excluded.text, told_at = excluded.told_at,
      since = case when ${isSame} then a.since else excluded.since end, ended_at = null
    where not ${isSame} or a.told_at <= ${now()} - ${againAfter}
    returning since`.execute(db);
  if (rows[0]) return rows[0].since;
  // It was told already, and goes on; its figures may be others.
  await sql`
    update alarms set subject = ${subject}, text = ${text}, ended_at = null
    where code = ${code} and (ended_at is not null or text <> ${text} or subject <> ${subject})`.execute(
    db,
  );
  return null;
}

async function end({ db, now }: Database, code: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update alarms set ended_at = ${now()} where code = ${code} and ended_at is null`.execute(db);
  return (numAffectedRows ?? 0n) > 0n;
}

async function open({ db }: Database): Promise<OpenAlarm[]> {
  const { rows } = await sql<OpenAlarm>`
    select code, subject, text, since from alarms where ended_at is null
    order by since, code`.execute(db);
  return rows;
}

async function forget({ db, now }: Database, ms: number): Promise<void> {
  await sql`delete from alarms where ended_at <= ${now()} - ${ms}`.execute(db);
}
