import type { CurationStore } from '../editions/store.js';
import { SUGGESTED } from '../papers/store.js';
import { type Database, inTransaction } from './database.js';

export function curationStore(database: Database): CurationStore {
  const { db } = database;
  return {
    async curation(editionId) {
      // First the revision: what is read after it may only be newer, and is then not saved over.
      const { note, ranked, revision } = await db
        .selectFrom('editions')
        .select(['note', 'ranked', 'revision'])
        .where('id', '=', editionId)
        .executeTakeFirstOrThrow();
      const rows = await db
        .selectFrom('curated_papers')
        .selectAll()
        .where('edition_id', '=', editionId)
        .orderBy('place')
        .orderBy('paper_id')
        .execute();
      return {
        pins: rows.flatMap(({ paper_id: paperId, place }) =>
          place === null ? [] : { paperId, place },
        ),
        drops: rows.flatMap(({ paper_id: paperId, place, reason }) =>
          place === null ? { paperId, reason } : [],
        ),
        note,
        ranked: ranked === null ? null : (JSON.parse(ranked) as string[]),
        revision,
      };
    },

    saveCuration: (editionId, { pins, drops, note }, revision) =>
      inTransaction(database, async ({ db }) => {
        const draft = await db
          .updateTable('editions')
          .set((eb) => ({ note, revision: eb('revision', '+', 1) }))
          .where('id', '=', editionId)
          .where('state', '=', 'draft')
          .where('revision', '=', revision)
          .returning('id')
          .executeTakeFirst();
        if (!draft) return false;
        await db.deleteFrom('curated_papers').where('edition_id', '=', editionId).execute();
        const rows = [
          ...pins.map(({ paperId, place }) => ({ paper_id: paperId, place, reason: null })),
          ...drops.map(({ paperId, reason }) => ({ paper_id: paperId, place: null, reason })),
        ].map((row) => ({ edition_id: editionId, ...row }));
        if (rows.length > 0) await db.insertInto('curated_papers').values(rows).execute();
        return true;
      }),

    async droppedBefore({ kind, date }, paperIds) {
      if (paperIds.length === 0) return new Map();
      const rows = await db
        .selectFrom('curated_papers')
        .innerJoin('editions', 'editions.id', 'curated_papers.edition_id')
        .select(['curated_papers.paper_id', 'curated_papers.reason', 'editions.date'])
        .where('curated_papers.paper_id', 'in', paperIds)
        .where('curated_papers.place', 'is', null)
        .where('editions.kind', '=', 'daily')
        .where('editions.date', kind === 'weekly' ? '<=' : '<', date)
        .orderBy('editions.date')
        .execute();
      return new Map(rows.map(({ paper_id, date, reason }) => [paper_id, { date, reason }]));
    },

    async credits(paperIds) {
      if (paperIds.length === 0) return new Map();
      const rows = await db
        .selectFrom('suggestions')
        .select(['paper_id', 'credit'])
        .where('paper_id', 'in', paperIds)
        .where('state', '=', 'accepted')
        .execute();
      return new Map(rows.map((row) => [row.paper_id, JSON.parse(row.credit) as string[]]));
    },

    bringForward: (day) =>
      inTransaction(database, async ({ db }) => {
        const brought = await db
          .updateTable('suggestions')
          .set({ day })
          .where('state', '=', 'accepted')
          .where('day', '<', day)
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('edition_papers')
                  .innerJoin('editions', 'editions.id', 'edition_papers.edition_id')
                  .select('edition_id')
                  .whereRef('edition_papers.paper_id', '=', 'suggestions.paper_id')
                  .where('editions.kind', '=', 'daily'),
              ),
            ),
          )
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('curated_papers')
                  .select('edition_id')
                  .whereRef('curated_papers.paper_id', '=', 'suggestions.paper_id')
                  .where('place', 'is', null),
              ),
            ),
          )
          .returning('paper_id')
          .execute();
        if (brought.length === 0) return;
        await db
          .insertInto('listings')
          .values(
            brought.map(({ paper_id }) => ({ paper_id, key: paper_id, source: SUGGESTED, day })),
          )
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),
  };
}
