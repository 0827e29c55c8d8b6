import { sql } from 'kysely';
import type { LeaseList, Leases } from '../base/leases.js';
import type { Database } from './database.js';

/**
 * What `now` may be behind the moment of the write: it is asked before the wait for the store's lock,
 * and meanwhile another may have lengthened the lease.
 */
const LONGEST_LOCK = 120_000;

export function leaseStore({ db, now }: Database): Leases & LeaseList {
  return {
    async take(name, holder, ms) {
      const { numAffectedRows } = await sql`
        insert into leases (name, holder, until) values (${name}, ${holder}, ${now()} + ${ms})
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
        where leases.until <= ${now()} or leases.holder = excluded.holder
          -- It can't last so long: the clock has been set back since.
          or leases.until > ${now()} + ${ms + LONGEST_LOCK}`.execute(db);
      return (numAffectedRows ?? 0n) > 0n;
    },

    async release(name, holder) {
      await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
    },

    async held(prefix) {
      const { rows } = await sql<{ name: string; holder: string }>`
        select name, holder from leases
        where substr(name, 1, ${prefix.length}) = ${prefix} and until > ${now()}
        order by name`.execute(db);
      return rows;
    },
  };
}
