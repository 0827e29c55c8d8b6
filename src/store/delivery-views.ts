import { sql } from 'kysely';
import type { DeliveryView, DeliveryViews, ReaderDelivery } from '../delivery/delivery-view.js';
import type { Database } from './database.js';

const COLUMNS = sql`e.date, e.kind, m.state, m.due_at as "dueAt", m.ended_at as "endedAt", m.attempts,
  m.route, m.reply`;

/** The part of the ledger that tells what is in it. */
export function deliveryViews({ db }: Database): DeliveryViews {
  return {
    async deliveriesOfEdition({ editionId, states, domain, after, limit }) {
      const inStates = states ? sql`m.state in (${sql.join(states)})` : sql`1 = 1`;
      // Domains have no letters that LIKE reads as signs.
      const atDomain = domain === undefined ? sql`1 = 1` : sql`s.email_key like ${`%@${domain}`}`;
      const { rows } = await sql<ReaderDelivery>`
        select ${COLUMNS}, m.subscriber_id as "subscriberId", s.email
        from deliveries as m
        join editions as e on e.id = m.edition_id
        join subscribers as s on s.id = m.subscriber_id
        where m.edition_id = ${editionId} and m.subscriber_id > ${after}
          and ${inStates} and ${atDomain}
        order by m.subscriber_id limit ${limit}`.execute(db);
      return rows;
    },

    async loadDeliveries(subscriberId, limit) {
      const { rows } = await sql<DeliveryView>`
        select ${COLUMNS}
        from deliveries as m join editions as e on e.id = m.edition_id
        where m.subscriber_id = ${subscriberId}
        order by e.date desc, m.id desc limit ${limit}`.execute(db);
      return rows;
    },
  };
}
