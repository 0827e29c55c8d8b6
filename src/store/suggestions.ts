import type { Selectable } from 'kysely';
import type {
  Decided,
  Suggester,
  Suggestion,
  SuggestionIntake,
  SuggestionState,
  SuggestionStore,
} from '../editions/suggestion.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import type { Tables } from './tables.js';

export function suggestionStore(database: Database): SuggestionStore {
  return {
    adding: (work) => inTransaction(database, (inner) => work(suggestionIntake(inner))),
    find: (paperId) => find(database, paperId),
    list: (page) => list(database, page),
    counts: () => counts(database),
    accept: (paperId, decision) => accept(database, paperId, decision),
    decline: (which, decision) => decline(database, which, decision),
  };
}

/** In a transaction. */
function suggestionIntake(database: Database): SuggestionIntake {
  return {
    lock: (paperId) => lock(database, paperId),
    countPending: () => countPending(database),
    forgetOldest: (before) => forgetOldest(database, before),
    create: (paperId, at) => create(database, paperId, at),
    countSuggesters: (paperId) => countSuggesters(database, paperId),
    addSuggester: (paperId, suggester) => addSuggester(database, paperId, suggester),
  };
}

async function lock({ db, dialect }: Database, paperId: string): Promise<SuggestionState | null> {
  const row = await db
    .selectFrom('suggestions')
    .select('state')
    .where('paper_id', '=', paperId)
    .modifyEnd(dialect.forUpdate)
    .executeTakeFirst();
  return row?.state ?? null;
}

async function countPending({ db }: Database): Promise<number> {
  const { count } = await db
    .selectFrom('suggestions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'pending')
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function forgetOldest({ db, dialect }: Database, before: number): Promise<boolean> {
  const oldest = await db
    .selectFrom('suggestions')
    .select('paper_id')
    .where('state', '=', 'pending')
    .where('suggested_at', '<', before)
    .orderBy('suggested_at')
    .limit(1)
    .modifyEnd(dialect.forUpdate)
    .executeTakeFirst();
  if (!oldest) return false;
  await db.deleteFrom('suggesters').where('paper_id', '=', oldest.paper_id).execute();
  await db.deleteFrom('suggestions').where('paper_id', '=', oldest.paper_id).execute();
  return true;
}

async function create({ db }: Database, paperId: string, at: number): Promise<void> {
  await db
    .insertInto('suggestions')
    .values({ paper_id: paperId, state: 'pending', suggested_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function countSuggesters({ db }: Database, paperId: string): Promise<number> {
  const { count } = await db
    .selectFrom('suggesters')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('paper_id', '=', paperId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function addSuggester(
  { db }: Database,
  paperId: string,
  { name, comment, at }: Suggester,
): Promise<void> {
  const { last } = await db
    .selectFrom('suggesters')
    .select(({ fn }) => fn.max('at').as('last'))
    .where('paper_id', '=', paperId)
    .executeTakeFirstOrThrow();
  // Who was shown with a number keeps it.
  const behind = Math.max(at, Number(last ?? 0) + 1);
  await db
    .insertInto('suggesters')
    .values({ paper_id: paperId, name: name ?? '', comment, at: behind })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function find(database: Database, paperId: string): Promise<Suggestion | null> {
  const rows = await database.db
    .selectFrom('suggestions')
    .selectAll()
    .where('paper_id', '=', paperId)
    .execute();
  return (await withSuggesters(database, rows))[0] ?? null;
}

async function list(
  database: Database,
  { state, limit }: { state: SuggestionState; limit: number },
): Promise<Suggestion[]> {
  const rows = await database.db
    .selectFrom('suggestions')
    .selectAll()
    .where('state', '=', state)
    .orderBy('suggested_at', state === 'pending' ? 'asc' : 'desc')
    .orderBy('paper_id')
    .limit(limit)
    .execute();
  return withSuggesters(database, rows);
}

async function counts({ db }: Database): Promise<Record<SuggestionState, number>> {
  const rows = await db
    .selectFrom('suggestions')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  const found = { pending: 0, accepted: 0, declined: 0 };
  for (const { state, count } of rows) found[state] = Number(count);
  return found;
}

async function accept(
  { db }: Database,
  paperId: string,
  { from, day, credit, at }: Parameters<SuggestionStore['accept']>[1],
): Promise<boolean> {
  const row = await db
    .updateTable('suggestions')
    .set({ state: 'accepted', decided_at: at, day, reason: null, credit: JSON.stringify(credit) })
    .where('paper_id', '=', paperId)
    .where('state', '=', from)
    .returning('paper_id')
    .executeTakeFirst();
  return row !== undefined;
}

async function decline(
  { db, dialect }: Database,
  which: Decided,
  { reason, at }: { reason: string | null; at: number },
): Promise<string[]> {
  const pending = db
    .updateTable('suggestions')
    .set({ state: 'declined', decided_at: at, reason })
    .where('state', '=', 'pending')
    .returning('paper_id');
  const rows = await ('before' in which
    ? pending.where('suggested_at', '<', which.before)
    : pending.where('paper_id', 'in', texts(dialect, which.paperIds))
  ).execute();
  return rows.map((row) => row.paper_id).sort();
}

async function withSuggesters(
  { db, dialect }: Database,
  rows: readonly Selectable<Tables['suggestions']>[],
): Promise<Suggestion[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.paper_id);
  const suggesters = await db
    .selectFrom('suggesters')
    .selectAll()
    .where('paper_id', 'in', texts(dialect, ids))
    .orderBy('at')
    .orderBy('name')
    .execute();
  const byPaper = new Map<string, Suggester[]>(ids.map((id) => [id, []]));
  for (const { paper_id, name, comment, at } of suggesters) {
    byPaper.get(paper_id)?.push({ name: name || null, comment, at });
  }
  return rows.map((row) => ({
    paperId: row.paper_id,
    state: row.state,
    suggestedAt: row.suggested_at,
    decidedAt: row.decided_at,
    day: row.day,
    credit: JSON.parse(row.credit) as string[],
    reason: row.reason,
    suggesters: byPaper.get(row.paper_id) ?? [],
  }));
}
