import { type Kysely, sql } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import type {
  LiftedSuppression,
  Suppression,
  SuppressionEvent,
  SuppressionReason,
} from '../subscribers/suppression.js';
import { hashAddress, hashMailbox, loadHashes, loadMailboxHashes } from './address-hashes.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import type { Tables } from './tables.js';

/** Addresses that must not be mailed, and what became of them. */
export function suppressionStore(
  database: Database,
): Pick<
  SubscriberStore,
  | 'suppress'
  | 'unsuppress'
  | 'unsuppressMailbox'
  | 'suppressionEvents'
  | 'findSuppressions'
  | 'findSuppression'
  | 'findRefusing'
> {
  return {
    suppress: (suppression, over) =>
      inTransaction(database, (inner) => suppressAddress(inner, suppression, over)),
    unsuppress: (suppression, event) =>
      inTransaction(database, (inner) => unsuppressAddress(inner, suppression, event)),
    unsuppressMailbox: (email, reasons, event) =>
      inTransaction(database, (inner) => unsuppressMailbox(inner, email, reasons, event)),
    suppressionEvents: (email) => loadEvents(database, email),
    findSuppressions: (emails) => loadSuppressions(database, emails),
    findRefusing: (emails, reasons) => findRefusing(database, emails, reasons),
    findSuppression: async (email) => (await loadSuppressions(database, [email]))[0] ?? null,
  };
}

/**
 * Suppresses an address together with its subscriber. The first reason stays, unless it is one of
 * `over`. Call it in a transaction.
 * @returns whether this suppression was written.
 */
async function suppressAddress(
  database: Database,
  suppression: Suppression,
  over: readonly SuppressionReason[] = [],
): Promise<boolean> {
  const { db } = database;
  const { email, reason, at, detail } = suppression;
  const email_key = addressKey(email);
  if (!(await giveWay(database, email_key, over))) return false;
  const mailbox = await hashMailbox(database, email);
  const written = await db
    .insertInto('suppressions')
    .values({ email_key, email, mailbox, reason, at, detail })
    .onConflict((conflict) =>
      over.length === 0
        ? conflict.column('email_key').doNothing()
        : conflict
            .column('email_key')
            .doUpdateSet({ email, mailbox, reason, at, detail })
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
    const consent = { at, event: 'suppressed', via: reason, ip: null, wording_id: null } as const;
    await db
      .insertInto('consents')
      .values({ subscriber_id: subscriber.id, ...consent })
      .execute();
  }
  return written !== undefined;
}

/** Whether nothing but a hash of the address that is overruled stood in the way; then it is gone. */
async function giveWay(
  database: Database,
  emailKey: string,
  over: readonly SuppressionReason[],
): Promise<boolean> {
  const [hash] = (await loadHashes(database, [emailKey])).keys();
  if (hash === undefined) return true;
  const known = await database.db
    .selectFrom('suppressions')
    .select('reason')
    .where('email_key', '=', hash)
    .executeTakeFirst();
  if (!known) return true;
  if (!over.includes(known.reason)) return false;
  await database.db.deleteFrom('suppressions').where('email_key', '=', hash).execute();
  return true;
}

/** Takes a suppression back, if it is still the same. Call it in a transaction. */
async function unsuppressAddress(
  database: Database,
  { email, reason, at }: Suppression,
  event: SuppressionEvent,
): Promise<boolean> {
  const { db } = database;
  const email_key = addressKey(email);
  const hashes = (await loadHashes(database, [email_key])).keys();
  const { numDeletedRows } = await db
    .deleteFrom('suppressions')
    .where('email_key', 'in', [email_key, ...hashes])
    .where('reason', '=', reason)
    .where('at', '=', at)
    .executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await addEvent(db, email_key, event);
  return true;
}

/** All of one mailbox that have one of the reasons. Call it in a transaction. */
async function unsuppressMailbox(
  database: Database,
  email: string,
  reasons: readonly SuppressionReason[],
  event: SuppressionEvent,
): Promise<LiftedSuppression[]> {
  const { db } = database;
  const [mailbox] = (await loadMailboxHashes(database, [email])).values();
  if (mailbox === undefined) return [];
  const rows = await db
    .deleteFrom('suppressions')
    .where('mailbox', '=', mailbox)
    .where('reason', 'in', reasons)
    .returning(['email_key', 'email', 'reason'])
    .execute();
  for (const { email_key } of rows) await addEvent(db, email_key, event);
  return rows.map((row) => ({ email: row.email === '' ? null : row.email, reason: row.reason }));
}

async function findRefusing(
  database: Database,
  emails: readonly string[],
  reasons: readonly SuppressionReason[],
): Promise<string[]> {
  const hashes = await loadMailboxHashes(database, emails);
  if (hashes.size === 0) return [];
  const rows = await database.db
    .selectFrom('suppressions')
    .select('mailbox')
    .where(sql<boolean>`mailbox in ${texts(database.dialect, [...new Set(hashes.values())])}`)
    .where('reason', 'in', reasons)
    .execute();
  const refusing = new Set(rows.map(({ mailbox }) => mailbox));
  return [...hashes].flatMap(([key, mailbox]) => (refusing.has(mailbox) ? [key] : []));
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

async function loadEvents(database: Database, email: string): Promise<SuppressionEvent[]> {
  const key = addressKey(email);
  const hashes = (await loadHashes(database, [key])).keys();
  return database.db
    .selectFrom('suppression_events')
    .select(['at', 'event', 'reason', 'detail'])
    .where('email_key', 'in', [key, ...hashes])
    .orderBy('id')
    .execute();
}

/**
 * Forgets what became of an address. A suppression stays, as a hash: what the server said of it, which
 * may name it, goes. In a transaction.
 */
export async function forgetAddress(database: Database, emailKey: string): Promise<void> {
  const { db } = database;
  const known = await db
    .deleteFrom('suppressions')
    .where('email_key', '=', emailKey)
    .returning(['reason', 'at', 'mailbox'])
    .executeTakeFirst();
  if (!known) {
    await db.deleteFrom('suppression_events').where('email_key', '=', emailKey).execute();
    return;
  }
  const email_key = await hashAddress(database, emailKey);
  await db
    .updateTable('suppression_events')
    .set({ email_key, detail: null })
    .where('email_key', '=', emailKey)
    .execute();
  await db
    .insertInto('suppressions')
    .values({ email_key, email: '', detail: null, ...known })
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .execute();
}

/** Those of an address that is kept as a hash have the address that was asked for. */
async function loadSuppressions(
  database: Database,
  emails: readonly string[],
): Promise<Suppression[]> {
  const asked = new Map(emails.map((email) => [addressKey(email), email]));
  const hashes = await loadHashes(database, [...asked.keys()]);
  const wanted = texts(database.dialect, [...asked.keys(), ...hashes.keys()]);
  const rows = await database.db
    .selectFrom('suppressions')
    .selectAll()
    .where(sql<boolean>`email_key in ${wanted}`)
    .execute();
  return rows.map(({ email_key, email, mailbox, ...rest }) => {
    const key = hashes.get(email_key);
    return { email: key === undefined ? email : (asked.get(key) ?? key), ...rest };
  });
}
