import type { Paper } from '../papers/paper.js';
import { abbreviation, joinedStem, splitWords, type Word } from '../text/words.js';
import { isSamePerson, organisationWords, type PersonName, personName } from './person-names.js';
import { findTopic, TOPICS } from './topics.js';

/** What of a paper is looked at. */
export type IndexedPaper = Pick<
  Paper,
  'title' | 'summary' | 'abstract' | 'keywords' | 'authors' | 'organisation' | 'categories'
>;

/** A paper that fits what was asked, by its number in the index. */
export interface Hit {
  paper: number;
  /** More says more. */
  weight: number;
}

/** Where a word stands says how much the paper is about it. */
const WEIGHTS = { title: 4, keyword: 3, summary: 2, abstract: 1 } as const;
/** How much has to speak for a topic: a single mention in the abstract does not. */
const ENOUGH_FOR_TOPIC = 4;
/** A category besides the primary one needs a word for the topic as well. */
const OTHER_CATEGORY = 2;
/** How many words may be written as one. */
const MOST_JOINED = 3;
const NONE = -1;
/** Stems that are kept; beyond so many, most are of words that nobody else asks for. */
const MOST_STEMS = 10_000;

/** A word, or several written as one, of the papers. */
type Term = number;

/**
 * A few papers, ready for many questions. Its answers depend on the papers and the question alone,
 * so they are the same wherever readers are kept.
 */
export class PaperIndex {
  readonly #terms = new Map<string, Term>();
  /** Readers ask for the same words again and again, in other phrases. */
  readonly #stems = new Map<string, string>();
  /** Where each term begins. */
  readonly #places: number[][] = [];
  /** By place: the word there, and the word that it makes with the next one. */
  readonly #words: Term[] = [];
  readonly #pairs: Term[] = [];
  readonly #paperAt: number[] = [];
  readonly #weightAt: number[] = [];
  /** By their family names, and by all of their names as one word. */
  readonly #authors = new Map<string, { paper: number; name: PersonName }[]>();
  readonly #organisations: { paper: number; words: string[] }[] = [];
  readonly #categories: string[][];
  readonly #topics: Map<string, Hit[]>;

  constructor(papers: readonly IndexedPaper[]) {
    for (const [number, paper] of papers.entries()) this.#add(number, paper);
    this.#categories = papers.map(({ categories }) =>
      categories.map((category) => category.toLowerCase()),
    );
    this.#topics = new Map(
      TOPICS.map(({ slug, phrases, categories }) => [slug, this.#topicHits(phrases, categories)]),
    );
  }

  /** Papers whose texts have these words, one after the other. */
  about(keyword: string): Hit[] {
    return this.#strongest(this.#find(keyword));
  }

  /** Papers by the person of this name. */
  by(author: string): Hit[] {
    const name = personName(author);
    if (name === null) return [];
    // Nobody else can be the same person: a look at each author would be most of the work.
    const near = [name.family, name.joined].flatMap((key) => this.#authors.get(key) ?? []);
    const papers = near.flatMap((one) => (isSamePerson(one.name, name) ? [one.paper] : []));
    return [...new Set(papers)].sort((a, b) => a - b).map((paper) => ({ paper, weight: 1 }));
  }

  /** Papers from the organisation whose name is, or begins with, these words. */
  from(organisation: string): Hit[] {
    const words = organisationWords(organisation);
    if (words.length === 0) return [];
    return this.#organisations.flatMap(({ paper, words: all }) =>
      words.join('') === all.join('') || words.every((word, place) => word === all[place])
        ? [{ paper, weight: 1 }]
        : [],
    );
  }

  /** Papers on a topic of `TOPICS`, of an arXiv category, or with these words as a keyword of their own. */
  on(topic: string): Hit[] {
    const known = findTopic(topic);
    if (known) {
      return (this.#topics.get(known.slug) ?? []).map(({ paper }) => ({ paper, weight: 1 }));
    }
    const category = topic.trim().toLowerCase();
    const ofCategory = this.#categories.flatMap((all, paper) =>
      all.includes(category) ? [{ paper, weight: 1 }] : [],
    );
    if (ofCategory.length > 0) return ofCategory;
    const places = this.#find(topic).filter((place) => this.#weightAt[place] === WEIGHTS.keyword);
    return this.#strongest(places);
  }

  /** Slugs of a paper's topics, what speaks most for first. */
  findTopics(paper: number): string[] {
    const found = [...this.#topics].flatMap(([slug, hits]) => {
      const hit = hits.find((one) => one.paper === paper);
      return hit ? [{ slug, weight: hit.weight }] : [];
    });
    return found.sort((a, b) => b.weight - a.weight).map(({ slug }) => slug);
  }

  #add(number: number, paper: IndexedPaper): void {
    this.#addText(number, WEIGHTS.title, paper.title);
    for (const keyword of paper.keywords) this.#addText(number, WEIGHTS.keyword, keyword);
    this.#addText(number, WEIGHTS.summary, paper.summary ?? '');
    this.#addText(number, WEIGHTS.abstract, paper.abstract);
    for (const author of paper.authors) this.#addAuthor(number, author);
    const words = organisationWords(paper.organisation ?? '');
    if (words.length > 0) this.#organisations.push({ paper: number, words });
  }

  #addAuthor(paper: number, author: string): void {
    const name = personName(author);
    if (name === null) return;
    for (const key of new Set([name.family, name.joined])) {
      const known = this.#authors.get(key);
      if (known) known.push({ paper, name });
      else this.#authors.set(key, [{ paper, name }]);
    }
  }

  #addText(paper: number, weight: number, text: string): void {
    const words = splitWords(text);
    for (const [at, word] of words.entries()) {
      const place = this.#words.length;
      this.#paperAt.push(paper);
      this.#weightAt.push(weight);
      this.#words.push(this.#note(word.stem, place));
      const next = words[at + 1];
      const pair = word.joins && next ? this.#note(joinedStem([word, next]), place) : NONE;
      this.#pairs.push(pair);
      // The keywords that come with a paper are mostly in lower case.
      const written = weight === WEIGHTS.keyword ? word.written.toUpperCase() : word.written;
      const short = abbreviation(word.written) ?? abbreviation(written);
      if (short !== null) this.#note(exactly(short), place);
    }
    // No phrase goes on from one text into the next.
    this.#words.push(NONE);
    this.#pairs.push(NONE);
    this.#paperAt.push(paper);
    this.#weightAt.push(0);
  }

  #note(key: string, place: number): Term {
    const known = this.#terms.get(key);
    const term = known ?? this.#places.length;
    if (known === undefined) {
      this.#terms.set(key, term);
      this.#places.push([]);
    }
    const places = this.#places[term];
    if (places?.at(-1) !== place) places?.push(place);
    return term;
  }

  /** The places where a phrase begins. */
  #find(phrase: string): readonly number[] {
    if (this.#stems.size >= MOST_STEMS) this.#stems.clear();
    const words = splitWords(phrase, this.#stems);
    const [first] = words;
    if (!first) return [];
    const short = words.length === 1 ? abbreviation(first.written) : null;
    if (short !== null) return this.#findPlaces(this.#terms.get(exactly(short)));
    const terms = words.map((_, at) => this.#termsAt(words, at));
    // Most that is nobody else's has a word that is in no paper: nothing need be looked through.
    if (!isWritable(terms)) return [];
    const [alone, ...joined] = terms[0] ?? [];
    const begins = joined.every((term) => term === undefined)
      ? this.#findPlaces(alone)
      : new Set([alone, ...joined].flatMap((term) => this.#findPlaces(term)));
    const deadEnds = new Set<number>();
    return [...begins].filter((place) => this.#goesOn(terms, 0, place, deadEnds));
  }

  /** The terms that the word at a place of a phrase makes: alone, with the next one, and so on. */
  #termsAt(words: readonly Word[], at: number): (Term | undefined)[] {
    const terms: (Term | undefined)[] = [this.#terms.get(words[at]?.stem ?? '')];
    for (let count = 2; count <= MOST_JOINED && words[at + count - 2]?.joins; count++) {
      terms.push(this.#terms.get(joinedStem(words.slice(at, at + count))));
    }
    return terms;
  }

  #findPlaces(term: Term | undefined): readonly number[] {
    return term === undefined ? [] : (this.#places[term] ?? []);
  }

  /**
   * Whether the phrase from its word `at` on stands at `place`. There are more ways to put a long one
   * together than anybody can try; what a dead end leads to is tried once.
   */
  #goesOn(
    terms: readonly (readonly (Term | undefined)[])[],
    at: number,
    place: number,
    deadEnds: Set<number>,
  ): boolean {
    if (at === terms.length) return true;
    const here = place * terms.length + at;
    if (deadEnds.has(here)) return false;
    const goesOn = (terms[at] ?? []).some((term, more) => {
      if (term === undefined) return false;
      const next = at + more + 1;
      if (this.#words[place] === term && this.#goesOn(terms, next, place + 1, deadEnds))
        return true;
      return this.#pairs[place] === term && this.#goesOn(terms, next, place + 2, deadEnds);
    });
    if (!goesOn) deadEnds.add(here);
    return goesOn;
  }

  /** The papers at these places, each with the weight of its best one. */
  #strongest(places: readonly number[]): Hit[] {
    const best = new Map<number, number>();
    for (const place of places) {
      const paper = this.#paperAt[place] ?? NONE;
      best.set(paper, Math.max(best.get(paper) ?? 0, this.#weightAt[place] ?? 0));
    }
    return [...best]
      .map(([paper, weight]) => ({ paper, weight }))
      .sort((a, b) => a.paper - b.paper);
  }

  #topicHits(phrases: readonly string[], categories: readonly string[]): Hit[] {
    const wanted = categories.map((category) => category.toLowerCase());
    const weights: number[] = this.#categories.map(([primary = '', ...others]) => {
      if (wanted.includes(primary)) return ENOUGH_FOR_TOPIC;
      return others.some((category) => wanted.includes(category)) ? OTHER_CATEGORY : 0;
    });
    for (const phrase of phrases) {
      const seen = new Set<string>();
      for (const place of this.#find(phrase)) {
        const paper = this.#paperAt[place] ?? NONE;
        const weight = this.#weightAt[place] ?? 0;
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

/** Whether a phrase can be put together out of terms that there are. */
function isWritable(terms: readonly (readonly (Term | undefined)[])[]): boolean {
  const reached = [true];
  for (const [at, some] of terms.entries()) {
    if (!reached[at]) continue;
    for (const [more, term] of some.entries())
      if (term !== undefined) reached[at + more + 1] = true;
  }
  return reached[terms.length] === true;
}

/** No stem holds such a sign. */
function exactly(short: string): string {
  return `=${short}`;
}
