// @ts-check
import { createEditions } from './0001/editions.js';
import { createOutboxes } from './0001/outboxes.js';
import { createPapers } from './0001/papers.js';
import { createSearch } from './0001/search.js';
import { createSending } from './0001/sending.js';
import { createSubscribers } from './0001/subscribers.js';
import { createUpkeep } from './0001/upkeep.js';

/**
 * The whole schema of the first release. A released migration never changes, and neither does what
 * it imports: what comes later is a file with the next number.
 *
 * Times are milliseconds since the epoch, days are texts like 2026-03-02, lists and objects are JSON
 * text. States are guarded by CHECK, so that a fault in the program can't invent one. Automatic ids
 * are 64 bits wide: "integer" means that on SQLite, and the program's PostgreSQL dialect makes it so.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function up(db, engine) {
  await createPapers(db);
  await createEditions(db);
  await createSubscribers(db);
  await createOutboxes(db);
  await createSending(db);
  await createUpkeep(db);
  await createSearch(db, engine);
}
