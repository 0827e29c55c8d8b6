import type { Paper } from '../papers/paper.js';
import { parseSearch } from '../search/query.js';
import type { SearchStore } from '../search/search-store.js';
import { splitWords } from '../text/words.js';
import { toFacets } from './facets.js';
import type { LibraryStore, ShelvedPaper } from './library-store.js';

export interface RelatedDeps {
  library: Pick<LibraryStore, 'sharing' | 'byIds'>;
  search: Pick<SearchStore, 'findPapers'>;
}

/** How many related papers are shown. */
const SHOWN = 5;
/** Looked at of each: the newest. */
const OF_EACH = 200;
/** Each costs a walk along an index. */
const MOST_FACETS = 20;
/** Of papers with hundreds of authors, the first ones did the work. */
const MOST_AUTHORS = 6;
/** Pairs of words of the title that are searched for. */
const MOST_PHRASES = 4;
const OF_PHRASE = 20;
/** One thing in common that many papers have says nothing. */
const ENOUGH = 0.25;

/**
 * Papers that have most in common with one: tags, authors, the organisation, and words of its title.
 * What few papers have weighs more. The work is bounded however many papers there are.
 */
export async function findRelated(
  { library, search }: RelatedDeps,
  paper: Paper,
): Promise<ShelvedPaper[]> {
  const weights = new Map<string, number>();
  const weigh = (ids: readonly string[], among: number) => {
    for (const id of ids) weights.set(id, (weights.get(id) ?? 0) + 1 / Math.log2(2 + among));
  };
  for (const ids of await shareFacets(library, paper)) weigh(ids, ids.length);
  for (const phrase of toTitlePhrases(paper.title)) {
    const { text } = parseSearch({ q: phrase, from: '', to: '' });
    if (text === null) continue;
    const { papers, count } = await search.findPapers(text, { offset: 0, limit: OF_PHRASE });
    weigh(
      papers.flatMap(({ id }) => (id === paper.id ? [] : [id])),
      count,
    );
  }
  const best = [...weights]
    .filter(([, weight]) => weight >= ENOUGH)
    .sort(([a, x], [b, y]) => y - x || (a < b ? 1 : -1))
    .slice(0, SHOWN)
    .map(([id]) => id);
  const papers = new Map((await library.byIds(best)).map((one) => [one.id, one]));
  return best.flatMap((id) => papers.get(id) ?? []);
}

/** For each thing that the paper is listed by, the other papers that are. */
async function shareFacets(
  library: Pick<LibraryStore, 'sharing'>,
  paper: Paper,
): Promise<string[][]> {
  const authors = paper.authors.slice(0, MOST_AUTHORS);
  const facets = (toFacets([{ ...paper, authors }])[0] ?? []).slice(0, MOST_FACETS + MOST_AUTHORS);
  const groups: string[][] = facets.map(() => []);
  for (const { paperId, facet } of await library.sharing(paper.id, facets, OF_EACH)) {
    groups[facet]?.push(paperId);
  }
  return groups;
}

/** `"tide maps"`: words that stand beside each other in a title, the longest ones first. */
function toTitlePhrases(title: string): string[] {
  const words = splitWords(title.slice(0, 300)).map(({ written }) => written);
  const pairs = words.flatMap((word, place) => {
    const next = words[place + 1] ?? '';
    return word.length > 3 && next.length > 3 ? [`"${word} ${next}"`] : [];
  });
  return [...new Set(pairs)].sort((a, b) => b.length - a.length).slice(0, MOST_PHRASES);
}
