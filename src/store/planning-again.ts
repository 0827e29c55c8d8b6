import { sql } from 'kysely';
import { EXPIRES_AFTER } from '../delivery/delivery.js';
import type { Audience } from '../delivery/planning/planning-ledger.js';
import { type Database, inTransaction } from './database.js';
import { AT_ONCE, hasNoDelivery, lockPlanning, NOT_SUPPRESSED, SENT } from './planning.js';

/** Plans once more what was refused in an edition, so many at once, where the reader may be mailed. */
export async function planAgain(
  database: Database,
  audience: Pick<Audience, 'editionId' | 'sharing'>,
): Promise<number> {
  let planned = 0;
  // By key, each once: what is refused again meanwhile stays so.
  for (let after = 0; ; ) {
    const ids = await planBatch(database, audience, after);
    if (ids.length === 0) return planned;
    planned += ids.length;
    after = ids.reduce((last, id) => Math.max(last, id), after);
  }
}

/** @returns the ids of the subscribers; none when there are no more. */
function planBatch(
  database: Database,
  { editionId, sharing }: Pick<Audience, 'editionId' | 'sharing'>,
  after: number,
): Promise<number[]> {
  const { now } = database;
  return inTransaction(database, async (inner) => {
    // What somebody has had of other editions must not change meanwhile.
    await lockPlanning(inner);
    // The last reply stays, and tells why it is planned again. It goes out as a new mail: nobody has
    // the one that was refused.
    const { rows } = await sql<{ subscriber_id: number }>`
      with refused as materialized (
        select m.id from deliveries as m join subscribers as s on s.id = m.subscriber_id
        where m.edition_id = ${editionId} and m.subscriber_id > ${after} and m.state = 'refused'
          and s.state = 'active' and ${NOT_SUPPRESSED} and ${hasNoDelivery(sharing, SENT)}
        order by m.subscriber_id limit ${AT_ONCE})
      update deliveries set state = 'planned', unclaimed_state = 'planned', due_at = ${now()},
        next_at = ${now()}, expires_at = ${now()} + ${EXPIRES_AFTER}, attempts = 0,
        lost_replies = 0, lost_connections = 0, worker = null, lease_until = null,
        ended_at = null, set_aside = null, route = null, dated_at = null
      where id in (select refused.id from refused) and state = 'refused'
      returning subscriber_id`.execute(inner.db);
    return rows.map(({ subscriber_id }) => subscriber_id);
  });
}
