import type { Paper } from './paper.js';
import { FIELDS, type FieldName, type ObservedFields, type PaperRecord } from './record.js';

/** Which source each field of a paper is from. */
export type Origins = Partial<Record<FieldName, string>>;

/** A paper as it is made of its records. */
export interface MergedPaper {
  paper: Paper;
  origins: Origins;
}

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
  pictureUrl: AROUND_THE_PAPER,
  keywords: AROUND_THE_PAPER,
  // Where the paper is talked about, else where it is.
  url: ['huggingface', 'arxiv', 'feed', 'file'],
};

/**
 * Makes one paper of all records of it. Each field is that of the first source in its order that
 * gives it; a blank never beats anything. Depends on which records there are, not on when they
 * came.
 * @param id what `samePapers` found these records to be.
 */
export function mergeRecords(id: string, records: readonly PaperRecord[]): MergedPaper {
  const best: ObservedFields = {};
  const origins: Origins = {};
  for (const name of FIELDS) {
    const from = findBest(name, records);
    if (from) copyField(best, origins, name, from);
  }
  return { paper: toPaper(id, records, best), origins };
}

function findBest(name: FieldName, records: readonly PaperRecord[]): PaperRecord | undefined {
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

function copyField<Name extends FieldName>(
  best: ObservedFields,
  origins: Origins,
  name: Name,
  { source, fields }: PaperRecord,
): void {
  best[name] = fields[name];
  origins[name] = source;
}

function toPaper(id: string, records: readonly PaperRecord[], best: ObservedFields): Paper {
  return {
    id,
    arxivId: records.find(({ arxivId }) => arxivId !== null)?.arxivId ?? null,
    doi: best.doi?.value ?? null,
    title: best.title?.value ?? '',
    abstract: best.abstract?.value ?? '',
    summary: best.summary?.value ?? null,
    authors: best.authors?.value ?? [],
    organisation: best.organisation?.value ?? null,
    publishedOn: best.publishedOn?.value ?? null,
    url: best.url?.value ?? '',
    pdfUrl: best.pdfUrl?.value ?? null,
    codeUrl: best.codeUrl?.value ?? null,
    projectUrl: best.projectUrl?.value ?? null,
    ...(best.pictureUrl && { pictureUrl: best.pictureUrl.value }),
    keywords: best.keywords?.value ?? [],
    categories: best.categories?.value ?? [],
    withdrawn: best.withdrawn?.value ?? false,
  };
}
