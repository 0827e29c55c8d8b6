import type { Day } from '../base/day.js';
import { samePapers } from '../papers/dedupe.js';
import { mergeRecords, type Origins } from '../papers/merge.js';
import type { ListedPaper, Paper, Signal } from '../papers/paper.js';
import type { SavedListing } from '../papers/paper-store.js';
import { tell } from '../papers/record.js';
import { type KeyedPaper, toKey, underKnownKeys } from './aliases.js';
import { texts, toBatches } from './batch.js';
import type { Database } from './database.js';
import {
  type KeptRecord,
  loadConnected,
  loadRecords,
  saveRecords,
  toRecordKey,
} from './records.js';
import type { Tables } from './tables.js';

/** Saves one source's answer; in a transaction, with nobody else saving. */
export async function saveListing(
  database: Database,
  source: string,
  day: Day,
  { papers: answered, updates, now }: Answer,
): Promise<SavedListing> {
  const papers = await underKnownKeys(database, source, day, answered);
  const known = await loadKnown(database, updates);
  const told = await tellAll(database, source, day, [...papers, ...known]);
  const kept = await loadConnected(database, told);
  const paperIds = await savePapers(database, kept);
  const joined = await leaveOldPapers(database, kept, paperIds);
  const seen = papers.map((listed) => {
    const key = toKey(listed);
    const place = { paper_id: paperIds.get(toRecordKey(source, key)) ?? key, source, key, day };
    return { place, signal: listed.signal };
  });
  await saveListings(
    database,
    seen.map(({ place }) => place),
  );
  await saveSignals(database, seen, now);
  const stored = new Set(papers.map((listed) => paperIds.get(toRecordKey(source, toKey(listed)))));
  return { stored: stored.size, joined };
}

interface Answer {
  papers: readonly ListedPaper[];
  updates: readonly ListedPaper[];
  now: number;
}

/** Those that any source has told of. */
async function loadKnown(
  { db, dialect }: Database,
  updates: readonly ListedPaper[],
): Promise<ListedPaper[]> {
  const keys = updates.map(toKey);
  if (keys.length === 0) return [];
  const rows = await db
    .selectFrom('records')
    .select('key')
    .where('key', 'in', texts(dialect, keys))
    .execute();
  const known = new Set(rows.map(({ key }) => key));
  return updates.filter((listed) => known.has(toKey(listed)));
}

/** The records of the answer's papers as they are with this answer. */
async function tellAll(
  database: Database,
  source: string,
  day: Day,
  papers: readonly KeyedPaper[],
): Promise<KeptRecord[]> {
  const keys = papers.map(toKey);
  const records = new Map<string, KeptRecord>();
  for (const kept of await loadRecords(database, { source, keys })) records.set(kept.key, kept);
  for (const listed of papers) {
    const known = records.get(toKey(listed));
    const record = tell(source, day, listed, known);
    const before = known?.before ?? (known ? [known] : []);
    const currentKey = known?.currentKey ?? listed.currentKey ?? null;
    records.set(record.key, { ...record, currentKey, paperId: known?.paperId ?? null, before });
  }
  return [...records.values()];
}

/** Where each record belongs, and the papers made of them. */
async function savePapers(
  database: Database,
  kept: readonly KeptRecord[],
): Promise<ReadonlyMap<string, string>> {
  const paperIds = new Map<string, string>();
  const papers: Tables['papers'][] = [];
  for (const [id, records] of samePapers(kept)) {
    const { paper, origins } = mergeRecords(id, records);
    papers.push(toRow(paper, origins));
    for (const record of records) paperIds.set(toRecordKey(record.source, record.key), id);
  }
  await savePaperRows(database, papers);
  const placed = kept.map((record) => ({
    record,
    paperId: paperIds.get(toRecordKey(record.source, record.key)) ?? record.key,
  }));
  await saveRecords(database, placed);
  return paperIds;
}

/** What belongs to a record goes along with it; a paper without records is no more. */
async function leaveOldPapers(
  { db }: Database,
  kept: readonly KeptRecord[],
  paperIds: ReadonlyMap<string, string>,
): Promise<SavedListing['joined']> {
  const now = new Set(paperIds.values());
  const joined = new Map<string, string>();
  for (const { source, key, paperId: before } of kept) {
    const paperId = paperIds.get(toRecordKey(source, key)) ?? key;
    if (before === null || before === paperId) continue;
    for (const table of ['listings', 'signals'] as const) {
      await db
        .updateTable(table)
        .set({ paper_id: paperId })
        .where('paper_id', '=', before)
        .where('source', '=', source)
        .where('key', '=', key)
        .execute();
    }
    if (!now.has(before) && (key === before || !joined.has(before))) joined.set(before, paperId);
  }
  for (const id of joined.keys()) await db.deleteFrom('papers').where('id', '=', id).execute();
  return [...joined].map(([id, into]) => ({ id, into }));
}

async function savePaperRows({ db }: Database, rows: readonly Tables['papers'][]): Promise<void> {
  for (const values of toBatches(rows)) {
    await db
      .insertInto('papers')
      .values([...values])
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((eb) => ({
          title: eb.ref('excluded.title'),
          abstract: eb.ref('excluded.abstract'),
          summary: eb.ref('excluded.summary'),
          authors: eb.ref('excluded.authors'),
          organisation: eb.ref('excluded.organisation'),
          published_on: eb.ref('excluded.published_on'),
          url: eb.ref('excluded.url'),
          pdf_url: eb.ref('excluded.pdf_url'),
          code_url: eb.ref('excluded.code_url'),
          project_url: eb.ref('excluded.project_url'),
          keywords: eb.ref('excluded.keywords'),
          arxiv_id: eb.ref('excluded.arxiv_id'),
          doi: eb.ref('excluded.doi'),
          categories: eb.ref('excluded.categories'),
          withdrawn: eb.ref('excluded.withdrawn'),
          origins: eb.ref('excluded.origins'),
        })),
      )
      .execute();
  }
}

async function saveListings(
  { db }: Database,
  places: readonly Tables['listings'][],
): Promise<void> {
  for (const values of toBatches(places)) {
    await db
      .insertInto('listings')
      .values([...values])
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Of what an answer says twice the last counts: one statement must not write a row twice. */
async function saveSignals(
  { db }: Database,
  seen: readonly { place: Tables['listings']; signal: Signal | null }[],
  now: number,
): Promise<void> {
  const rows = new Map<string, Tables['signals']>();
  for (const { place, signal } of seen) {
    if (signal === null) continue;
    const { upvotes, comments, codeStars } = signal;
    const counted = { upvotes, comments, code_stars: codeStars };
    rows.set(place.key, { ...place, observed_at: now, ...counted });
  }
  for (const values of toBatches([...rows.values()])) {
    await db
      .insertInto('signals')
      .values([...values])
      .onConflict((conflict) =>
        conflict.columns(['key', 'source', 'day', 'observed_at']).doUpdateSet((eb) => ({
          upvotes: eb.ref('excluded.upvotes'),
          comments: eb.ref('excluded.comments'),
          code_stars: eb.ref('excluded.code_stars'),
        })),
      )
      .execute();
  }
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
