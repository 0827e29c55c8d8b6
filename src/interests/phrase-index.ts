import { abbreviation, joinedStem, splitWords, type Word } from '../text/words.js';

/** How many words may be written as one. */
const MOST_JOINED = 3;
const NONE = -1;
/** Stems kept in the cache. Beyond that most belong to words that nobody else asks for. */
const MOST_STEMS = 10_000;

/** The number of a word, or of several words written as one. */
type Term = number;

/** For each word of a phrase: the terms that it makes alone, with the next word, and so on. */
type PhraseTerms = readonly (readonly (Term | undefined)[])[];

/**
 * Finds phrases in the texts of a few papers. A place is the position of a word in all texts one
 * after the other.
 */
export class PhraseIndex {
  /** The number of the paper at each place. */
  readonly papers: number[] = [];
  /** The weight of the text at each place. */
  readonly weights: number[] = [];
  readonly #terms = new Map<string, Term>();
  /** Readers ask for the same words again and again. */
  readonly #stems = new Map<string, string>();
  /** The places of each term. */
  readonly #places: number[][] = [];
  /** By place: the word there, and the term of that word joined with the next one. */
  readonly #words: Term[] = [];
  readonly #pairs: Term[] = [];

  /** @param isTag whether the text is a tag of the paper, which is often written in lower case */
  addText(paper: number, weight: number, text: string, isTag: boolean): void {
    const words = splitWords(text);
    for (const [at, word] of words.entries()) {
      const place = this.#words.length;
      this.papers.push(paper);
      this.weights.push(weight);
      this.#words.push(this.#addPlace(word.stem, place));
      const next = words[at + 1];
      const pair = word.joins && next ? this.#addPlace(joinedStem([word, next]), place) : NONE;
      this.#pairs.push(pair);
      const written = isTag ? word.written.toUpperCase() : word.written;
      const short = abbreviation(word.written) ?? abbreviation(written);
      if (short !== null) this.#addPlace(toExactKey(short), place);
    }
    // A gap, so that no phrase continues from one text into the next.
    this.#words.push(NONE);
    this.#pairs.push(NONE);
    this.papers.push(paper);
    this.weights.push(0);
  }

  /** The places where a phrase begins. */
  find(phrase: string): readonly number[] {
    if (this.#stems.size >= MOST_STEMS) this.#stems.clear();
    const words = splitWords(phrase, this.#stems);
    const [first] = words;
    if (!first) return [];
    const short = words.length === 1 ? abbreviation(first.written) : null;
    if (short !== null) return this.#findPlaces(this.#terms.get(toExactKey(short)));
    const terms = words.map((_, at) => this.#findTerms(words, at));
    // Most rare phrases hold a word that is in no paper, so no place need be looked at.
    if (!isPossible(terms)) return [];
    const [alone, ...joined] = terms[0] ?? [];
    const begins = joined.every((term) => term === undefined)
      ? this.#findPlaces(alone)
      : new Set([alone, ...joined].flatMap((term) => this.#findPlaces(term)));
    const deadEnds = new Set<number>();
    return [...begins].filter((place) => this.#matchesFrom(terms, 0, place, deadEnds));
  }

  #addPlace(key: string, place: number): Term {
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

  /** The terms of the word at a position of a phrase: alone, joined with the next one, and so on. */
  #findTerms(words: readonly Word[], at: number): (Term | undefined)[] {
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
   * Whether the phrase, from its word `at` on, stands at `place`. A long phrase can be joined in
   * exponentially many ways, so dead ends are remembered and tried once.
   */
  #matchesFrom(terms: PhraseTerms, at: number, place: number, deadEnds: Set<number>): boolean {
    if (at === terms.length) return true;
    const here = place * terms.length + at;
    if (deadEnds.has(here)) return false;
    const matches = (terms[at] ?? []).some((term, more) => {
      if (term === undefined) return false;
      const next = at + more + 1;
      if (this.#words[place] === term && this.#matchesFrom(terms, next, place + 1, deadEnds))
        return true;
      return this.#pairs[place] === term && this.#matchesFrom(terms, next, place + 2, deadEnds);
    });
    if (!matches) deadEnds.add(here);
    return matches;
  }
}

/** Whether a phrase can be put together from terms that the papers have. */
function isPossible(terms: PhraseTerms): boolean {
  const reached = [true];
  for (const [at, some] of terms.entries()) {
    if (!reached[at]) continue;
    for (const [more, term] of some.entries())
      if (term !== undefined) reached[at + more + 1] = true;
  }
  return reached[terms.length] === true;
}

/** The key of an abbreviation in capitals. No stem holds this sign. */
function toExactKey(short: string): string {
  return `=${short}`;
}
