import { type EditionPaper, risingLine } from '../editions/edition.js';
import { findLanguage } from '../text/language.js';
import { paperPath } from './paper-path.js';

/** So many papers at the top of an edition, or of a digest, get more room than the others. */
export const LEADS = 3;

/** What templates of pages and mails alike show of a paper. */
export function presentPaper(paper: EditionPaper) {
  return {
    title: paper.title,
    /** Languages of texts in another script than the page's, for `lang`. */
    titleLang: findLanguage(paper.title),
    summaryLang: findLanguage(paper.summary ?? ''),
    abstractLang: findLanguage(paper.abstract),
    url: paper.url,
    page: paperPath(paper.id),
    pdfUrl: paper.pdfUrl,
    codeUrl: paper.codeUrl,
    codeStars: paper.signal.codeStars,
    projectUrl: paper.projectUrl,
    authors: shortAuthors(paper.authors),
    organisation: paper.organisation,
    upvotes: paper.uncounted ? null : paper.signal.upvotes,
    comments: paper.signal.comments,
    summary: paper.summary,
    abstract: paper.abstract,
    rising: risingLine(paper),
    suggestedBy: shortAuthors(paper.suggestedBy ?? []),
  };
}

/** Authors beyond this many become "and N others". */
const NAMED = 4;
const SHOWN = 2;

/** `A. Author, B. Author and 662 others`; up to four names stand in full. */
export function shortAuthors(authors: readonly string[]): string {
  if (authors.length <= NAMED) return joined(authors);
  const others = authors.length - SHOWN;
  return `${authors.slice(0, SHOWN).join(', ')} and ${others} others`;
}

/** `A, B and C`. */
export function joined(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
