import { type Kysely, sql } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import type { Suppression } from '../subscribers/store.js';
import type { Database } from './database.js';
import type { Tables } from './tables.js';

/** Suppresses an address together with its subscriber; the first reason stays. */
export async function suppressAddress(db: Kysely<Tables>, suppression: Suppression): Promise<void> {
  const email_key = addressKey(suppression.email);
  await db
    .insertInto('suppressions')
    .values({ email_key, ...suppression })
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .execute();
  const subscriber = await db
    .updateTable('subscribers')
    .set({ state: 'suppressed', active_since: null })
    .where('email_key', '=', email_key)
    .where('state', '<>', 'suppressed')
    .returning('id')
    .executeTakeFirst();
  if (!subscriber) return;
  await db
    .insertInto('consents')
    .values({
      subscriber_id: subscriber.id,
      at: suppression.at,
      event: 'suppressed',
      via: suppression.reason,
      ip: null,
      wording: null,
    })
    .execute();
}

export function suppressionsOf(
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
