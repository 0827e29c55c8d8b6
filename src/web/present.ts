import { type Day, longDay } from '../base/day.js';
import { toParagraphs } from '../editions/curation.js';
import { type Edition, editionPath, editionTitle, type FullEdition } from '../editions/edition.js';
import { toNamedSources } from '../views/named-sources.js';
import { joined, LEADS, presentPaper } from '../views/paper-view.js';
import { toCardName } from './pages/share-cards.js';
import { type PicturedPaper, presentPicture } from './pictured-editions.js';

/** An edition as the pages show it. */
export function presentEdition(edition: Edition) {
  return {
    date: edition.date,
    dateLong: longDay(edition.date),
    title: editionTitle(edition),
    url: editionPath(edition),
    card: toCardName(edition),
    sample: edition.kind === 'sample',
    count: edition.count,
    note: toParagraphs(edition.note),
  };
}

/** @param days of which day papers are, where an edition is of several */
export function presentFullEdition(
  edition: FullEdition,
  days: ReadonlyMap<string, Day> = new Map(),
) {
  return {
    ...presentEdition(edition),
    sources: toNamedSources(edition),
    papers: edition.papers.map((paper, place) => presentRanked(paper, place, days.get(paper.id))),
  };
}

function presentRanked(paper: PicturedPaper, place: number, day: Day | undefined) {
  return {
    ...presentPaper(paper),
    // One large one is as much as a first visit should have to load.
    picture: presentPicture(paper, place === 0 ? 'large' : 'small'),
    ...(day !== undefined && { day, dayUrl: editionPath({ kind: 'daily', date: day }) }),
    rank: place + 1,
    lead: place < LEADS,
    authorsFull: joined(paper.authors),
  };
}
