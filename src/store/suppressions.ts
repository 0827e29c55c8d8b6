import { type Kysely, sql } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import type {
  Suppression,
  SuppressionEvent,
  SuppressionReason,
} from '../subscribers/suppression.js';
import { type Database, inTransaction } from './database.js';
import type { Tables } from './tables.js';

/** Addresses that must not be mailed, and what became of them. */
export function suppressionStore(
  database: Database,
): Pick<
  SubscriberStore,
  'suppress' | 'unsuppress' | 'suppressionEvents' | 'findSuppressions' | 'findSuppression'
> {
  return {
    suppress: (suppression, over) =>
      inTransaction(database, ({ db }) => suppressAddress(db, suppression, over)),
    unsuppress: (suppression, event) =>
      inTransaction(database, ({ db }) => unsuppressAddress(db, suppression, event)),
    suppressionEvents: (email) => loadEvents(database, email),
    findSuppressions: (emails) => loadSuppressions(database, emails),
    findSuppression: async (email) => (await loadSuppressions(database, [email]))[0] ?? null,
  };
}

/**
 * Suppresses an address together with its subscriber. The first reason stays, unless it is one of
 * `over`. Call it in a transaction.
 * @returns whether this suppression was written.
 */
async function suppressAddress(
  db: Kysely<Tables>,
  suppression: Suppression,
  over: readonly SuppressionReason[] = [],
): Promise<boolean> {
  const { email, reason, at, detail } = suppression;
  const email_key = addressKey(email);
  const written = await db
    .insertInto('suppressions')
    .values({ email_key, email, reason, at, detail })
    .onConflict((conflict) =>
      over.length === 0
        ? conflict.column('email_key').doNothing()
        : conflict
            .column('email_key')
            .doUpdateSet({ email, reason, at, detail })
            .where('suppressions.reason', 'in', over),
    )
    .returning('email_key')
    .executeTakeFirst();
  if (written) await addEvent(db, email_key, { at, event: 'suppressed', reason, detail });
  const subscriber = await db
    .updateTable('subscribers')
    .set({ state: 'suppressed', active_since: null })
    .where('email_key', '=', email_key)
    .where('state', '<>', 'suppressed')
    .returning('id')
    .executeTakeFirst();
  if (subscriber) {
    const consent = { at, event: 'suppressed', via: reason, ip: null, wording: null } as const;
    await db
      .insertInto('consents')
      .values({ subscriber_id: subscriber.id, ...consent })
      .execute();
  }
  return written !== undefined;
}

/** Takes a suppression back, if it is still the same. Call it in a transaction. */
async function unsuppressAddress(
  db: Kysely<Tables>,
  { email, reason, at }: Suppression,
  event: SuppressionEvent,
): Promise<boolean> {
  const email_key = addressKey(email);
  const { numDeletedRows } = await db
    .deleteFrom('suppressions')
    .where('email_key', '=', email_key)
    .where('reason', '=', reason)
    .where('at', '=', at)
    .executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await addEvent(db, email_key, event);
  return true;
}

async function addEvent(
  db: Kysely<Tables>,
  email_key: string,
  { at, event, reason, detail }: SuppressionEvent,
): Promise<void> {
  await db
    .insertInto('suppression_events')
    .values({ email_key, at, event, reason, detail })
    .execute();
}

function loadEvents({ db }: Database, email: string): Promise<SuppressionEvent[]> {
  return db
    .selectFrom('suppression_events')
    .select(['at', 'event', 'reason', 'detail'])
    .where('email_key', '=', addressKey(email))
    .orderBy('id')
    .execute();
}

/** Forgets what became of a subscriber's address, unless it is suppressed. */
export async function forgetEvents({ db }: Database, subscriberId: number): Promise<void> {
  await sql`
    delete from suppression_events
    where email_key = (select email_key from subscribers where id = ${subscriberId})
      and not exists (
        select 1 from suppressions as x where x.email_key = suppression_events.email_key)`.execute(
    db,
  );
}

function loadSuppressions(
  { db, dialect }: Database,
  emails: readonly string[],
): Promise<Suppression[]> {
  const keys = emails.map((email) => ({ key: addressKey(email) }));
  return db
    .selectFrom('suppressions')
    .select(['email', 'reason', 'at', 'detail'])
    .where(sql<boolean>`email_key in (select value ->> 'key' from ${dialect.jsonEach(keys)})`)
    .execute();
}
