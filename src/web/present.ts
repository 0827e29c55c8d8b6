import { longDay } from '../base/day.js';
import { LEADS } from '../digest/cards.js';
import { toParagraphs } from '../editions/curation.js';
import {
  type Edition,
  type EditionPaper,
  editionPath,
  editionTitle,
  type FullEdition,
  risingLine,
} from '../editions/edition.js';
import { toNamedSources } from '../views/named-sources.js';
import { joined, shortAuthors } from '../views/names.js';

/** An edition as the pages show it. */
export function presentEdition(edition: Edition) {
  return {
    date: edition.date,
    dateLong: longDay(edition.date),
    title: editionTitle(edition),
    url: editionPath(edition),
    sample: edition.kind === 'sample',
    count: edition.count,
    note: toParagraphs(edition.note),
  };
}

export function presentFullEdition(edition: FullEdition) {
  return {
    ...presentEdition(edition),
    sources: toNamedSources(edition),
    papers: edition.papers.map(presentPaper),
  };
}

function presentPaper(paper: EditionPaper, place: number) {
  return {
    rank: place + 1,
    lead: place < LEADS,
    title: paper.title,
    url: paper.url,
    pdfUrl: paper.pdfUrl,
    codeUrl: paper.codeUrl,
    codeStars: paper.signal.codeStars,
    projectUrl: paper.projectUrl,
    authors: shortAuthors(paper.authors),
    authorsFull: joined(paper.authors),
    organisation: paper.organisation,
    upvotes: paper.uncounted ? null : paper.signal.upvotes,
    comments: paper.signal.comments,
    summary: paper.summary,
    abstract: paper.abstract,
    rising: risingLine(paper),
    suggestedBy: shortAuthors(paper.suggestedBy ?? []),
  };
}
