import { type EditionPaper, risingLine } from '../editions/edition.js';
import { shortAuthors } from './names.js';

/** So many papers at the top of an edition, or of a digest, get more room than the others. */
export const LEADS = 3;

/** What templates of pages and mails alike show of a paper. */
export function presentPaper(paper: EditionPaper) {
  return {
    title: paper.title,
    url: paper.url,
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
