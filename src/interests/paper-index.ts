import { toCategory } from '../papers/categories.js';
import type { Paper } from '../papers/paper.js';
import {
  isSamePerson,
  type PersonName,
  parsePersonName,
  splitOrganisation,
} from './person-names.js';
import { PhraseIndex } from './phrase-index.js';
import { findTopic, TOPICS } from './topics.js';

/** What the index needs of a paper. */
export type IndexedPaper = Pick<
  Paper,
  'title' | 'summary' | 'abstract' | 'keywords' | 'authors' | 'organisation' | 'categories'
>;

/** A paper that matches, by its number in the index. */
export interface Hit {
  paper: number;
  /** How strongly it matches. */
  weight: number;
}

/** The part of a paper in which a word stands says how much the paper is about it. */
const WEIGHTS = { title: 4, keyword: 3, summary: 2, abstract: 1 } as const;
/** The weight from which on a paper belongs to a topic: one mention in the abstract is too little. */
const ENOUGH_FOR_TOPIC = 4;
/** A category other than the primary one needs a phrase of the topic as well. */
const OTHER_CATEGORY = 2;

/**
 * Finds papers of one edition by keyword, author, organisation or topic. The answers depend on the
 * papers and the question alone, so they are the same with every store.
 */
export class PaperIndex {
  readonly #texts = new PhraseIndex();
  /** By family name, and by the full name as one word. */
  readonly #authors = new Map<string, { paper: number; name: PersonName }[]>();
  readonly #organisations: { paper: number; words: string[] }[] = [];
  readonly #categories: string[][];
  readonly #topics: Map<string, Hit[]>;

  constructor(papers: readonly IndexedPaper[]) {
    for (const [number, paper] of papers.entries()) this.#add(number, paper);
    this.#categories = papers.map(({ categories }) => categories.map(toCategoryKey));
    this.#topics = new Map(
      TOPICS.map(({ slug, phrases, categories }) => [slug, this.#findByTopic(phrases, categories)]),
    );
  }

  /** Papers whose texts have these words, one after the other. */
  about(keyword: string): Hit[] {
    return this.#toHits(this.#texts.find(keyword));
  }

  /** Papers by the person of this name. */
  by(author: string): Hit[] {
    const name = parsePersonName(author);
    if (name === null) return [];
    // Only these can be the same person, and comparing with every author would be slow.
    const near = [name.family, name.joined].flatMap((key) => this.#authors.get(key) ?? []);
    const papers = near.flatMap((one) => (isSamePerson(one.name, name) ? [one.paper] : []));
    return [...new Set(papers)].sort((a, b) => a - b).map((paper) => ({ paper, weight: 1 }));
  }

  /** Papers from the organisation whose name is these words, or begins with them. */
  from(organisation: string): Hit[] {
    const words = splitOrganisation(organisation);
    if (words.length === 0) return [];
    return this.#organisations.flatMap(({ paper, words: all }) =>
      words.join('') === all.join('') || words.every((word, place) => word === all[place])
        ? [{ paper, weight: 1 }]
        : [],
    );
  }

  /** Papers on a topic of `TOPICS`, else of an arXiv category, else tagged with these words. */
  on(topic: string): Hit[] {
    const known = findTopic(topic);
    if (known) {
      return (this.#topics.get(known.slug) ?? []).map(({ paper }) => ({ paper, weight: 1 }));
    }
    const category = toCategoryKey(topic.trim());
    const inCategory = this.#categories.flatMap((all, paper) =>
      all.includes(category) ? [{ paper, weight: 1 }] : [],
    );
    if (inCategory.length > 0) return inCategory;
    const { weights } = this.#texts;
    return this.#toHits(
      this.#texts.find(topic).filter((place) => weights[place] === WEIGHTS.keyword),
    );
  }

  /** Slugs of the topics of a paper, strongest first. */
  findTopics(paper: number): string[] {
    const found = [...this.#topics].flatMap(([slug, hits]) => {
      const hit = hits.find((one) => one.paper === paper);
      return hit ? [{ slug, weight: hit.weight }] : [];
    });
    return found.sort((a, b) => b.weight - a.weight).map(({ slug }) => slug);
  }

  #add(number: number, paper: IndexedPaper): void {
    this.#texts.addText(number, WEIGHTS.title, paper.title, false);
    for (const keyword of paper.keywords) {
      this.#texts.addText(number, WEIGHTS.keyword, keyword, true);
    }
    this.#texts.addText(number, WEIGHTS.summary, paper.summary ?? '', false);
    this.#texts.addText(number, WEIGHTS.abstract, paper.abstract, false);
    for (const author of paper.authors) this.#addAuthor(number, author);
    const words = splitOrganisation(paper.organisation ?? '');
    if (words.length > 0) this.#organisations.push({ paper: number, words });
  }

  #addAuthor(paper: number, author: string): void {
    const name = parsePersonName(author);
    if (name === null) return;
    for (const key of new Set([name.family, name.joined])) {
      const known = this.#authors.get(key);
      if (known) known.push({ paper, name });
      else this.#authors.set(key, [{ paper, name }]);
    }
  }

  /** The papers at these places, each with its greatest weight. */
  #toHits(places: readonly number[]): Hit[] {
    const { papers, weights } = this.#texts;
    const best = new Map<number, number>();
    for (const place of places) {
      const paper = papers[place] ?? -1;
      best.set(paper, Math.max(best.get(paper) ?? 0, weights[place] ?? 0));
    }
    return [...best]
      .map(([paper, weight]) => ({ paper, weight }))
      .sort((a, b) => a.paper - b.paper);
  }

  #findByTopic(phrases: readonly string[], categories: readonly string[]): Hit[] {
    const wanted = categories.map(toCategoryKey);
    const weights: number[] = this.#categories.map(([primary = '', ...others]) => {
      if (wanted.includes(primary)) return ENOUGH_FOR_TOPIC;
      return others.some((category) => wanted.includes(category)) ? OTHER_CATEGORY : 0;
    });
    for (const phrase of phrases) {
      const seen = new Set<string>();
      for (const place of this.#texts.find(phrase)) {
        const paper = this.#texts.papers[place] ?? -1;
        const weight = this.#texts.weights[place] ?? 0;
        if (seen.has(`${paper} ${weight}`)) continue;
        seen.add(`${paper} ${weight}`);
        weights[paper] = (weights[paper] ?? 0) + weight;
      }
    }
    return weights.flatMap((weight, paper) =>
      weight >= ENOUGH_FOR_TOPIC ? [{ paper, weight }] : [],
    );
  }
}

/** However it is written, and by whichever of its names. */
function toCategoryKey(category: string): string {
  return toCategory(category).toLowerCase();
}
