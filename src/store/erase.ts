import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { FilesCleaned } from '../delivery/retention.js';
import { rememberLeft } from './address-hashes.js';
import { type Database, inTransaction } from './database.js';
import { forgetSubscriberReasons } from './reasons.js';
import { forgetAddress } from './suppressions.js';

/** What the settings say while files may still hold what was erased. */
const ERASED = 'erased';

/** Erases a subscriber, and what of them may still stand in the store's files. */
export async function eraseSubscriber(
  database: Database,
  id: number,
  { keepOut = false }: { keepOut?: boolean } = {},
): Promise<boolean> {
  const erased = await inTransaction(database, (inner) => eraseIn(inner, id, keepOut));
  // In a transaction of somebody else's, the files follow a little later.
  if (erased && !database.db.isTransaction) await database.dialect.settleFiles(database.db);
  return erased;
}

/** In a transaction. Whoever had left is kept out whatever is said. */
export async function eraseIn(database: Database, id: number, keepOut: boolean): Promise<boolean> {
  const { db, now } = database;
  await forgetSubscriberReasons(database, id);
  const { rows } = await sql<{ email_key: string; had_left: number }>`
    select s.email_key, case when s.state = 'unsubscribed' or exists (
      select 1 from consents c where c.subscriber_id = s.id and c.event = 'unsubscribed')
      then 1 else 0 end as had_left
    from subscribers s where s.id = ${id}`.execute(db);
  const [known] = rows;
  if (!known) return false;
  await forgetAddress(database, known.email_key);
  await hideInHolds(database, known.email_key);
  if (keepOut || known.had_left === 1) await rememberLeft(database, known.email_key, now());
  await db.deleteFrom('subscribers').where('id', '=', id).execute();
  await noteErased(database);
  return true;
}

/** What a server said of all mails may quote the one that it refused, in letters of its own choice. */
async function hideInHolds({ db }: Database, emailKey: string): Promise<void> {
  const holds = await db.selectFrom('holds').select(['id', 'reply']).execute();
  for (const { id, reply } of holds) {
    const hidden = hideAddress(reply, emailKey);
    if (hidden === reply) continue;
    await db.updateTable('holds').set({ reply: hidden }).where('id', '=', id).execute();
  }
}

function hideAddress(text: string, emailKey: string): string {
  const at = text.toLowerCase().indexOf(emailKey);
  if (at < 0) return text;
  return `${text.slice(0, at)}…${hideAddress(text.slice(at + emailKey.length), emailKey)}`;
}

/** Says that files of the store may hold what was erased. In the transaction that erases. */
export async function noteErased({ db }: Database): Promise<void> {
  await sql`
    insert into settings (name, value) values (${ERASED}, ${randomUUID()})
    on conflict (name) do update set value = excluded.value`.execute(db);
}

/**
 * Rewrites the files if something was erased since they were rewritten last.
 * @returns `null` where nothing had to be done
 */
export async function cleanFiles({ db, dialect }: Database): Promise<FilesCleaned | null> {
  const erased = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', ERASED)
    .executeTakeFirst();
  if (!erased) return null;
  const done = await dialect.rewriteFiles(db);
  if (done === 'later') return done;
  // Only if nothing was erased meanwhile.
  await db
    .deleteFrom('settings')
    .where('name', '=', ERASED)
    .where('value', '=', erased.value)
    .execute();
  return done;
}
