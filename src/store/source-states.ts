import { sql } from 'kysely';
import type { DroppedItem } from '../papers/paper.js';
import type { SourceStates } from '../sources/source-states.js';
import type { Database } from './database.js';

export function sourceStates({ db }: Database): SourceStates {
  return {
    async answered(source, at) {
      await sql`
        insert into source_states (source, answered_at, failures) values (${source}, ${at}, 0)
        on conflict (source) do update
        set answered_at = excluded.answered_at, failures = 0, reason = null`.execute(db);
    },

    async failed(source, at, reason) {
      await sql`
        insert into source_states (source, failed_at, failures, reason)
        values (${source}, ${at}, 1, ${reason})
        on conflict (source) do update
        set failed_at = excluded.failed_at, failures = source_states.failures + 1,
          reason = excluded.reason`.execute(db);
    },

    async all() {
      const rows = await db.selectFrom('source_states').selectAll().orderBy('source').execute();
      return rows.map((row) => ({
        source: row.source,
        answeredAt: row.answered_at,
        failedAt: row.failed_at,
        failures: row.failures,
        reason: row.reason,
      }));
    },

    async fetchedDay(source, day) {
      const row = await db
        .selectFrom('fetched_days')
        .selectAll()
        .where('source', '=', source)
        .where('day', '=', day)
        .executeTakeFirst();
      if (!row) return null;
      const { fetched_at: fetchedAt, listed, stored, validators } = row;
      const dropped = JSON.parse(row.dropped) as DroppedItem[];
      return { fetchedAt, listed, stored, dropped, validators };
    },

    async saveFetchedDay(source, day, { fetchedAt, dropped, ...rest }) {
      const row = { fetched_at: fetchedAt, dropped: JSON.stringify(dropped), ...rest };
      await db
        .insertInto('fetched_days')
        .values({ source, day, ...row })
        .onConflict((conflict) => conflict.columns(['source', 'day']).doUpdateSet(row))
        .execute();
    },
  };
}
