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
 * How providers read local parts, as it was known when this was written: the hashes have to be those that
 * later suppressions get. The first domain is that by which a mailbox is known.
 *
 * @type {readonly { domains: readonly string[], dots?: true, tag?: '-' }[]}
 */
const PROVIDERS = [
  { domains: ['gmail.com', 'googlemail.com'], dots: true },
  { domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'], dots: true },
  { domains: ['icloud.com', 'me.com', 'mac.com'] },
  { domains: ['yandex.ru', 'ya.ru', 'yandex.com', 'yandex.by', 'yandex.kz', 'yandex.ua'] },
  ...[
    ...['yahoo.com', 'ymail.com', 'rocketmail.com', 'myyahoo.com', 'yahoo.co.uk', 'yahoo.co.in'],
    ...['yahoo.fr', 'yahoo.de', 'yahoo.it', 'yahoo.es', 'yahoo.ca', 'yahoo.in', 'yahoo.com.br'],
    ...['yahoo.com.au', 'yahoo.com.ar', 'yahoo.com.mx', 'yahoo.gr', 'yahoo.ie', 'yahoo.ro'],
  ].map((domain) => ({ domains: [domain], tag: /** @type {const} */ ('-') })),
];

/** `anything@name.fastmail.com` is `name@fastmail.com`. */
const SUBDOMAIN_ADDRESSING = ['fastmail.com', 'fastmail.fm', 'messagingengine.com'];

/**
 * The mailbox that an address leads to.
 *
 * @param {string} key an address in lower case
 */
function toMailbox(key) {
  const at = key.lastIndexOf('@');
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
  const host = SUBDOMAIN_ADDRESSING.find((name) => domain.endsWith(`.${name}`));
  if (host) return `${domain.slice(0, -host.length - 1)}@${host}`;
  const provider = PROVIDERS.find(({ domains }) => domains.includes(domain));
  const marks = provider?.tag === undefined ? ['+'] : ['+', provider.tag];
  const ends = marks.map((mark) => local.indexOf(mark, 1)).filter((end) => end > 0);
  const base = ends.length === 0 ? local : local.slice(0, Math.min(...ends));
  const plain = provider?.dots ? base.replaceAll('.', '') : base;
  return `${plain}@${provider?.domains[0] ?? domain}`;
}
