import type { Paper } from './paper.js';
import { FIELDS, type FieldName, type ObservedFields, type PaperRecord } from './record.js';

/** Which source each field of a paper is from. */
export type Origins = Partial<Record<FieldName, string>>;

/**
 * Whose word counts first, by what it is about. arXiv keeps the paper itself; Hugging Face copies
 * from it, but has readers who add code and pages; a file is what the operator got somewhere; a
 * feed is often cut short.
 */
const OF_THE_PAPER = ['arxiv', 'huggingface', 'file', 'feed'];
const AROUND_THE_PAPER = ['huggingface', 'file', 'arxiv', 'feed'];

const ORDER: Readonly<Record<FieldName, readonly string[]>> = {
  title: OF_THE_PAPER,
  abstract: OF_THE_PAPER,
  authors: OF_THE_PAPER,
  publishedOn: OF_THE_PAPER,
  doi: OF_THE_PAPER,
  pdfUrl: OF_THE_PAPER,
  categories: OF_THE_PAPER,
  withdrawn: OF_THE_PAPER,
  summary: AROUND_THE_PAPER,
  organisation: AROUND_THE_PAPER,
  codeUrl: AROUND_THE_PAPER,
  projectUrl: AROUND_THE_PAPER,
  keywords: AROUND_THE_PAPER,
  // Where the paper is talked about, else where it is.
  url: ['huggingface', 'arxiv', 'feed', 'file'],
};

/**
 * Makes one paper of all records of it. Each field is that of the first source in its order that
 * has told it; a blank never beats anything. Depends on which records there are, not on when they
 * came.
 * @param id what `samePapers` found these records to be.
 */
export function mergeRecords(
  id: string,
  records: readonly PaperRecord[],
): { paper: Paper; origins: Origins } {
  const told: ObservedFields = {};
  const origins: Origins = {};
  for (const name of FIELDS) {
    const best = firstTo(name, records);
    if (best) take(told, origins, name, best);
  }
  return { paper: toPaper(id, records, told), origins };
}

function firstTo(name: FieldName, records: readonly PaperRecord[]): PaperRecord | undefined {
  const who = records.filter(({ fields }) => {
    // One source that knows of a withdrawal is enough: the others may not have heard of it.
    return name === 'withdrawn' ? fields.withdrawn?.value === true : fields[name] !== undefined;
  });
  return who.sort((a, b) => before(name, a, b))[0];
}

function before(name: FieldName, a: PaperRecord, b: PaperRecord): number {
  const [one, other] = [a.fields[name], b.fields[name]];
  return (
    place(name, a.source) - place(name, b.source) ||
    compare(a.source, b.source) ||
    (other?.version ?? 0) - (one?.version ?? 0) ||
    compare(other?.day ?? '', one?.day ?? '') ||
    compare(a.key, b.key)
  );
}

/** Sources that the order does not name come last. */
function place(name: FieldName, source: string): number {
  const found = ORDER[name].indexOf(source);
  return found < 0 ? ORDER[name].length : found;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function take<Name extends FieldName>(
  told: ObservedFields,
  origins: Origins,
  name: Name,
  { source, fields }: PaperRecord,
): void {
  told[name] = fields[name];
  origins[name] = source;
}

function toPaper(id: string, records: readonly PaperRecord[], told: ObservedFields): Paper {
  return {
    id,
    arxivId: records.find(({ arxivId }) => arxivId !== null)?.arxivId ?? null,
    doi: told.doi?.value ?? null,
    title: told.title?.value ?? '',
    abstract: told.abstract?.value ?? '',
    summary: told.summary?.value ?? null,
    authors: told.authors?.value ?? [],
    organisation: told.organisation?.value ?? null,
    publishedOn: told.publishedOn?.value ?? null,
    url: told.url?.value ?? '',
    pdfUrl: told.pdfUrl?.value ?? null,
    codeUrl: told.codeUrl?.value ?? null,
    projectUrl: told.projectUrl?.value ?? null,
    keywords: told.keywords?.value ?? [],
    categories: told.categories?.value ?? [],
    withdrawn: told.withdrawn?.value ?? false,
  };
}
