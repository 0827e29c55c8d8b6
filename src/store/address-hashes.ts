import { createHmac, randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { addressKey } from '../subscribers/address.js';
import { toCanonicalMailbox } from '../subscribers/canonical-mailbox.js';
import { texts } from './batch.js';
import type { Database } from './database.js';

/** Where the key of the hashes is; made when the first address is hashed. */
const KEY = 'address_hash_key';
/** No address has it: what begins with it stands for one. */
const MARK = '#';
const BYTES = 16;

/**
 * What stands for the address of this key from then on: nobody can read the address in it, only find
 * out whether it is a given one. In a transaction.
 */
export async function hashAddress(database: Database, addressKey: string): Promise<string> {
  const { db } = database;
  const made = randomBytes(32).toString('base64url');
  await sql`
    insert into settings (name, value) values (${KEY}, ${made})
    on conflict (name) do nothing`.execute(db);
  const key = await readKey(database);
  return toHash(key ?? made, addressKey);
}

/** The same for many that are only looked for; empty while no address was ever hashed. */
export async function loadHashes(
  database: Database,
  addressKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const key = await readKey(database);
  if (key === null) return new Map();
  return new Map(addressKeys.map((one) => [toHash(key, one), one]));
}

/** What stands for a mailbox, however its address is spelled. In a transaction. */
export function hashMailbox(database: Database, email: string): Promise<string> {
  return hashAddress(database, toMailboxText(email));
}

/** The same of many that are only looked for, with the key of each address. */
export async function loadMailboxHashes(
  database: Database,
  emails: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const key = await readKey(database);
  if (key === null) return new Map();
  return new Map(emails.map((one) => [addressKey(one), toHash(key, toMailboxText(one))]));
}

/** Not an address, so that the two can't be compared. */
function toMailboxText(email: string): string {
  return `mailbox ${toCanonicalMailbox(email)}`;
}

/** Those of the keys of addresses that have left and were forgotten. In one look, however many. */
export async function findLeft(
  database: Database,
  addressKeys: readonly string[],
): Promise<string[]> {
  const hashes = await loadHashes(database, addressKeys);
  if (hashes.size === 0) return [];
  const wanted = texts(database.dialect, [...hashes.keys()]);
  const { rows } = await sql<{ hash: string }>`
    select hash from left_addresses where hash in ${wanted}`.execute(database.db);
  return rows.flatMap(({ hash }) => hashes.get(hash) ?? []);
}

/** Remembers that an address has left. In a transaction. */
export async function rememberLeft(
  database: Database,
  addressKey: string,
  at: RawBuilder<number>,
): Promise<void> {
  const hash = await hashAddress(database, addressKey);
  await sql`
    insert into left_addresses (hash, at) values (${hash}, ${at})
    on conflict (hash) do nothing`.execute(database.db);
}

/** Forgets that it has: its owner is back. */
export async function forgetLeft(database: Database, addressKey: string): Promise<void> {
  const [hash] = (await loadHashes(database, [addressKey])).keys();
  if (hash === undefined) return;
  await sql`delete from left_addresses where hash = ${hash}`.execute(database.db);
}

function toHash(key: string, addressKey: string): string {
  const mac = createHmac('sha256', key).update(addressKey).digest();
  return MARK + mac.subarray(0, BYTES).toString('base64url');
}

/** Asked anew each time: a transaction that made it may have been rolled back. */
async function readKey({ db }: Database): Promise<string | null> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', KEY)
    .executeTakeFirst();
  return row?.value ?? null;
}
