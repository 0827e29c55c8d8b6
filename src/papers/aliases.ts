import { addDays, type Day } from '../base/day.js';
import { normaliseTitle, paperId } from './identity.js';
import type { IngestStore, StoredRecord } from './ingest-store.js';
import type { ListedPaper, Paper } from './paper.js';

/** A paper of an answer as its record is called. */
export interface KeyedPaper extends ListedPaper {
  /** What its source calls it by now, where the record is called otherwise. */
  currentKey?: string;
}

/** The key of the record of a listed paper. */
export function toKey({ paper }: ListedPaper): string {
  return paperId(paper, paper.id);
}

/**
 * A paper that its source used to call otherwise goes by that, so that it is no second one. Once a
 * record has a current key it keeps it, whatever else is listed under that.
 */
export async function underKnownKeys(
  store: Pick<IngestStore, 'loadRecords'>,
  { source, day, papers }: { source: string; day: Day; papers: readonly ListedPaper[] },
): Promise<readonly KeyedPaper[]> {
  const renamable = papers.filter((listed) => listed.alias && toKey(listed) === listed.paper.id);
  if (renamable.length === 0) return papers;
  const names = renamable.map(toKey);
  const aliases = renamable.flatMap(({ alias }) => alias?.key ?? []);
  const known = new Map<string, StoredRecord>();
  for (const record of await store.loadRecords(source, [...names, ...aliases])) {
    known.set(record.key, record);
  }
  const renamed = new Map<string | null, StoredRecord>();
  for (const record of await store.loadRecords(source, names, 'currentKey')) {
    renamed.set(record.currentKey, record);
  }
  return papers.map((listed) => {
    const id = toKey(listed);
    if (known.has(id)) return listed;
    const other = renamed.get(id) ?? findByAlias(listed, known, day);
    return other
      ? { ...listed, paper: { ...listed.paper, id: other.key }, currentKey: id }
      : listed;
  });
}

function findByAlias(
  { paper, alias }: ListedPaper,
  known: ReadonlyMap<string, StoredRecord>,
  day: Day,
): StoredRecord | null {
  const record = alias && known.get(alias.key);
  if (record === undefined) return null;
  if (isTitled(record, paper.title)) return record;
  // On a page of news each entry has the key of the one before, and another title.
  const isFree = record.currentKey === null && !alias?.isShared;
  return isFree && isOfSameTime(record, paper, day) ? record : null;
}

function isTitled({ fields }: StoredRecord, title: string): boolean {
  const words = (text: string) => normaliseTitle(text) || text;
  return words(fields.title?.value ?? '') === words(title);
}

/** Days after which a record that was not listed is none that has just been renamed. */
const RENAMED_WITHIN_DAYS = 7;

function isOfSameTime({ fields }: StoredRecord, { publishedOn }: Paper, day: Day): boolean {
  const isOfSameDay = (fields.publishedOn?.value ?? null) === publishedOn;
  return isOfSameDay && (fields.title?.day ?? '') > addDays(day, -RENAMED_WITHIN_DAYS);
}
