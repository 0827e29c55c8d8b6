import { type ObservedFields, type PaperRecord, toDoi } from '../papers/record.js';
import { texts, toBatches } from './batch.js';
import type { Database } from './database.js';
import type { Tables } from './tables.js';

/** A record with the paper it belonged to so far, and what it said before this answer. */
export interface KeptRecord extends PaperRecord {
  /** `null` for a record that is new. */
  paperId: string | null;
  /** What its source calls it by now, where that is not its key. */
  currentKey: string | null;
  before?: readonly PaperRecord[];
}

/** What tells a record from all others. */
export function toRecordKey(source: string, key: string): string {
  return `${source} ${key}`;
}

interface Wanted {
  source: string;
  keys: readonly string[];
  /** Which of its keys; that of the record when left out. */
  by?: 'key' | 'current_key';
}

/** The records that `source` has under `keys`. */
export async function loadRecords(
  { db, dialect }: Database,
  { source, keys, by = 'key' }: Wanted,
): Promise<KeptRecord[]> {
  const rows = await db
    .selectFrom('records')
    .selectAll()
    .where('source', '=', source)
    .where(by, 'in', texts(dialect, keys))
    .execute();
  return rows.map(toRecord);
}

/** By what records find each other. */
const LINKS = ['key', 'arxiv_id', 'doi', 'title_key', 'paper_id'] as const;
type Link = (typeof LINKS)[number];

/**
 * `told` and all records that are connected with them: by an id, a DOI, a title, the paper they
 * belong to, or another record that is. What `told` said before counts too.
 */
export async function loadConnected(
  database: Database,
  told: readonly KeptRecord[],
): Promise<KeptRecord[]> {
  const found = new Map(told.map((record) => [toRecordKey(record.source, record.key), record]));
  const followed = new Set<string>();
  let fresh: readonly KeptRecord[] = told;
  while (fresh.length > 0) {
    const next: KeptRecord[] = [];
    for (const link of LINKS) {
      const values = [...new Set(fresh.flatMap((record) => toLinkValues(record, link)))].filter(
        (value) => !followed.has(`${link} ${value}`),
      );
      for (const value of values) followed.add(`${link} ${value}`);
      for (const record of await linkedBy(database, link, values)) {
        const key = toRecordKey(record.source, record.key);
        if (found.has(key)) continue;
        found.set(key, record);
        next.push(record);
      }
    }
    fresh = next;
  }
  return [...found.values()];
}

function toLinkValues(record: KeptRecord, link: Link): string[] {
  const all = [record, ...(record.before ?? [])];
  const values = {
    key: () => [record.key],
    arxiv_id: () => all.map(({ arxivId }) => arxivId),
    doi: () => all.map(toDoi),
    title_key: () => all.map(({ titleKey }) => titleKey),
    paper_id: () => [record.paperId],
  }[link]();
  return values.filter((value) => value !== null);
}

async function linkedBy(
  { db, dialect }: Database,
  link: Link,
  values: readonly string[],
): Promise<KeptRecord[]> {
  if (values.length === 0) return [];
  const rows = await db
    .selectFrom('records')
    .selectAll()
    .where(link, 'in', texts(dialect, values))
    .execute();
  return rows.map(toRecord);
}

/** Where each of them belongs. */
export async function saveRecords(
  { db }: Database,
  placed: readonly { record: KeptRecord; paperId: string }[],
): Promise<void> {
  const rows = placed
    // One that only was connected says what it said.
    .filter(({ record, paperId }) => record.before !== undefined || record.paperId !== paperId)
    .map(({ record, paperId }) => toRow(record, paperId));
  for (const values of toBatches(rows)) {
    await db
      .insertInto('records')
      .values([...values])
      .onConflict((conflict) =>
        conflict.columns(['key', 'source']).doUpdateSet((eb) => ({
          paper_id: eb.ref('excluded.paper_id'),
          arxiv_id: eb.ref('excluded.arxiv_id'),
          doi: eb.ref('excluded.doi'),
          title_key: eb.ref('excluded.title_key'),
          current_key: eb.ref('excluded.current_key'),
          fields: eb.ref('excluded.fields'),
        })),
      )
      .execute();
  }
}

function toRow(record: KeptRecord, paperId: string): Tables['records'] {
  return {
    source: record.source,
    key: record.key,
    paper_id: paperId,
    arxiv_id: record.arxivId,
    doi: toDoi(record),
    title_key: record.titleKey,
    current_key: record.currentKey,
    fields: JSON.stringify(record.fields),
  };
}

function toRecord(row: Tables['records']): KeptRecord {
  return {
    source: row.source,
    key: row.key,
    arxivId: row.arxiv_id,
    titleKey: row.title_key,
    fields: JSON.parse(row.fields) as ObservedFields,
    paperId: row.paper_id,
    currentKey: row.current_key,
  };
}
