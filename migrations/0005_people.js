// @ts-check
import { createHash } from 'node:crypto';
import { sql } from 'kysely';

/**
 * What people's data needs to go when it should: the words of consents once, addresses that have left
 * as hashes, links that can be renewed, and which key has signed a mail.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  // How often the links of this reader were renewed; older ones are no good.
  await db.schema
    .alterTable('subscribers')
    .addColumn('links', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  // A mark of the secret key by which a mail was composed first: a repeat must be the same.
  for (const table of ['deliveries', 'notices']) {
    await db.schema.alterTable(table).addColumn('signed_by', 'text').execute();
  }
  await createWordings(db);
  // Keyed hashes of addresses that have left: what is imported must not bring them back.
  await db.schema
    .createTable('left_addresses')
    .addColumn('hash', 'text', (c) => c.primaryKey())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
  await createRetentionIndexes(db);
}

/**
 * The words that people agreed to, each once, which stood with each consent before.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function createWordings(db) {
  await db.schema
    .createTable('wordings')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('words', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .alterTable('consents')
    .addColumn('wording_id', 'bigint', (c) => c.references('wordings.id'))
    .execute();
  // All that the form, the mail or the page said, beside the sentence that was agreed to.
  await db.schema
    .alterTable('consents')
    .addColumn('shown_id', 'bigint', (c) => c.references('wordings.id'))
    .execute();
  const known = await db
    .selectFrom('consents')
    .select('wording')
    .distinct()
    .where('wording', 'is not', null)
    .execute();
  for (const { wording } of known) {
    const hash = createHash('sha256').update(wording).digest('hex');
    await db.insertInto('wordings').values({ hash, words: wording }).execute();
    await sql`
      update consents set wording_id = (select id from wordings where hash = ${hash})
      where wording = ${wording}`.execute(db);
  }
  await db.schema.alterTable('consents').dropColumn('wording').execute();
}

/**
 * What retention looks for is a sliver of each table.
 *
 * @param {import('kysely').Kysely<any>} db
 */
async function createRetentionIndexes(db) {
  await db.schema
    .createIndex('consents_with_ip')
    .on('consents')
    .column('at')
    .where(sql.ref('ip'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('subscribers_not_reading')
    .on('subscribers')
    .columns(['state', 'id'])
    .where(sql.ref('state'), 'in', ['pending', 'unsubscribed', 'suppressed'])
    .execute();
  await db.schema
    .createIndex('suppressions_in_clear')
    .on('suppressions')
    .column('at')
    .where(sql.ref('email'), '<>', '')
    .execute();
}
