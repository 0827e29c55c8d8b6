import type { Selectable, Transaction } from 'kysely';
import type { DraftBasis } from '../editions/curation.js';
import type { Edition, EditionPaper } from '../editions/edition.js';
import type { EditionStore } from '../editions/edition-store.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { editionById, editionPapers, toEdition } from './edition-rows.js';
import { idsOfSame, todaysIds } from './same-papers.js';
import type { Tables } from './tables.js';

type EditionRow = Selectable<Tables['editions']>;
type InTransaction = Database & { db: Transaction<Tables> };

/** What becomes of an edition until it is frozen. */
export function draftStore(database: Database): Pick<EditionStore, 'saveDraft' | 'freeze'> {
  return {
    saveDraft: (kind, date, papers, pickedAt, basis) =>
      inTransaction(database, async (inner) => {
        const row = await saveEdition(inner, { kind, date }, papers, pickedAt, basis);
        if (!row) return null;
        await replacePapers(inner, row.id, papers);
        if (kind === 'daily') await dropFromLaterDrafts(inner, row);
        return toEdition(row);
      }),

    freeze: (id, frozenAt, findStale) =>
      inTransaction(database, (inner) => freeze(inner, id, frozenAt, findStale)),
  };
}

/** @returns nothing when it is frozen, or was written since the revision in `basis`. */
function saveEdition(
  { db }: InTransaction,
  { kind, date }: Pick<Edition, 'kind' | 'date'>,
  papers: readonly EditionPaper[],
  pickedAt: number,
  basis: DraftBasis | undefined,
): Promise<EditionRow | undefined> {
  const ranked = JSON.stringify(basis?.ranked ?? papers.map(({ id }) => id));
  const fields = { picked_at: pickedAt, count: papers.length, ranked };
  return db
    .insertInto('editions')
    .values({ kind, date, state: 'draft', ...fields, revision: 1 })
    .onConflict((conflict) => {
      const draft = conflict
        .columns(['kind', 'date'])
        .doUpdateSet((eb) => ({ ...fields, revision: eb('editions.revision', '+', 1) }))
        .where('editions.state', '=', 'draft');
      return basis ? draft.where('editions.revision', '=', basis.revision) : draft;
    })
    .returningAll()
    .executeTakeFirst();
}

async function replacePapers(
  { db }: InTransaction,
  editionId: number,
  papers: readonly EditionPaper[],
): Promise<void> {
  await db.deleteFrom('edition_papers').where('edition_id', '=', editionId).execute();
  for (const [index, paper] of papers.entries()) {
    await db
      .insertInto('edition_papers')
      .values({
        edition_id: editionId,
        rank: index + 1,
        paper_id: paper.id,
        snapshot: JSON.stringify(paper),
      })
      .execute();
  }
}

/** A day picked after the days that follow it takes its papers out of their drafts. */
async function dropFromLaterDrafts(
  { db, dialect }: InTransaction,
  { id, date }: EditionRow,
): Promise<void> {
  // Held until this is done, so that none is frozen meanwhile: a frozen edition never changes.
  const later = await db
    .selectFrom('editions')
    .select('id')
    .where('kind', '=', 'daily')
    .where('state', '=', 'draft')
    .where('date', '>', date)
    .orderBy('date')
    .modifyEnd(dialect.forUpdate)
    .execute();
  if (later.length === 0) return;
  const repeated = await db
    .deleteFrom('edition_papers')
    .where(
      'edition_id',
      'in',
      later.map((edition) => edition.id),
    )
    .where('paper_id', 'in', idsOfSame(editionPapers(id)))
    .returning('edition_id')
    .execute();
  for (const edition of new Set(repeated.map((row) => row.edition_id))) {
    await db
      .updateTable('editions')
      .set((eb) => ({
        revision: eb('revision', '+', 1),
        count: eb
          .selectFrom('edition_papers')
          .select((rows) => rows.fn.countAll<number>().as('count'))
          .where('edition_id', '=', edition),
      }))
      .where('id', '=', edition)
      .execute();
  }
}

async function freeze(
  database: InTransaction,
  id: number,
  frozenAt: number,
  findStale: Parameters<EditionStore['freeze']>[2],
): ReturnType<EditionStore['freeze']> {
  const { db } = database;
  const { numUpdatedRows } = await db
    .updateTable('editions')
    .set({ state: 'frozen', frozen_at: frozenAt })
    .where('id', '=', id)
    .where('state', '=', 'draft')
    .executeTakeFirstOrThrow();
  const papers = numUpdatedRows > 0n ? await loadDraftPapers(database, id) : [];
  const leftOut = findStale(papers);
  if (leftOut.length > 0) {
    const ids = leftOut.map((paper) => paper.id);
    await db
      .deleteFrom('edition_papers')
      .where('edition_id', '=', id)
      .where('paper_id', 'in', ids)
      .execute();
    const count = papers.length - leftOut.length;
    await db.updateTable('editions').set({ count }).where('id', '=', id).execute();
  }
  return { edition: await editionById(database, id), leftOut };
}

/** The papers of a draft, best first, as they are known by now. */
async function loadDraftPapers(database: InTransaction, editionId: number) {
  const rows = await database.db
    .selectFrom('edition_papers')
    .select('paper_id')
    .where('edition_id', '=', editionId)
    .orderBy('rank')
    .execute();
  const ids = rows.map((row) => row.paper_id);
  const today = await todaysIds(database, ids);
  const withdrawn = await database.db
    .selectFrom('papers')
    .select('id')
    .where('id', 'in', texts(database.dialect, [...new Set(today.values())]))
    .where('withdrawn', '=', 1)
    .execute();
  const gone = new Set(withdrawn.map(({ id }) => id));
  return ids.map((id) => {
    const currentId = today.get(id) ?? id;
    return { id, currentId, withdrawn: gone.has(currentId) };
  });
}
