import type { IngestStore, RecordLink, StoredRecord } from '../papers/ingest-store.js';
import { type ObservedFields, toDoi } from '../papers/record.js';
import { texts, toBatches } from './batch.js';
import type { Database } from './database.js';
import { fileDays, fileVotes } from './filing.js';
import type { Tables } from './tables.js';

/** What each source says of each paper. */
export function recordRows(
  database: Database,
): Pick<IngestStore, 'loadRecords' | 'loadLinkedRecords' | 'saveRecords' | 'moveListings'> {
  return {
    loadRecords: (source, keys, by) => loadRecords(database, source, keys, by),
    loadLinkedRecords: (link, values) => loadLinkedRecords(database, link, values),
    saveRecords: (records) => saveRecords(database, records),
    moveListings: (record, from, to) => moveListings(database, record, from, to),
  };
}

async function loadRecords(
  { db, dialect }: Database,
  source: string,
  keys: readonly string[],
  by: 'key' | 'currentKey' = 'key',
): Promise<StoredRecord[]> {
  const rows = await db
    .selectFrom('records')
    .selectAll()
    .where('source', '=', source)
    .where(by === 'key' ? 'key' : 'current_key', 'in', texts(dialect, keys))
    .execute();
  return rows.map(toRecord);
}

const LINK_COLUMNS = {
  key: 'key',
  arxivId: 'arxiv_id',
  doi: 'doi',
  titleKey: 'title_key',
  paperId: 'paper_id',
} as const satisfies Record<RecordLink, keyof Tables['records']>;

async function loadLinkedRecords(
  { db, dialect }: Database,
  link: RecordLink,
  values: readonly string[],
): Promise<StoredRecord[]> {
  const rows = await db
    .selectFrom('records')
    .selectAll()
    .where(LINK_COLUMNS[link], 'in', texts(dialect, values))
    .execute();
  return rows.map(toRecord);
}

async function saveRecords({ db }: Database, records: readonly StoredRecord[]): Promise<void> {
  for (const some of toBatches(records)) {
    await db
      .insertInto('records')
      .values(some.map(toRow))
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

async function moveListings(
  database: Database,
  { source, key }: { source: string; key: string },
  from: string,
  to: string,
): Promise<void> {
  for (const table of ['listings', 'signals'] as const) {
    await database.db
      .updateTable(table)
      .set({ paper_id: to })
      .where('paper_id', '=', from)
      .where('source', '=', source)
      .where('key', '=', key)
      .execute();
  }
  await fileDays(database, [from, to]);
  await fileVotes(database, [from, to]);
}

function toRow(record: StoredRecord): Tables['records'] {
  return {
    source: record.source,
    key: record.key,
    paper_id: record.paperId,
    arxiv_id: record.arxivId,
    doi: toDoi(record),
    title_key: record.titleKey,
    current_key: record.currentKey,
    fields: JSON.stringify(record.fields),
  };
}

function toRecord(row: Tables['records']): StoredRecord {
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
