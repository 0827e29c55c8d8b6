import { sql } from 'kysely';
import type { Day } from '../base/day.js';
import type { Curation, DraftCuration, DroppedBefore } from '../editions/curation.js';
import type { EditionKind } from '../editions/edition.js';
import type { CurationStore } from '../editions/edition-store.js';
import { SUGGESTED } from '../papers/paper-store.js';
import { texts } from './batch.js';
import { type Database, inTransaction } from './database.js';
import { idsOfSame, todaysIds } from './same-papers.js';

/** A suggested paper by all its ids, in a query of suggestions. */
const SUGGESTED_IDS = idsOfSame(sql`(select suggestions.paper_id as id)`);

export function curationStore(database: Database): CurationStore {
  return {
    curation: (editionId) => loadCuration(database, editionId),
    saveCuration: (editionId, curation, revision) =>
      inTransaction(database, (inner) => saveCuration(inner, editionId, curation, revision)),
    droppedBefore: (edition, paperIds) => droppedBefore(database, edition, paperIds),
    credits: (paperIds) => loadCredits(database, paperIds),
    bringForward: (day) => inTransaction(database, (inner) => bringForward(inner, day)),
  };
}

async function loadCuration(
  { db }: Database,
  editionId: number,
): Promise<DraftCuration & { revision: number }> {
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
    ranked: JSON.parse(ranked) as string[],
    revision,
  };
}

async function saveCuration(
  { db, now }: Database,
  editionId: number,
  { pins, drops, note }: Curation,
  revision: number,
): Promise<boolean> {
  const draft = await db
    .updateTable('editions')
    .set((eb) => ({ note, revision: eb('revision', '+', 1), changed_at: now() }))
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
}

async function droppedBefore(
  database: Database,
  { kind, date }: { kind: EditionKind; date: Day },
  paperIds: readonly string[],
): Promise<ReadonlyMap<string, DroppedBefore>> {
  if (paperIds.length === 0) return new Map();
  const rows = await database.db
    .selectFrom('curated_papers')
    .innerJoin('editions', 'editions.id', 'curated_papers.edition_id')
    .select(['curated_papers.paper_id', 'curated_papers.reason', 'editions.date'])
    .where('curated_papers.paper_id', 'in', idsOfSame(texts(database.dialect, paperIds)))
    .where('curated_papers.place', 'is', null)
    .where('editions.kind', '=', 'daily')
    .where('editions.date', kind === 'weekly' ? '<=' : '<', date)
    .orderBy('editions.date')
    .execute();
  const today = await todaysIds(
    database,
    rows.map((row) => row.paper_id),
  );
  return new Map(
    rows.map(({ paper_id, date, reason }) => [today.get(paper_id) ?? paper_id, { date, reason }]),
  );
}

async function loadCredits(
  database: Database,
  paperIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  if (paperIds.length === 0) return new Map();
  const rows = await database.db
    .selectFrom('suggestions')
    .select(['paper_id', 'credit'])
    .where('paper_id', 'in', idsOfSame(texts(database.dialect, paperIds)))
    .where('state', '=', 'accepted')
    .orderBy('decided_at')
    .execute();
  const today = await todaysIds(
    database,
    rows.map((row) => row.paper_id),
  );
  const credits = new Map<string, string[]>();
  for (const { paper_id, credit } of rows) {
    const id = today.get(paper_id) ?? paper_id;
    const names = [...(credits.get(id) ?? []), ...(JSON.parse(credit) as string[])];
    credits.set(id, [...new Set(names)]);
  }
  return credits;
}

/** Whether a daily edition carries the paper of a suggestion, or an editor has dropped it. */
const CARRIED = sql<boolean>`exists (
  select 1 from edition_papers join editions on editions.id = edition_papers.edition_id
  where edition_papers.paper_id in ${SUGGESTED_IDS} and editions.kind = 'daily')`;
const DROPPED = sql<boolean>`exists (
  select 1 from curated_papers
  where curated_papers.paper_id in ${SUGGESTED_IDS} and curated_papers.place is null)`;

async function bringForward(database: Database, day: Day): Promise<void> {
  const { db } = database;
  const brought = await db
    .updateTable('suggestions')
    .set({ day })
    .where('state', '=', 'accepted')
    .where('day', '<', day)
    .where(sql<boolean>`not ${CARRIED} and not ${DROPPED}`)
    .returning('paper_id')
    .execute();
  if (brought.length === 0) return;
  const today = await todaysIds(
    database,
    brought.map((row) => row.paper_id),
  );
  await db
    .insertInto('listings')
    .values([...today].map(([key, paper_id]) => ({ paper_id, key, source: SUGGESTED, day })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
