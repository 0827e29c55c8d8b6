import { type Day, parseDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { toStem } from '../text/stem.js';
import { findArxivId } from './arxiv-id.js';
import { isStopWord } from './stop-words.js';

/** Longest search that is read, in UTF-16 units. */
export const MAX_LENGTH = 500;
/** Each of them costs a walk through the index. */
export const MAX_TERMS = 12;
const MAX_WORDS = 12;
/** Shorter beginnings stand for so many words that looking them all up would hold others up. */
const MIN_PREFIX = 3;
/** Of words that almost every paper has. */
const MAX_STOP_WORDS = 3;

/** What a paper has to have, or must not have. */
export interface Term {
  /** Letters and digits only. More than one: they stand one behind the other. Never empty. */
  words: readonly string[];
  /** Whether the last word is only how a word begins. */
  prefix: boolean;
  /** Whether it is looked for among the authors alone. */
  author: boolean;
}

/** What is searched for in the texts of papers. */
export interface TextQuery {
  /** All of them must be there. Never empty. */
  all: readonly Term[];
  none: readonly Term[];
  /** First and last day on which a source listed the paper for the first time. */
  from: Day | null;
  to: Day | null;
}

export interface Search {
  /** As it was typed. */
  typed: string;
  /** The arXiv id that was typed, or is in the address that was. */
  arxivId: string | null;
  /** `null` when no word is left to search for. */
  text: TextQuery | null;
  /** Whether more was typed than is searched for. */
  shortened: boolean;
}

/** The fields of the form. */
export interface SearchFields {
  q: string;
  from: string;
  to: string;
}

/**
 * Reads what somebody types into a search field: words that must all be there, `"a phrase"`,
 * `-without`, `author:name`, `begin*`. Whatever else is in it is taken for space between words.
 * @throws PaperboyError `bad_search` when it is too long or its days are the wrong way round,
 *   `bad_date` for a day that is none.
 */
export function parseSearch(fields: SearchFields): Search {
  const typed = fields.q.trim();
  if (typed.length > MAX_LENGTH) {
    throw new PaperboyError(
      'bad_search',
      `A search may have ${MAX_LENGTH} characters; this one has ${typed.length}.`,
    );
  }
  const [from, to] = [fields.from, fields.to].map((day) =>
    day.trim() === '' ? null : parseDay(day.trim()),
  ) as [Day | null, Day | null];
  if (from !== null && to !== null && from > to) {
    throw new PaperboyError('bad_search', 'The first day is after the last one.');
  }
  const read = [...readTerms(typed)];
  const wanted = withoutStopWords(read.filter(({ excluded }) => !excluded));
  const unwanted = distinct(read.filter(({ excluded }) => excluded));
  const all = wanted.slice(0, MAX_TERMS);
  const none = unwanted.slice(0, MAX_TERMS - all.length);
  return {
    typed,
    arxivId: findArxivId(typed),
    text: all.length === 0 ? null : { all, none, from, to },
    shortened: all.length + none.length < wanted.length + unwanted.length,
  };
}

interface ReadTerm {
  term: Term;
  excluded: boolean;
  quoted: boolean;
}

const CHUNK = /(?<minus>-?)(?<author>author:\s*)?(?:"(?<phrase>[^"]*)"?|(?<plain>[^\s"]+))/giu;

function* readTerms(typed: string): Generator<ReadTerm> {
  for (const { groups = {} } of typed.replace(/[“”„«»]/gu, '"').matchAll(CHUNK)) {
    const { minus, author, phrase, plain } = groups;
    const text = phrase ?? plain ?? '';
    const words = splitQueryWords(text).slice(0, MAX_WORDS);
    if (words.length === 0) continue;
    const prefix =
      phrase === undefined && /[\p{L}\p{N}]\*$/u.test(text) && last(words).length >= MIN_PREFIX;
    yield {
      term: { words, prefix, author: author !== undefined },
      excluded: minus === '-',
      quoted: phrase !== undefined,
    };
  }
}

/** The words of a text as both kinds of store see them: runs of letters and digits. */
export function splitQueryWords(text: string): string[] {
  return (
    text
      .normalize('NFC')
      .match(/[\p{L}\p{N}\p{M}]+/gu)
      ?.filter(hasLetter) ?? []
  );
}

const hasLetter = (word: string) => /[\p{L}\p{N}]/u.test(word);

/** Words that say nothing are left out, unless nothing else was typed, or they are in quotes. */
function withoutStopWords(terms: readonly ReadTerm[]): Term[] {
  const telling = terms.filter(
    ({ term, quoted }) =>
      quoted || term.author || term.words.length > 1 || !isStopWord(last(term.words)),
  );
  return telling.length > 0 ? distinct(telling) : distinct(terms).slice(0, MAX_STOP_WORDS);
}

/**
 * What stands there twice, or in two forms of a word, is looked for once: but for a few stems that
 * the stores see otherwise, the same is found. PostgreSQL would take it for two words that are rarely
 * met together, and search the slower way.
 */
function distinct(terms: readonly ReadTerm[]): Term[] {
  return [...new Map(terms.map(({ term }) => [toTermKey(term), term])).values()];
}

function toTermKey({ words, prefix, author }: Term): string {
  return JSON.stringify([
    words.map(prefix ? (word) => word.toLowerCase() : toStem),
    prefix,
    author,
  ]);
}

function last(words: readonly string[]): string {
  return words.at(-1) ?? '';
}
