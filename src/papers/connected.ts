import type { IngestStore, RecordLink } from './ingest-store.js';
import { type PaperRecord, toDoi } from './record.js';

/** A record with what an answer says. */
export interface ObservedRecord extends PaperRecord {
  /** The paper that it belonged to so far; `null` for a record that is new. */
  paperId: string | null;
  /** What its source calls it by now, where that is not its key. */
  currentKey: string | null;
  /** What it said before this answer; left out where the answer says nothing of it. */
  before?: readonly PaperRecord[];
}

/** What tells a record from all others. */
export function toRecordName({ source, key }: { source: string; key: string }): string {
  return `${source} ${key}`;
}

const LINKS: readonly RecordLink[] = ['key', 'arxivId', 'doi', 'titleKey', 'paperId'];

/**
 * The records of an answer and all that are connected with them: by an id, a DOI, a title, the paper
 * they belong to, or another record that is. What they said before counts too.
 */
export async function loadConnected(
  store: Pick<IngestStore, 'loadLinkedRecords'>,
  observed: readonly ObservedRecord[],
): Promise<ObservedRecord[]> {
  const found = new Map(observed.map((record) => [toRecordName(record), record]));
  const followed = new Set<string>();
  let fresh = observed;
  while (fresh.length > 0) {
    const next: ObservedRecord[] = [];
    for (const link of LINKS) {
      const values = [...new Set(fresh.flatMap((record) => toLinkValues(record, link)))].filter(
        (value) => !followed.has(`${link} ${value}`),
      );
      if (values.length === 0) continue;
      for (const value of values) followed.add(`${link} ${value}`);
      for (const record of await store.loadLinkedRecords(link, values)) {
        const name = toRecordName(record);
        if (found.has(name)) continue;
        found.set(name, record);
        next.push(record);
      }
    }
    fresh = next;
  }
  return [...found.values()];
}

function toLinkValues(record: ObservedRecord, link: RecordLink): string[] {
  const all = [record, ...(record.before ?? [])];
  const values = {
    key: () => [record.key],
    arxivId: () => all.map(({ arxivId }) => arxivId),
    doi: () => all.map(toDoi),
    titleKey: () => all.map(({ titleKey }) => titleKey),
    paperId: () => [record.paperId],
  }[link]();
  return values.filter((value) => value !== null);
}
