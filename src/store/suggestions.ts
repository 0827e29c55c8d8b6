import type { Selectable } from 'kysely';
import {
  SUGGESTION_STATES,
  type Suggester,
  type Suggestion,
  type SuggestionStore,
} from '../editions/suggestion.js';
import { type Database, inTransaction } from './database.js';
import type { Tables } from './tables.js';

/** Nobody looks at more than these; what floods the form is turned away. */
const MOST_PENDING = 1_000;
/** Names of one suggestion. */
const MOST_SUGGESTERS = 20;

export function suggestionStore(database: Database): SuggestionStore {
  const { db } = database;
  return {
    add: (paperId, suggester) =>
      inTransaction(database, async ({ db }) => {
        const known = await db
          .selectFrom('suggestions')
          .select('state')
          .where('paper_id', '=', paperId)
          .executeTakeFirst();
        if (known && known.state !== 'pending') return 'decided';
        if (!known && (await countPending(db)) >= MOST_PENDING) return 'full';
        await db
          .insertInto('suggestions')
          .values({ paper_id: paperId, state: 'pending', suggested_at: suggester.at })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        await addSuggester(db, paperId, suggester);
        return 'kept';
      }),

    async find(paperId) {
      const rows = await db
        .selectFrom('suggestions')
        .selectAll()
        .where('paper_id', '=', paperId)
        .execute();
      return (await withSuggesters(db, rows))[0] ?? null;
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
      return withSuggesters(db, rows);
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

    async accept(paperId, { day, credit, at }) {
      const decision = { state: 'accepted', decided_at: at, day } as const;
      const row = await decided(db, paperId)
        .set({ ...decision, credit: JSON.stringify(credit) })
        .executeTakeFirst();
      return row !== undefined;
    },

    async decline(paperId, { reason, at }) {
      const decision = { state: 'declined', decided_at: at, reason } as const;
      return (await decided(db, paperId).set(decision).executeTakeFirst()) !== undefined;
    },
  };
}

/** A change to a suggestion that is still pending. */
function decided(db: Database['db'], paperId: string) {
  return db
    .updateTable('suggestions')
    .where('paper_id', '=', paperId)
    .where('state', '=', 'pending')
    .returning('paper_id');
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
  const { count } = await db
    .selectFrom('suggesters')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('paper_id', '=', paperId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_SUGGESTERS) return;
  await db
    .insertInto('suggesters')
    .values({ paper_id: paperId, name: name ?? '', comment, at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function withSuggesters(
  db: Database['db'],
  rows: readonly Selectable<Tables['suggestions']>[],
): Promise<Suggestion[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.paper_id);
  const suggesters = await db
    .selectFrom('suggesters')
    .selectAll()
    .where('paper_id', 'in', ids)
    .orderBy('at')
    .orderBy('name')
    .execute();
  return rows.map((row) => ({
    paperId: row.paper_id,
    state: row.state,
    suggestedAt: row.suggested_at,
    decidedAt: row.decided_at,
    day: row.day,
    credit: JSON.parse(row.credit) as string[],
    reason: row.reason,
    suggesters: suggesters
      .filter(({ paper_id }) => paper_id === row.paper_id)
      .map(({ name, comment, at }) => ({ name: name || null, comment, at })),
  }));
}
