import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import { type KeyedPaper, toKey, underKnownKeys } from './aliases.js';
import { loadConnected, type ObservedRecord, toRecordName } from './connected.js';
import { samePapers } from './dedupe.js';
import type { IngestStore, Listing, StoredRecord } from './ingest-store.js';
import { type MergedPaper, mergeRecords } from './merge.js';
import type { ListedPaper, Signal } from './paper.js';
import type { PaperStore } from './paper-store.js';
import { addObservation } from './record.js';
import { toSearchTexts } from './search-texts.js';

/** What one source lists for one day. */
export interface Answer {
  source: string;
  day: Day;
  papers: readonly ListedPaper[];
  /** Newer texts of papers that are not listed: unknown ones stay unknown. */
  updates?: readonly ListedPaper[] | undefined;
}

/** What became of an answer. */
export interface Ingested {
  /** How many distinct papers of it are in the store, new or known. */
  stored: number;
  /** Papers that turned out to be the same as another, by their ids. */
  joined: { id: string; into: string }[];
}

export interface IngestDeps {
  papers: Pick<PaperStore, 'ingesting'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Takes in an answer: keeps its papers as listed by its source for its day, together with their
 * signals, all or none, and makes one paper of all that are the same, whichever source they are
 * from (`merge.ts`).
 */
export function ingest({ papers, clock }: IngestDeps, answer: Answer): Promise<Ingested> {
  return papers.ingesting(async (store) => {
    const listed = await underKnownKeys(store, answer);
    const updates = await findKnown(store, answer.updates ?? []);
    const observed = await observe(store, answer, [...listed, ...updates]);
    const placed = placeRecords(await loadConnected(store, observed));
    await store.savePapers(
      placed.papers.map((merged) => ({ ...merged, searched: toSearchTexts(merged.paper) })),
    );
    await store.saveRecords(placed.changed);
    const joined = await leaveOldPapers(store, placed);
    const paperIds = await saveListed(store, answer, { listed, placed, observedAt: clock.now() });
    return { stored: new Set(paperIds).size, joined };
  });
}

/** Those of which any source has a record. */
async function findKnown(
  store: IngestStore,
  updates: readonly ListedPaper[],
): Promise<ListedPaper[]> {
  if (updates.length === 0) return [];
  const records = await store.loadLinkedRecords('key', updates.map(toKey));
  const known = new Set(records.map(({ key }) => key));
  return updates.filter((listed) => known.has(toKey(listed)));
}

/** The records of the answer's papers as they are with this answer. */
async function observe(
  store: IngestStore,
  { source, day }: Answer,
  papers: readonly KeyedPaper[],
): Promise<ObservedRecord[]> {
  const records = new Map<string, ObservedRecord>();
  for (const stored of await store.loadRecords(source, papers.map(toKey))) {
    records.set(stored.key, stored);
  }
  for (const listed of papers) {
    const known = records.get(toKey(listed));
    const record = addObservation(source, day, listed, known);
    const before = known?.before ?? (known ? [known] : []);
    const currentKey = known?.currentKey ?? listed.currentKey ?? null;
    records.set(record.key, { ...record, currentKey, paperId: known?.paperId ?? null, before });
  }
  return [...records.values()];
}

/** Where records belong. */
interface Placed {
  papers: MergedPaper[];
  /** Those that have to be written. */
  changed: StoredRecord[];
  /** Those that belong to another paper than before. */
  moved: { record: StoredRecord; from: string }[];
  /** Ids of papers by the names of their records. */
  paperIds: ReadonlyMap<string, string>;
}

function placeRecords(records: readonly ObservedRecord[]): Placed {
  const paperIds = new Map<string, string>();
  const papers: MergedPaper[] = [];
  for (const [id, same] of samePapers(records)) {
    papers.push(mergeRecords(id, same));
    for (const record of same) paperIds.set(toRecordName(record), id);
  }
  const placed: Placed = { papers, paperIds, changed: [], moved: [] };
  for (const { before, paperId: from, ...record } of records) {
    const paperId = paperIds.get(toRecordName(record)) ?? record.key;
    const stored = { ...record, paperId };
    // One that is only connected with the answer says what it said.
    if (before !== undefined || from !== paperId) placed.changed.push(stored);
    if (from !== null && from !== paperId) placed.moved.push({ record: stored, from });
  }
  return placed;
}

/** What belongs to a record goes along with it; a paper without records is no more. */
async function leaveOldPapers(
  store: IngestStore,
  { moved, paperIds }: Placed,
): Promise<Ingested['joined']> {
  const kept = new Set(paperIds.values());
  const joined = new Map<string, string>();
  for (const { record, from } of moved) {
    await store.moveListings(record, from, record.paperId);
    if (kept.has(from)) continue;
    if (record.key === from || !joined.has(from)) joined.set(from, record.paperId);
  }
  await store.removePapers([...joined.keys()]);
  return [...joined].map(([id, into]) => ({ id, into }));
}

/** @returns the ids of the papers that are listed. */
async function saveListed(
  store: IngestStore,
  { source, day }: Answer,
  {
    listed,
    placed,
    observedAt,
  }: { listed: readonly KeyedPaper[]; placed: Placed; observedAt: number },
): Promise<string[]> {
  const listings: Listing[] = [];
  // Of what an answer says twice, the last counts.
  const signals = new Map<string, { listing: Listing; signal: Signal }>();
  for (const paper of listed) {
    const key = toKey(paper);
    const paperId = placed.paperIds.get(toRecordName({ source, key })) ?? key;
    const listing = { paperId, source, key, day };
    listings.push(listing);
    if (paper.signal !== null) signals.set(key, { listing, signal: paper.signal });
  }
  await store.saveListings(listings);
  await store.saveSignals([...signals.values()], observedAt);
  return listings.map(({ paperId }) => paperId);
}
