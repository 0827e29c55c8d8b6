import type { Selectable } from 'kysely';
import {
  SUGGESTION_STATES,
  type Suggester,
  type Suggestion,
  type SuggestionStore,
} from '../editions/suggestion.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import type { Tables } from './tables.js';

/** Nobody looks at more than these; what floods the form is turned away. */
const MOST_PENDING = 1_000;
/** What has waited so long gives way to a new one when there are so many. */
const GIVES_WAY_AFTER = 14 * 24 * 3_600_000;
/** Names of one suggestion. */
const MOST_SUGGESTERS = 20;

export function suggestionStore(database: Database): SuggestionStore {
  const { db } = database;
  return {
    add: (paperId, suggester) =>
      inTransaction(database, async (inner) => {
        const { db } = inner;
        const known = await hold(inner, paperId);
        if (known && known.state !== 'pending') return 'decided';
        if (!known && (await countPending(db)) >= MOST_PENDING) {
          if (!(await makeRoom(inner, suggester.at - GIVES_WAY_AFTER))) return 'full';
        }
        await db
          .insertInto('suggestions')
          .values({ paper_id: paperId, state: 'pending', suggested_at: suggester.at })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        const held = known ?? (await hold(inner, paperId));
        if (held?.state !== 'pending') return 'decided';
        await addSuggester(db, paperId, suggester);
        return 'kept';
      }),

    async find(paperId) {
      const rows = await db
        .selectFrom('suggestions')
        .selectAll()
        .where('paper_id', '=', paperId)
        .execute();
      return (await withSuggesters(database, rows))[0] ?? null;
    },

    async list({ state, limit }) {
      const rows = await db
        .selectFrom('suggestions')
        .selectAll()
        .where('state', '=', state)
        .orderBy('suggested_at', state === 'pending' ? 'asc' : 'desc')
        .orderBy('paper_id')
        .limit(limit)
        .execute();
      return withSuggesters(database, rows);
    },

    async counts() {
      const rows = await db
        .selectFrom('suggestions')
        .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
        .groupBy('state')
        .execute();
      const counts = new Map(rows.map(({ state, count }) => [state, Number(count)]));
      const [pending = 0, accepted = 0, declined = 0] = SUGGESTION_STATES.map((state) =>
        counts.get(state),
      );
      return { pending, accepted, declined };
    },

    async accept(paperId, { from, day, credit, at }) {
      const decision = { state: 'accepted', decided_at: at, day, reason: null } as const;
      const row = await db
        .updateTable('suggestions')
        .set({ ...decision, credit: JSON.stringify(credit) })
        .where('paper_id', '=', paperId)
        .where('state', '=', from)
        .returning('paper_id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async decline(which, { reason, at }) {
      const pending = db
        .updateTable('suggestions')
        .set({ state: 'declined', decided_at: at, reason })
        .where('state', '=', 'pending')
        .returning('paper_id');
      const rows = await ('before' in which
        ? pending.where('suggested_at', '<', which.before)
        : pending.where('paper_id', 'in', texts(database.dialect, which.paperIds))
      ).execute();
      return rows.map((row) => row.paper_id).sort();
    },
  };
}

/** A suggestion, which nobody else changes until the end of the transaction. */
function hold({ db, dialect }: Database, paperId: string) {
  return db
    .selectFrom('suggestions')
    .select('state')
    .where('paper_id', '=', paperId)
    .modifyEnd(dialect.forUpdate)
    .executeTakeFirst();
}

/**
 * Forgets the pending suggestion that has waited longest, if it was made before that moment.
 * @returns whether there is one less now
 */
async function makeRoom(database: Database, before: number): Promise<boolean> {
  const { db, dialect } = database;
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

async function countPending(db: Database['db']): Promise<number> {
  const { count } = await db
    .selectFrom('suggestions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'pending')
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function addSuggester(
  db: Database['db'],
  paperId: string,
  { name, comment, at }: Suggester,
): Promise<void> {
  const { count, last } = await db
    .selectFrom('suggesters')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.max('at').as('last')])
    .where('paper_id', '=', paperId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_SUGGESTERS) return;
  // Behind all others, whatever the clock says: who was shown with a number keeps it.
  const behind = Math.max(at, Number(last ?? 0) + 1);
  await db
    .insertInto('suggesters')
    .values({ paper_id: paperId, name: name ?? '', comment, at: behind })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
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
