import type { Updateable } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import { STATES, type SubscriberState } from '../subscribers/subscriber.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import { intake } from './bulk-upsert.js';
import { type Database, inTransaction } from './database.js';
import { endedMails } from './ended-mails.js';
import { forgetSubscriberReasons } from './reasons.js';
import { toColumns, toSubscriber } from './subscriber-rows.js';
import {
  forgetEvents,
  loadSuppressions,
  suppressAddress,
  suppressionEvents,
  unsuppressAddress,
} from './suppressions.js';
import type { Tables } from './tables.js';

export function subscriberStore(database: Database): SubscriberStore {
  const { db } = database;
  const taking = intake(database);

  /** One conditional write: only `from` these states; tells whether there was anything to change. */
  const move = async (
    id: number,
    from: SubscriberState[],
    changes: Updateable<Tables['subscribers']>,
  ): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable('subscribers')
      .set(changes)
      .where('id', '=', id)
      .where('state', 'in', from)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  };

  return {
    ...taking,

    async request(email, preferences, now) {
      const [subscriber] = await taking.requestAll([{ email, preferences }], now);
      if (!subscriber) throw new Error('Who was asked for is not there.');
      return subscriber;
    },

    async importActive(email, preferences, now) {
      const [subscriber] = await taking.importAllActive([{ email, preferences }], now);
      return subscriber ?? null;
    },

    async find(id) {
      const row = await db
        .selectFrom('subscribers')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row ? toSubscriber(row) : null;
    },

    async findByEmail(email) {
      return (await taking.findAllByEmail([email]))[0] ?? null;
    },

    async confirm(id, round, now) {
      const row = await db
        .updateTable('subscribers')
        .set({ state: 'active', active_since: now })
        .where('id', '=', id)
        .where('round', '=', round)
        .where('state', '=', 'pending')
        .returningAll()
        .executeTakeFirst();
      return row ? toSubscriber(row) : null;
    },

    leave: (id) =>
      move(id, ['pending', 'active', 'paused'], { state: 'unsubscribed', active_since: null }),
    pause: (id) => move(id, ['active'], { state: 'paused', active_since: null }),
    resume: (id, now) => move(id, ['paused'], { state: 'active', active_since: now }),

    async savePreferences(id, preferences) {
      const changes = toColumns(preferences);
      if (Object.keys(changes).length === 0) return;
      await db.updateTable('subscribers').set(changes).where('id', '=', id).execute();
    },

    suppress: (suppression, over) =>
      inTransaction(database, (inner) => suppressAddress(inner.db, suppression, over)),
    unsuppress: (suppression, event) =>
      inTransaction(database, (inner) => unsuppressAddress(inner.db, suppression, event)),
    suppressionEvents: (email) => suppressionEvents(database, email),
    endedMails: (subscriberId, limit) => endedMails(database, subscriberId, limit),

    async readmit(email, state, now) {
      const row = await db
        .updateTable('subscribers')
        .set((eb) => ({
          state,
          round: eb('round', '+', 1),
          active_since: state === 'active' ? now : null,
        }))
        .where('email_key', '=', addressKey(email))
        .where('state', '=', 'suppressed')
        .returningAll()
        .executeTakeFirst();
      return row ? toSubscriber(row) : null;
    },
    findSuppressions: (emails) => loadSuppressions(database, emails),
    findSuppression: async (email) => (await loadSuppressions(database, [email]))[0] ?? null,

    erase: (id) =>
      inTransaction(database, async (inner) => {
        await forgetSubscriberReasons(inner, id);
        await forgetEvents(inner, id);
        const { numDeletedRows } = await inner.db
          .deleteFrom('subscribers')
          .where('id', '=', id)
          .executeTakeFirst();
        return numDeletedRows > 0n;
      }),

    addConsent(subscriberId, consent) {
      return taking.addConsents([subscriberId], consent);
    },

    consents: (subscriberId) =>
      db
        .selectFrom('consents')
        .select(['at', 'event', 'via', 'ip', 'wording'])
        .where('subscriber_id', '=', subscriberId)
        .orderBy('id')
        .execute(),

    async list({ after, limit, state }) {
      let query = db.selectFrom('subscribers').selectAll().where('id', '>', after);
      if (state !== undefined) query = query.where('state', '=', state);
      const rows = await query.orderBy('id').limit(limit).execute();
      return rows.map(toSubscriber);
    },

    async counts() {
      const rows = await db
        .selectFrom('subscribers')
        .select(['state', (eb) => eb.fn.countAll<number>().as('count')])
        .groupBy('state')
        .execute();
      const found = new Map(rows.map((row) => [row.state, Number(row.count)]));
      return Object.fromEntries(STATES.map((state) => [state, found.get(state) ?? 0])) as Record<
        SubscriberState,
        number
      >;
    },
  };
}
