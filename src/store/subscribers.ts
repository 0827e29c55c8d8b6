import type { Selectable, Updateable } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import { DEFAULT_PREFERENCES, type Preferences } from '../subscribers/preferences.js';
import type { SubscriberStore } from '../subscribers/store.js';
import { STATES, type Subscriber, type SubscriberState } from '../subscribers/subscriber.js';
import { type Database, inTransaction } from './database.js';
import { suppressAddress, suppressionOf } from './suppressions.js';
import type { Tables } from './tables.js';

export function subscriberStore(database: Database): SubscriberStore {
  const { db } = database;

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
    request: (email, preferences, now) =>
      inTransaction(database, async ({ db }) => {
        const email_key = addressKey(email);
        await db
          .insertInto('subscribers')
          .values(newRow(email, 'pending', preferences, now))
          .onConflict((conflict) =>
            conflict
              .column('email_key')
              .doUpdateSet((eb) => ({ state: 'pending', round: eb('subscribers.round', '+', 1) }))
              .where('subscribers.state', '=', 'unsubscribed'),
          )
          .execute();
        const changes = toColumns(preferences);
        if (Object.keys(changes).length > 0) {
          await db
            .updateTable('subscribers')
            .set(changes)
            .where('email_key', '=', email_key)
            .where('state', '=', 'pending')
            .execute();
        }
        const row = await db
          .selectFrom('subscribers')
          .selectAll()
          .where('email_key', '=', email_key)
          .executeTakeFirstOrThrow();
        return toSubscriber(row);
      }),

    async importActive(email, preferences, now) {
      const row = await db
        .insertInto('subscribers')
        .values({ ...newRow(email, 'active', preferences, now), active_since: now })
        .onConflict((conflict) =>
          conflict
            .column('email_key')
            .doUpdateSet({ state: 'active', active_since: now, ...toColumns(preferences) })
            .where('subscribers.state', '=', 'pending'),
        )
        .returningAll()
        .executeTakeFirst();
      return row ? toSubscriber(row) : null;
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
      const row = await db
        .selectFrom('subscribers')
        .selectAll()
        .where('email_key', '=', addressKey(email))
        .executeTakeFirst();
      return row ? toSubscriber(row) : null;
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

    suppress: (suppression) =>
      inTransaction(database, (inner) => suppressAddress(inner.db, suppression)),
    suppressionOf: (email) => suppressionOf(db, email),

    erase: (id) =>
      inTransaction(database, async ({ db }) => {
        const { numDeletedRows } = await db
          .deleteFrom('subscribers')
          .where('id', '=', id)
          .executeTakeFirst();
        return numDeletedRows > 0n;
      }),

    async addConsent(subscriberId, consent) {
      await db
        .insertInto('consents')
        .values({ subscriber_id: subscriberId, ...consent })
        .execute();
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

function newRow(
  email: string,
  state: SubscriberState,
  preferences: Partial<Preferences>,
  now: number,
) {
  const { topics, keywords, authors, organisations, ...plain } = {
    ...DEFAULT_PREFERENCES,
    ...preferences,
  };
  return {
    email,
    email_key: addressKey(email),
    state,
    round: 1,
    ...plain,
    topics: JSON.stringify(topics),
    keywords: JSON.stringify(keywords),
    authors: JSON.stringify(authors),
    organisations: JSON.stringify(organisations),
    created_at: now,
    active_since: null,
  };
}

function toColumns(preferences: Partial<Preferences>): Updateable<Tables['subscribers']> {
  const { topics, keywords, authors, organisations, ...plain } = preferences;
  return {
    ...plain,
    ...(topics && { topics: JSON.stringify(topics) }),
    ...(keywords && { keywords: JSON.stringify(keywords) }),
    ...(authors && { authors: JSON.stringify(authors) }),
    ...(organisations && { organisations: JSON.stringify(organisations) }),
  };
}

function toSubscriber(row: Selectable<Tables['subscribers']>): Subscriber {
  return {
    id: row.id,
    email: row.email,
    state: row.state,
    round: row.round,
    timezone: row.timezone,
    hour: row.hour,
    frequency: row.frequency,
    weekday: row.weekday,
    length: row.length,
    topics: JSON.parse(row.topics) as string[],
    keywords: JSON.parse(row.keywords) as string[],
    authors: JSON.parse(row.authors) as string[],
    organisations: JSON.parse(row.organisations) as string[],
    createdAt: row.created_at,
    activeSince: row.active_since,
  };
}
