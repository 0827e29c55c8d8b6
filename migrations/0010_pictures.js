// @ts-check

/**
 * Pictures of papers, and which of them the mails of an edition carry.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  await db.schema.alterTable('papers').addColumn('picture_url', 'text').execute();
  await db.schema
    .createTable('pictures')
    .addColumn('paper_id', 'text', (c) => c.primaryKey())
    // Where it was fetched from, or tried to be. `next_at`: when it is tried again.
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('tries', 'integer', (c) => c.notNull())
    .addColumn('tried_at', 'bigint', (c) => c.notNull())
    .addColumn('next_at', 'bigint')
    .addColumn('reason', 'text')
    // Of what is in the two files; there is none while no try has brought a picture.
    .addColumn('hash', 'text')
    .addColumn('width', 'integer')
    .addColumn('height', 'integer')
    .addColumn('small_width', 'integer')
    .addColumn('small_height', 'integer')
    // The files in base64, so that a copy of the store takes them along like any text. They come last:
    // SQLite reads what stands before them without them.
    .addColumn('large', 'text')
    .addColumn('small', 'text')
    .execute();
  // Also counts the pictures without reading them.
  await db.schema
    .createIndex('pictures_hash')
    .on('pictures')
    .columns(['hash', 'tried_at'])
    .execute();
  // Written once, for deliveries after that one: as JSON, hashes by paper. A mail that is composed again
  // has the same picture, or none.
  await db.schema
    .createTable('edition_pictures')
    .addColumn('edition_id', 'bigint', (c) => c.primaryKey().references('editions.id'))
    .addColumn('after_delivery', 'bigint', (c) => c.notNull())
    .addColumn('hashes', 'text', (c) => c.notNull())
    .execute();
}
