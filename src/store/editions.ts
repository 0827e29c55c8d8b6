import { sql } from 'kysely';
import { addDays, type Day } from '../base/day.js';
import {
  type Edition,
  type EditionKind,
  type EditionPaper,
  headline,
} from '../editions/edition.js';
import type { EditionStore } from '../editions/edition-store.js';
import { texts } from './batch.js';
import { curationStore } from './curations.js';
import type { Database } from './database.js';
import { draftStore } from './drafts.js';
import { editionById, editionPapers, toEdition } from './edition-rows.js';
import { alsoKnownAs, idsOfSame } from './same-papers.js';

/** How many titles stand for an edition in a list. */
const TOP_TITLES = 3;

export function editionStore(database: Database): EditionStore {
  return {
    ...curationStore(database),
    ...draftStore(database),
    version: (pickedBefore) => readVersion(database, pickedBefore),
    byId: (id) => editionById(database, id),
    find: (date, kind) => find(database, date, kind),
    withPapers: async (edition) => ({
      ...edition,
      papers: await loadPapers(database, edition.id),
    }),
    newest: (pickedBefore) => newest(database, pickedBefore),
    schedule: (id, sendAt) => schedule(database, id, sendAt),
    toPlan: (now) => toPlan(database, now),
    markPlanned: (id, now) => markPlanned(database, id, now),
    list: (page) => list(database, page),
    dates: (limit, pickedBefore) => dates(database, limit, pickedBefore),
    weeklies: (from, to, pickedBefore) => weeklies(database, { from, to }, pickedBefore),
    months: (pickedBefore) => months(database, pickedBefore),
    neighbours: (date, pickedBefore) => neighbours(database, date, pickedBefore),
    carriedOutside: (days, paperIds) => carriedOutside(database, days, paperIds),
    sharing: (id) => sharing(database, id),
    weekliesNear: (date, days) => weekliesNear(database, date, days),
  };
}

/** Editions that have papers, without drafts that were picked later than `pickedBefore`. */
function readable({ db }: Database, pickedBefore?: number) {
  const query = db.selectFrom('editions').selectAll().where('count', '>', 0);
  if (pickedBefore === undefined) return query;
  return query.where((eb) =>
    eb.or([
      eb('state', '=', 'frozen'),
      eb('kind', '=', 'sample'),
      eb('picked_at', '<=', pickedBefore),
    ]),
  );
}

async function find(
  { db }: Database,
  date: Day,
  kind: EditionKind = 'daily',
): Promise<Edition | null> {
  const row = await db
    .selectFrom('editions')
    .selectAll()
    .where('date', '=', date)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row ? toEdition(row) : null;
}

async function loadPapers(
  { db }: Database,
  editionId: number,
  limit?: number,
): Promise<EditionPaper[]> {
  const rows = await db
    .selectFrom('edition_papers')
    .select('snapshot')
    .where('edition_id', '=', editionId)
    .orderBy('rank')
    .$if(limit !== undefined, (query) => query.limit(limit ?? 0))
    .execute();
  return rows.map((row) => JSON.parse(row.snapshot) as EditionPaper);
}

async function newest(database: Database, pickedBefore?: number): Promise<Edition | null> {
  const row = await readable(database, pickedBefore)
    .where('kind', 'in', ['daily', 'sample'])
    .orderBy('kind')
    .orderBy('date', 'desc')
    .executeTakeFirst();
  return row ? toEdition(row) : null;
}

async function schedule({ db }: Database, id: number, sendAt: number): Promise<void> {
  await db
    .updateTable('editions')
    .set({ send_at: sendAt })
    .where('id', '=', id)
    .where('send_at', 'is', null)
    .execute();
}

async function toPlan(database: Database, now: number): Promise<Edition[]> {
  const rows = await readable(database)
    .where('send_at', '<=', now)
    .where('planned_at', 'is', null)
    .orderBy('date')
    .orderBy('kind')
    .execute();
  return rows.map(toEdition);
}

async function markPlanned({ db }: Database, id: number, now: number): Promise<void> {
  await db.updateTable('editions').set({ planned_at: now }).where('id', '=', id).execute();
}

async function list(
  database: Database,
  { before, limit, pickedBefore }: Parameters<EditionStore['list']>[0],
): Promise<(Edition & { titles: string[] })[]> {
  let query = readable(database, pickedBefore)
    .where('kind', '=', 'daily')
    .orderBy('date', 'desc')
    .limit(limit);
  if (before !== undefined) query = query.where('date', '<', before);
  const editions = (await query.execute()).map(toEdition);
  return Promise.all(
    editions.map(async (edition) => ({
      ...edition,
      titles: (await loadPapers(database, edition.id, TOP_TITLES)).map(headline),
    })),
  );
}

async function dates(database: Database, limit: number, pickedBefore?: number): Promise<Day[]> {
  const rows = await readable(database, pickedBefore)
    .clearSelect()
    .select('date')
    .where('kind', '=', 'daily')
    .orderBy('date', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ date }) => date);
}

async function weeklies(
  database: Database,
  { from, to }: { from: Day; to: Day },
  pickedBefore?: number,
): Promise<Day[]> {
  const rows = await readable(database, pickedBefore)
    .where('kind', '=', 'weekly')
    .where('date', '>=', from)
    .where('date', '<=', to)
    .orderBy('date', 'desc')
    .execute();
  return rows.map(({ date }) => date);
}

function months(
  database: Database,
  pickedBefore?: number,
): Promise<{ month: string; editions: number }[]> {
  const month = sql<string>`substr(date, 1, 7)`;
  return readable(database, pickedBefore)
    .clearSelect()
    .where('kind', '=', 'daily')
    .select((eb) => [month.as('month'), eb.fn.countAll<number>().as('editions')])
    .groupBy(month)
    .orderBy('month', 'desc')
    .execute();
}

async function neighbours(
  database: Database,
  date: Day,
  pickedBefore?: number,
): Promise<{ previous: Day | null; next: Day | null }> {
  const daily = readable(database, pickedBefore).where('kind', '=', 'daily');
  const previous = await daily.where('date', '<', date).orderBy('date', 'desc').executeTakeFirst();
  const next = await daily.where('date', '>', date).orderBy('date').executeTakeFirst();
  return { previous: previous?.date ?? null, next: next?.date ?? null };
}

async function carriedOutside(
  database: Database,
  { from, to }: { from: Day; to: Day },
  paperIds: readonly string[],
): Promise<Set<string>> {
  if (paperIds.length === 0) return new Set();
  const rows = await database.db
    .selectFrom('edition_papers')
    .innerJoin('editions', 'editions.id', 'edition_papers.edition_id')
    .select('edition_papers.paper_id')
    .distinct()
    .where('edition_papers.paper_id', 'in', idsOfSame(texts(database.dialect, paperIds)))
    .where('editions.kind', '=', 'daily')
    .where((eb) =>
      eb.or([
        eb('editions.date', '<', from),
        eb('editions.date', '>', to).and('editions.state', '=', 'frozen'),
      ]),
    )
    .execute();
  const carried = await alsoKnownAs(
    database,
    rows.map((row) => row.paper_id),
  );
  return new Set(paperIds.filter((id) => carried.has(id)));
}

async function sharing({ db }: Database, id: number): Promise<number[]> {
  const rows = await db
    .selectFrom('edition_papers')
    .select('edition_id')
    .distinct()
    .where('paper_id', 'in', idsOfSame(editionPapers(id)))
    .where('edition_id', '<>', id)
    .orderBy('edition_id')
    .execute();
  return rows.map((row) => row.edition_id);
}

async function weekliesNear({ db }: Database, date: Day, days: number): Promise<number[]> {
  const rows = await db
    .selectFrom('editions')
    .select('id')
    .where('kind', '=', 'weekly')
    .where('date', '>=', addDays(date, -days))
    .where('date', '<=', addDays(date, days))
    .where('date', '<>', date)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

async function readVersion({ db }: Database, pickedBefore?: number): Promise<string> {
  const row = await db
    .selectFrom('editions')
    .select((eb) => [
      eb.fn.countAll<number>().as('editions'),
      eb.fn.sum<number>('revision').as('revisions'),
      eb.fn.count<number>('frozen_at').as('frozen'),
      eb.fn
        .count<number>('id')
        .filterWhere('state', '=', 'draft')
        .filterWhere('picked_at', '<=', pickedBefore ?? Number.MAX_SAFE_INTEGER)
        .as('drafts'),
    ])
    .executeTakeFirstOrThrow();
  return `${row.editions} ${row.revisions} ${row.frozen} ${row.drafts}`;
}
