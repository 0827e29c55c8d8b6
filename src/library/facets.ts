import { PaperIndex } from '../interests/paper-index.js';
import { findTopic } from '../interests/topics.js';
import type { Paper } from '../papers/paper.js';
import { type FacetKind, toSlug } from './slugs.js';

/** One thing that a paper is listed by. */
export interface Facet {
  kind: FacetKind;
  slug: string;
  /** As the paper has it. */
  name: string;
}

/** What is filed of a paper. */
export type FiledPaper = Pick<
  Paper,
  | 'id'
  | 'title'
  | 'summary'
  | 'abstract'
  | 'keywords'
  | 'authors'
  | 'organisation'
  | 'categories'
  | 'withdrawn'
>;

/** More are no list of authors: the largest collaborations have about half as many. */
const MOST_AUTHORS = 6_000;
/** Sources give a dozen. */
const MOST_TAGS = 20;

/** The topics, authors and organisation of each of these papers, in order, each once. */
export function toFacets(papers: readonly FiledPaper[]): Facet[][] {
  const index = new PaperIndex(papers);
  return papers.map((paper, number) => {
    const topics = index.findTopics(number).flatMap((slug) => {
      const label = findTopic(slug)?.label;
      return label === undefined ? [] : [label];
    });
    return distinct([
      ...topics.map((name) => toFacet('topic', name)),
      ...paper.categories.map((name) => toFacet('topic', name)),
      ...paper.keywords.slice(0, MOST_TAGS).map((name) => toFacet('topic', name)),
      ...(paper.organisation === null ? [] : [toFacet('lab', paper.organisation)]),
      ...paper.authors.slice(0, MOST_AUTHORS).map((name) => toFacet('author', name)),
    ]);
  });
}

function toFacet(kind: FacetKind, name: string): Facet {
  return { kind, slug: toSlug(kind, name), name };
}

function distinct(facets: readonly Facet[]): Facet[] {
  const known = new Map<string, Facet>();
  for (const facet of facets) {
    const key = `${facet.kind} ${facet.slug}`;
    if (facet.slug !== '' && !known.has(key)) known.set(key, facet);
  }
  return [...known.values()];
}
