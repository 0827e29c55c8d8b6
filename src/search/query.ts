import { type Day, parseDay } from '../base/day.js';
import { FieldError, FieldReader } from '../base/errors.js';
import { hasCharacterWords, toSearchedWords } from '../text/word-spans.js';
import { toStem } from '../text/words.js';

/** Longest search that is accepted, in UTF-16 units. */
export const MAX_LENGTH = 500;
/** Each term costs an index scan. */
export const MAX_TERMS = 12;
const MAX_WORDS = 12;
/** Of single characters, which make up one or two words together. A title may be pasted. */
const MAX_CHARACTERS = 48;
/** Of all terms together: each is compared with every word of the texts that are shown. */
const MAX_WORDS_OF_ALL = MAX_TERMS * MAX_WORDS;
/** Shorter prefixes match so many words that the search would slow others down. */
const MIN_PREFIX = 3;
/** Stop words that are searched for when nothing else was typed. */
const MAX_STOP_WORDS = 3;

/** Something that a paper must have, or must not have. */
export interface Term {
  /** Words of letters and digits; several must follow one another. Never empty. */
  words: readonly string[];
  /** Whether the last word is a prefix. */
  prefix: boolean;
  /** Whether only authors are searched. */
  author: boolean;
}

/** A search in the texts of papers. */
export interface TextQuery {
  /** Terms that must all match. Never empty. */
  all: readonly Term[];
  /** Terms of which none may match. */
  none: readonly Term[];
  /** First and last day, both included, of the paper's first listing by a source. */
  from: Day | null;
  to: Day | null;
}

export interface Search {
  /** As it was typed. */
  typed: string;
  /** The arXiv id that was typed alone or as part of a URL. */
  arxivId: string | null;
  /** `null` if no word is left to search for. */
  text: TextQuery | null;
  /** Whether terms were left out, since there were too many. */
  shortened: boolean;
}

/** The fields of the search form. */
export interface SearchFields {
  q: string;
  from: string;
  to: string;
}

/**
 * Reads a search: words that must all match, `"a phrase"`, `-without`, `author:name`, `begin*`.
 * Anything else counts as space between words.
 * @throws FieldError `bad_search` if it is too long or its first day is after its last, `bad_date` if
 *   a day is not valid
 */
export function parseSearch(fields: SearchFields): Search {
  const typed = fields.q.trim();
  if (typed.length > MAX_LENGTH) {
    throw wrong('q', `A search may have ${MAX_LENGTH} characters; this one has ${typed.length}.`);
  }
  const { from, to } = readDays(fields);
  const read = [...readTerms(typed)];
  const wanted = withoutStopWords(read.filter(({ excluded }) => !excluded));
  const unwanted = distinct(read.filter(({ excluded }) => excluded));
  const all = firstTerms(wanted);
  const none = firstTerms(unwanted, all);
  return {
    typed,
    arxivId: findArxivId(toPlainSigns(typed)),
    text: all.length === 0 ? null : { all, none, from, to },
    shortened: all.length + none.length < wanted.length + unwanted.length,
  };
}

/** As many as a search may have beside the others. */
function firstTerms(terms: readonly Term[], others: readonly Term[] = []): Term[] {
  let count = others.reduce((sum, { words }) => sum + words.length, 0);
  return terms.slice(0, MAX_TERMS - others.length).filter(({ words }) => {
    count += words.length;
    return count <= MAX_WORDS_OF_ALL;
  });
}

function readDays(fields: SearchFields): Pick<TextQuery, 'from' | 'to'> {
  const reader = new FieldReader();
  const [from, to] = (['from', 'to'] as const).map((field) => {
    const day = fields[field].trim();
    return (day === '' ? null : reader.read(field, () => parseDay(day))) ?? null;
  }) as [Day | null, Day | null];
  reader.check();
  if (from === null || to === null || from <= to) return { from, to };
  throw wrong('from', 'The first day is after the last one.');
}

function wrong(field: keyof SearchFields, message: string): FieldError {
  return new FieldError('bad_search', [{ field, message }]);
}

interface ReadTerm {
  term: Term;
  excluded: boolean;
  quoted: boolean;
}

const CHUNK = /(?<minus>-?)(?<author>author:\s*)?(?:"(?<phrase>[^"]*)"?|(?<plain>[^\s"]+))/giu;

function* readTerms(typed: string): Generator<ReadTerm> {
  for (const { groups = {} } of toPlainSigns(typed).matchAll(CHUNK)) {
    const { minus, author, phrase, plain } = groups;
    const text = phrase ?? plain ?? '';
    const words = firstWords(toSearchedWords(text));
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

/** The signs that mean something as they are on a Latin keyboard: `－` is `-`, and `「` is `"`. */
function toPlainSigns(typed: string): string {
  return typed
    .replace(/[\uFF01-\uFF5E]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - FULL_WIDTH))
    .replace(/[“”„«»「」『』《》｢｣]/gu, '"');
}

/** How far full-width forms are from ASCII. */
const FULL_WIDTH = 0xfee0;

function firstWords(words: readonly string[]): string[] {
  let room = 1;
  return words.filter((word) => {
    room -= 1 / (hasCharacterWords(word) ? MAX_CHARACTERS : MAX_WORDS);
    return room > -1e-9;
  });
}

/** Leaves stop words out, unless nothing else was typed or they are in quotes. */
function withoutStopWords(terms: readonly ReadTerm[]): Term[] {
  const telling = terms.filter(
    ({ term, quoted }) =>
      quoted || term.author || term.words.length > 1 || !isStopWord(last(term.words)),
  );
  return telling.length > 0 ? distinct(telling) : distinct(terms).slice(0, MAX_STOP_WORDS);
}

/**
 * Drops a term that is typed twice, or in two forms of one word. The result is the same, except for
 * a few stems that the stores build differently. PostgreSQL would expect such terms to be rare
 * together and choose a slower plan.
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

/** Words in almost every abstract. Searching for them costs much and narrows nothing. */
const STOP_WORDS = new Set(
  'a an and are as at be by for from in into is it its of on or that the their these this to was we which with'.split(
    ' ',
  ),
);

function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase());
}

const ID = String.raw`\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[a-z]{2})?\/\d{7}`;
const PLACE = String.raw`arxiv\s*:\s*|(?:https?:\/\/)?[a-z.]+\/(?:abs|pdf|html|papers)\/`;
const ARXIV_ID = new RegExp(`^(?:${PLACE})?(${ID})(?:v\\d+)?(?:\\.pdf)?(?:[?#].*)?$`, 'i');

/**
 * The arXiv id, without its version, if the whole text is an id or a URL of a paper; else `null`.
 * Old ids lose the subject class: `math.GT/0309136` is `math/0309136`.
 */
export function findArxivId(text: string): string | null {
  const [, id] = ARXIV_ID.exec(text) ?? [];
  return id?.toLowerCase().replace(/\.[a-z]{2}(?=\/)/, '') ?? null;
}
