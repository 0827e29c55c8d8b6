import { sql } from 'kysely';
import type { Day } from '../base/day.js';
import type { DroppedItem } from '../papers/paper.js';
import type { FetchedDay, SourceState, SourceStates } from '../sources/source-states.js';
import type { Database } from './database.js';

export function sourceStates(database: Database): SourceStates {
  return {
    answered: (source, at) => saveAnswer(database, source, at),
    failed: (source, at, reason) => saveFailure(database, source, at, reason),
    all: () => loadAll(database),
    fetchedDay: (source, day) => loadFetchedDay(database, source, day),
    saveFetchedDay: (source, day, fetched) => saveFetchedDay(database, source, day, fetched),
  };
}

async function saveAnswer({ db }: Database, source: string, at: number): Promise<void> {
  await sql`
    insert into source_states (source, answered_at, failures) values (${source}, ${at}, 0)
    on conflict (source) do update
    set answered_at = excluded.answered_at, failures = 0, reason = null`.execute(db);
}

async function saveFailure(
  { db }: Database,
  source: string,
  at: number,
  reason: string,
): Promise<void> {
  await sql`
    insert into source_states (source, failed_at, failures, reason)
    values (${source}, ${at}, 1, ${reason})
    on conflict (source) do update
    set failed_at = excluded.failed_at, failures = source_states.failures + 1,
      reason = excluded.reason`.execute(db);
}

async function loadAll({ db }: Database): Promise<SourceState[]> {
  const rows = await db.selectFrom('source_states').selectAll().orderBy('source').execute();
  return rows.map((row) => ({
    source: row.source,
    answeredAt: row.answered_at,
    failedAt: row.failed_at,
    failures: row.failures,
    reason: row.reason,
  }));
}

async function loadFetchedDay(
  { db }: Database,
  source: string,
  day: Day,
): Promise<FetchedDay | null> {
  const row = await db
    .selectFrom('fetched_days')
    .selectAll()
    .where('source', '=', source)
    .where('day', '=', day)
    .executeTakeFirst();
  if (!row) return null;
  const { fetched_at: fetchedAt, listed, stored, settings } = row;
  const dropped = JSON.parse(row.dropped) as DroppedItem[];
  const validators = row.validators === null ? null : (JSON.parse(row.validators) as string[]);
  return { fetchedAt, listed, stored, dropped, validators, settings };
}

async function saveFetchedDay(
  { db }: Database,
  source: string,
  day: Day,
  { fetchedAt, dropped, validators, ...rest }: FetchedDay,
): Promise<void> {
  const row = {
    ...{ ...rest, fetched_at: fetchedAt, dropped: JSON.stringify(dropped) },
    validators: validators && JSON.stringify(validators),
  };
  await db
    .insertInto('fetched_days')
    .values({ source, day, ...row })
    .onConflict((conflict) => conflict.columns(['source', 'day']).doUpdateSet(row))
    .execute();
}
