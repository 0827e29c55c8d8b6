import type { Day } from '../base/day.js';
import { normaliseTitle, paperId } from '../papers/identity.js';
import { mergeRecords, type Origins } from '../papers/merge.js';
import type { ListedPaper, Paper, Signal } from '../papers/paper.js';
import { type PaperRecord, tell } from '../papers/record.js';
import { samePapers } from '../papers/same.js';
import type { SavedListing } from '../papers/store.js';
import type { Database } from './database.js';
import {
  type KeptRecord,
  keyOf,
  loadConnected,
  loadRecords,
  saveRecord,
  texts,
} from './records.js';
import type { Tables } from './tables.js';

/** Saves one source's answer; in a transaction, with nobody else saving. */
export async function saveListing(
  database: Database,
  source: string,
  day: Day,
  { papers: answered, updates, now }: Answer,
): Promise<SavedListing> {
  const papers = await underKnownKeys(database, source, answered);
  const known = await knownOf(database, updates);
  const told = await tellAll(database, source, day, [...papers, ...known]);
  const kept = await loadConnected(database, told);
  const homes = await savePapers(database, kept);
  const joined = await leaveOldHomes(database, kept, homes);
  for (const listed of papers) {
    const key = idOf(listed);
    const place = { paper_id: homes.get(keyOf(source, key)) ?? key, source, key, day };
    await saveListed(database, place, listed.signal, now);
  }
  const stored = new Set(papers.map((listed) => homes.get(keyOf(source, idOf(listed)))));
  return { stored: stored.size, joined };
}

function idOf({ paper }: ListedPaper): string {
  return paperId(paper, paper.id);
}

interface Answer {
  papers: readonly ListedPaper[];
  updates: readonly ListedPaper[];
  now: number;
}

/** A paper that its source used to call otherwise goes by that, so that it is no second one. */
async function underKnownKeys(
  database: Database,
  source: string,
  papers: readonly ListedPaper[],
): Promise<readonly ListedPaper[]> {
  const keys = papers.flatMap((listed) => {
    const { otherKey } = listed;
    return otherKey === undefined ? [] : [idOf(listed), otherKey];
  });
  if (keys.length === 0) return papers;
  const records = await loadRecords(database, { source, keys });
  const known = new Map(records.map((record) => [record.key, record]));
  return papers.map((listed) => {
    const { paper, otherKey } = listed;
    const other = known.get(otherKey ?? '');
    const isOther = other && !known.has(idOf(listed)) && isTitled(other, paper.title);
    return isOther ? { ...listed, paper: { ...paper, id: other.key } } : listed;
  });
}

function isTitled({ fields }: PaperRecord, title: string): boolean {
  const words = (text: string) => normaliseTitle(text) || text;
  return words(fields.title?.value ?? '') === words(title);
}

/** Those that any source has told of. */
async function knownOf(
  { db, dialect }: Database,
  updates: readonly ListedPaper[],
): Promise<ListedPaper[]> {
  const keys = updates.map(idOf);
  if (keys.length === 0) return [];
  const rows = await db
    .selectFrom('records')
    .select('key')
    .where('key', 'in', texts(dialect, keys))
    .execute();
  const known = new Set(rows.map(({ key }) => key));
  return updates.filter((listed) => known.has(idOf(listed)));
}

/** The records of the answer's papers as they are with this answer. */
async function tellAll(
  database: Database,
  source: string,
  day: Day,
  papers: readonly ListedPaper[],
): Promise<KeptRecord[]> {
  const keys = papers.map(idOf);
  const records = new Map<string, KeptRecord>();
  for (const kept of await loadRecords(database, { source, keys })) records.set(kept.key, kept);
  for (const listed of papers) {
    const known = records.get(idOf(listed));
    const record = tell(source, day, listed, known);
    const before = known?.before ?? (known ? [known] : []);
    records.set(record.key, { ...record, paperId: known?.paperId ?? null, before });
  }
  return [...records.values()];
}

/** Where each record belongs, and the papers made of them. */
async function savePapers(
  database: Database,
  kept: readonly KeptRecord[],
): Promise<ReadonlyMap<string, string>> {
  const homes = new Map<string, string>();
  for (const [id, records] of samePapers(kept)) {
    await savePaper(database, mergeRecords(id, records));
    for (const record of records) homes.set(keyOf(record.source, record.key), id);
  }
  for (const record of kept) {
    await saveRecord(database, record, homes.get(keyOf(record.source, record.key)) ?? record.key);
  }
  return homes;
}

/** What belongs to a record goes along with it; a paper without records is no more. */
async function leaveOldHomes(
  { db }: Database,
  kept: readonly KeptRecord[],
  homes: ReadonlyMap<string, string>,
): Promise<SavedListing['joined']> {
  const now = new Set(homes.values());
  const joined = new Map<string, string>();
  for (const { source, key, paperId: before } of kept) {
    const home = homes.get(keyOf(source, key)) ?? key;
    if (before === null || before === home) continue;
    for (const table of ['listings', 'signals'] as const) {
      await db
        .updateTable(table)
        .set({ paper_id: home })
        .where('paper_id', '=', before)
        .where('source', '=', source)
        .where('key', '=', key)
        .execute();
    }
    if (!now.has(before) && (key === before || !joined.has(before))) joined.set(before, home);
  }
  for (const id of joined.keys()) await db.deleteFrom('papers').where('id', '=', id).execute();
  return [...joined].map(([id, into]) => ({ id, into }));
}

async function savePaper(
  { db }: Database,
  { paper, origins }: { paper: Paper; origins: Origins },
): Promise<void> {
  const { id, ...fields } = toRow(paper, origins);
  await db
    .insertInto('papers')
    .values({ id, ...fields })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(fields))
    .execute();
}

async function saveListed(
  { db }: Database,
  place: Tables['listings'],
  signal: Signal | null,
  now: number,
): Promise<void> {
  await db
    .insertInto('listings')
    .values(place)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  if (signal === null) return;
  const seen = {
    upvotes: signal.upvotes,
    comments: signal.comments,
    code_stars: signal.codeStars,
  };
  await db
    .insertInto('signals')
    .values({ ...place, observed_at: now, ...seen })
    .onConflict((conflict) =>
      conflict.columns(['key', 'source', 'day', 'observed_at']).doUpdateSet(seen),
    )
    .execute();
}

function toRow(paper: Paper, origins: Origins): Tables['papers'] {
  return {
    id: paper.id,
    title: paper.title,
    abstract: paper.abstract,
    summary: paper.summary,
    authors: JSON.stringify(paper.authors),
    organisation: paper.organisation,
    published_on: paper.publishedOn,
    url: paper.url,
    pdf_url: paper.pdfUrl,
    code_url: paper.codeUrl,
    project_url: paper.projectUrl,
    keywords: JSON.stringify(paper.keywords),
    arxiv_id: paper.arxivId,
    doi: paper.doi,
    categories: JSON.stringify(paper.categories),
    withdrawn: paper.withdrawn ? 1 : 0,
    origins: JSON.stringify(origins),
  };
}
