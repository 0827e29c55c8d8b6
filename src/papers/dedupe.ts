import { normaliseTitle } from './identity.js';
import { type PaperRecord, toDoi } from './record.js';

/** The records of each paper, by what the paper is stored under. */
export type Papers = Map<string, PaperRecord[]>;

/**
 * Finds which records are of the same paper: by arXiv id, then DOI, then title. Two arXiv ids are
 * two papers, whatever else they share. A title counts only where it is long enough, no id speaks
 * against it, the authors agree where both sides name some, and there is one paper that it can
 * mean. Depends on the records alone, not on their order.
 * @param records with each, all that share its arXiv id, DOI or title.
 */
export function samePapers(records: readonly PaperRecord[]): Papers {
  const papers: Papers = new Map();
  const unidentified: Papers = new Map();
  const owners = ownersOfDois(records);
  for (const record of records) {
    const doi = toDoi(record);
    if (record.arxivId !== null) add(papers, record.arxivId, record);
    else if (doi !== null) add(papers, owners.get(doi) ?? DOI + doi, record);
    else add(unidentified, record.key, record);
  }
  joinPreprints(papers);
  joinUnidentified(papers, unidentified);
  return papers;
}

const DOI = 'doi:';

/** The arXiv id of each DOI that comes with one; the first, should there be several. */
function ownersOfDois(records: readonly PaperRecord[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const record of records) {
    const doi = toDoi(record);
    if (record.arxivId === null || doi === null) continue;
    const owner = owners.get(doi);
    if (owner === undefined || record.arxivId < owner) owners.set(doi, record.arxivId);
  }
  return owners;
}

/**
 * A paper known by its DOI alone and one known by its arXiv id alone may be the same one, in a
 * journal and before: so where each is the only one that fits the other by title.
 */
function joinPreprints(papers: Papers): void {
  const ids = [...papers.keys()];
  const published = new Titles(
    papers,
    ids.filter((id) => id.startsWith(DOI)),
  );
  const preprints = new Titles(
    papers,
    ids.filter((id) => papers.get(id)?.every((record) => toDoi(record) === null)),
  );
  const pairs = ids.flatMap((id) => {
    const mate = id.startsWith(DOI) ? preprints.only(papers.get(id)) : null;
    return mate !== null && published.only(papers.get(mate)) === id ? [[id, mate] as const] : [];
  });
  for (const [id, mate] of pairs) {
    for (const record of papers.get(id) ?? []) add(papers, mate, record);
    papers.delete(id);
  }
}

function joinUnidentified(papers: Papers, unidentified: Papers): void {
  const named = new Titles(papers, papers.keys());
  const unplaced = new Map<string, PaperRecord[]>();
  const paperIds: [string, readonly PaperRecord[]][] = [];
  for (const [key, records] of unidentified) {
    const paperId = named.only(records);
    if (paperId === null) unplaced.set(key, records);
    else paperIds.push([paperId, records]);
  }
  for (const [id, records] of paperIds) for (const record of records) add(papers, id, record);
  for (const [key, records] of joinByTitle(unplaced)) papers.set(key, records);
}

/** Those of one title are one paper, unless the authors of any two of them differ. */
function joinByTitle(unidentified: Papers): Papers {
  const joined: Papers = new Map();
  for (const [titleKey, alike] of byTitle(unidentified)) {
    const all = alike.flatMap(([, records]) => records);
    const one = titleKey !== null && alike.length <= MANY && allAgree(all);
    const [first] = alike.map(([key]) => key).sort();
    for (const [key, records] of alike) {
      for (const record of records) add(joined, one ? (first ?? key) : key, record);
    }
  }
  return joined;
}

function byTitle(unidentified: Papers): Map<string | null, [string, PaperRecord[]][]> {
  const found = new Map<string | null, [string, PaperRecord[]][]>();
  for (const [key, records] of unidentified) {
    const [titleKey = null] = records.flatMap((record) => record.titleKey ?? []).sort();
    const alike = found.get(titleKey);
    if (alike) alike.push([key, records]);
    else found.set(titleKey, [[key, records]]);
  }
  return found;
}

function allAgree(records: readonly PaperRecord[]): boolean {
  return records.every((a, place) => records.slice(place + 1).every((b) => authorsAgree(a, b)));
}

/** A title of more papers than this tells none of them from the others. */
const MANY = 20;

/** Papers by their titles. */
class Titles {
  readonly #papers: Papers;
  readonly #ids = new Map<string, Set<string>>();

  constructor(papers: Papers, ids: Iterable<string>) {
    this.#papers = papers;
    for (const id of ids) {
      for (const { titleKey } of papers.get(id) ?? []) {
        if (titleKey === null) continue;
        const known = this.#ids.get(titleKey);
        if (known) known.add(id);
        else this.#ids.set(titleKey, new Set([id]));
      }
    }
  }

  /** The paper that these records mean by their titles, `null` where there is none or several. */
  only(records: readonly PaperRecord[] = []): string | null {
    const found = new Set<string>();
    for (const record of records) {
      const ids = this.#ids.get(record.titleKey ?? '') ?? new Set();
      if (ids.size > MANY) return null;
      for (const id of ids) {
        if (this.#papers.get(id)?.some((other) => fits(record, other))) found.add(id);
      }
    }
    const [only] = found;
    return only !== undefined && found.size === 1 ? only : null;
  }
}

function fits(record: PaperRecord, other: PaperRecord): boolean {
  return record.titleKey === other.titleKey && authorsAgree(record, other);
}

/** Two lists of names agree when a name, or a part of one, is in both; or one of them is blank. */
function authorsAgree(a: PaperRecord, b: PaperRecord): boolean {
  const [some, others] = [toAuthorNames(a), toAuthorNames(b)];
  return some.size === 0 || others.size === 0 || [...some].some((name) => others.has(name));
}

const NAMES = new WeakMap<PaperRecord, ReadonlySet<string>>();

/** Without initials, which anybody may share. Worked out once: lists may be long. */
function toAuthorNames(record: PaperRecord): ReadonlySet<string> {
  const known = NAMES.get(record);
  if (known) return known;
  const names = new Set(
    (record.fields.authors?.value ?? []).flatMap((name) =>
      normaliseTitle(name)
        .split(' ')
        .filter((part) => part.length > 1),
    ),
  );
  NAMES.set(record, names);
  return names;
}

function add(papers: Papers, id: string, record: PaperRecord): void {
  const known = papers.get(id);
  if (known) known.push(record);
  else papers.set(id, [record]);
}
