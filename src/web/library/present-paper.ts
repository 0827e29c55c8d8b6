import { type Edition, editionPath, weekStart } from '../../editions/edition.js';
import { formatBibtex } from '../../library/bibtex.js';
import { toFacets } from '../../library/facets.js';
import type { ShelvedPaper } from '../../library/library-store.js';
import type { PaperRecord } from '../../library/load-paper.js';
import type { Messages } from '../../views/messages.js';
import { paperPath } from '../../views/paper-path.js';
import { presentPaper, shortAuthors } from '../../views/paper-view.js';
import { formatDays } from './day-range.js';
import { formatJsonLd } from './json-ld.js';
import { listPath } from './library-paths.js';
import { toVoteLine } from './vote-line.js';

/** Of large collaborations so many authors are shown at once. */
const SHOWN_AUTHORS = 20;
/** In a list of results; whoever wants more goes to the paper. */
const LEDE = 300;
/** What search engines and messengers show. */
const DESCRIPTION = 200;

/** What stands for an edition. */
export function formatEditionTitle(
  { kind, date }: Pick<Edition, 'kind' | 'date'>,
  messages: Messages,
): string {
  if (kind !== 'weekly') return messages.day(date);
  return messages.t('library.best', { period: formatDays(weekStart(date), date, messages) });
}

/** A paper in a list. */
export function presentShelved(paper: ShelvedPaper) {
  return {
    ...presentPaper(paper),
    day: paper.day,
    lede: paper.summary ?? shorten(paper.abstract, LEDE),
  };
}

/** The page of one paper. */
export function presentPaperPage(record: PaperRecord, publicUrl: string, messages: Messages) {
  const { paper, votes } = record;
  const url = publicUrl + paperPath(paper.id);
  const authors = paper.authors.map((name) => ({ name, url: listPath('author', name) }));
  const sentence = paper.summary;
  return {
    ...presentPaper(paper),
    authorsShort: shortAuthors(paper.authors),
    authors: authors.slice(0, SHOWN_AUTHORS),
    otherAuthors: authors.slice(SHOWN_AUTHORS),
    sentence,
    // Hugging Face has its sentences written by a model.
    isByAi: sentence !== null && record.summaryFrom === 'huggingface',
    description: shorten(sentence ?? paper.abstract, DESCRIPTION),
    withdrawn: paper.withdrawn,
    arxivUrl: paper.arxivId === null ? null : `https://arxiv.org/abs/${paper.arxivId}`,
    doiUrl: paper.doi === null ? null : `https://doi.org/${paper.doi}`,
    sourceHost: toHost(paper.url),
    publishedOn: paper.publishedOn,
    organisationUrl: paper.organisation === null ? null : listPath('lab', paper.organisation),
    topics: presentTopics(record),
    ...{ history: [...votes].reverse(), line: toVoteLine(votes) },
    editions: record.editions.map((edition) => ({
      title: formatEditionTitle(edition, messages),
      url: editionPath(edition),
    })),
    related: record.related.map(presentShelved),
    bibtex: formatBibtex(paper, url),
    bibtexUrl: `${paperPath(paper.id)}.bib`,
    canonical: url,
    mailto: `mailto:?subject=${encodeURIComponent(paper.title.toWellFormed())}&body=${encodeURIComponent(
      `${paper.title.toWellFormed()}\n\n${url}\n`,
    )}`,
    jsonLd: formatJsonLd(paper, url),
  };
}

function presentTopics({ paper }: PaperRecord) {
  const facets = toFacets([{ ...paper, authors: [], organisation: null }])[0] ?? [];
  return facets.map(({ name }) => ({ name, url: listPath('topic', name) }));
}

function toHost(url: string): string {
  try {
    return new URL(url).host.replace(/^www\./, '');
  } catch {
    return '';
  }
}

/** At the end of a word. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), most / 2)).toWellFormed()}…`;
}
