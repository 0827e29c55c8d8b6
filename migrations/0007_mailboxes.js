// @ts-check
import { createHmac, randomBytes } from 'node:crypto';
import { sql } from 'kysely';

/**
 * Which mailbox a suppression is of, so that it holds for other spellings of the address too, and a way
 * to the notices that strangers have caused.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  await db.schema.alterTable('suppressions').addColumn('mailbox', 'text').execute();
  await fillMailboxes(db);
  await db.schema
    .createIndex('suppressions_mailbox')
    .on('suppressions')
    .columns(['mailbox', 'reason'])
    .where(sql.ref('mailbox'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('notices_of_strangers')
    .on('notices')
    .column('id')
    .where(/** @type {any} */ (sql`kind = 'confirm' and cause in ('stranger', 'crowd')`))
    .execute();
}

const ROWS = 1_000;

/**
 * Of addresses that are in clear; of a hash nobody can tell.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function fillMailboxes(db) {
  let after = '';
  for (;;) {
    const rows = await db
      .selectFrom('suppressions')
      .select('email_key')
      .where('email', '<>', '')
      .where('reason', 'in', ['owner', 'complaint'])
      .where('email_key', '>', after)
      .orderBy('email_key')
      .limit(ROWS)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.email_key;
    const key = await makeKey(db);
    for (const { email_key } of rows) {
      const mac = createHmac('sha256', key)
        .update(`mailbox ${toMailbox(email_key)}`)
        .digest();
      const mailbox = `#${mac.subarray(0, 16).toString('base64url')}`;
      await db
        .updateTable('suppressions')
        .set({ mailbox })
        .where('email_key', '=', email_key)
        .execute();
    }
  }
}

/**
 * The key of the hashes of addresses.
 *
 * @param {import('kysely').Kysely<any>} db
 * @returns {Promise<string>}
 */
async function makeKey(db) {
  const name = 'address_hash_key';
  await db
    .insertInto('settings')
    .values({ name, value: randomBytes(32).toString('base64url') })
    .onConflict((/** @type {any} */ conflict) => conflict.column('name').doNothing())
    .execute();
  const { value } = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return value;
}

/**
 * Without a tag, and at Gmail without dots: most of what leads to one mailbox.
 *
 * @param {string} key an address in lower case
 */
function toMailbox(key) {
  const at = key.lastIndexOf('@');
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
  const plus = local.indexOf('+', 1);
  const base = plus > 0 ? local.slice(0, plus) : local;
  if (domain !== 'gmail.com' && domain !== 'googlemail.com') return `${base}@${domain}`;
  return `${base.replaceAll('.', '')}@gmail.com`;
}
