import { addDays, type Day } from '../base/day.js';
import { normaliseTitle, paperId } from '../papers/identity.js';
import type { ListedPaper, Paper } from '../papers/paper.js';
import type { Database } from './database.js';
import { type KeptRecord, loadRecords } from './records.js';

/** A paper of an answer as its record is called. */
export interface KeyedPaper extends ListedPaper {
  /** What its source calls it by now, where the record is called otherwise. */
  currentKey?: string;
}

/** The key of what is told of a paper. */
export function toKey({ paper }: ListedPaper): string {
  return paperId(paper, paper.id);
}

/**
 * A paper that its source used to call otherwise goes by that, so that it is no second one. Once a
 * record has a later key it keeps it, whatever else is told under that.
 */
export async function underKnownKeys(
  database: Database,
  source: string,
  day: Day,
  papers: readonly ListedPaper[],
): Promise<readonly KeyedPaper[]> {
  const renamable = papers.filter((listed) => listed.alias && toKey(listed) === listed.paper.id);
  if (renamable.length === 0) return papers;
  const names = renamable.map(toKey);
  const aliases = renamable.flatMap(({ alias }) => alias?.key ?? []);
  const keys = [...names, ...aliases];
  const known = new Map<string, KeptRecord>();
  for (const record of await loadRecords(database, { source, keys })) known.set(record.key, record);
  const renamed = new Map<string | null, KeptRecord>();
  for (const record of await loadRecords(database, { source, keys: names, by: 'current_key' })) {
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
  known: ReadonlyMap<string, KeptRecord>,
  day: Day,
): KeptRecord | null {
  const record = alias && known.get(alias.key);
  if (record === undefined) return null;
  if (isTitled(record, paper.title)) return record;
  // On a page of news each entry has the key of the one before, and another title.
  const isFree = record.currentKey === null && !alias?.isShared;
  return isFree && isOfOneTime(record, paper, day) ? record : null;
}

function isTitled({ fields }: KeptRecord, title: string): boolean {
  const words = (text: string) => normaliseTitle(text) || text;
  return words(fields.title?.value ?? '') === words(title);
}

/** After so many days without a word of it, a record is none that has just been renamed. */
const LATELY_DAYS = 7;

function isOfOneTime({ fields }: KeptRecord, { publishedOn }: Paper, day: Day): boolean {
  const isOfOneDay = (fields.publishedOn?.value ?? null) === publishedOn;
  return isOfOneDay && (fields.title?.day ?? '') > addDays(day, -LATELY_DAYS);
}
