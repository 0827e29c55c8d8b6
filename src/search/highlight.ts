import { splitSpans } from '../text/word-spans.js';
import { toStem } from '../text/words.js';
import type { Term } from './query.js';

/** A part of a text, and whether it matches the search. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** UTF-16 units of text before the first mark of an excerpt. */
const LEAD_IN = 60;
/**
 * UTF-16 units at the beginning of a text in which matches are looked for. No abstract that somebody
 * wrote comes near; what a source may send is six times as long, and a page has twenty of them.
 */
const LOOKED_AT = 8_000;

/** The terms of a search, prepared for many texts. */
export interface Sought {
  readonly terms: readonly { readonly stems: readonly string[]; readonly prefix: boolean }[];
  /** First letters of all stems. A word begins with the same letter as its stem. */
  readonly initials: ReadonlySet<string>;
  /** Stems by word, of all texts so far. */
  readonly stems: Map<string, string>;
}

interface Token {
  stem: string;
  start: number;
  end: number;
}

interface Mark {
  start: number;
  /** Of the longest term that begins here. */
  end: number;
  /** The terms that begin here, a bit for each. A search has twelve at most. */
  terms: number;
}

export function toSought(terms: readonly Term[]): Sought {
  const read = terms.map(({ words, prefix }) => ({ stems: words.map(toStem), prefix }));
  const initials = new Set(read.flatMap(({ stems }) => stems).map((one) => one.charAt(0)));
  return { terms: read, initials, stems: new Map() };
}

/** The whole text, with all matches marked. */
export function highlight(text: string, sought: Sought): Piece[] {
  return cut(text, 0, text.length, joined(findMarks(text, sought)));
}

/** Whether the text has any match. */
export function hasMatch(text: string, sought: Sought): boolean {
  return findMarks(text, sought).length > 0;
}

/** About `max` UTF-16 units of the text, from where most of the terms match. */
export function excerpt(text: string, sought: Sought, max: number): Piece[] {
  const marks = findMarks(text, sought);
  const first = densest(marks, max - LEAD_IN);
  let start = Math.max(0, (first?.start ?? 0) - LEAD_IN);
  if (text.length <= max) start = 0;
  if (start > 0) start = afterSpace(text, start, first?.start ?? start);
  const end = text.length - start <= max ? text.length : beforeSpace(text, start, start + max);
  const pieces = cut(text, start, end, joined(marks));
  if (start > 0) pieces.unshift({ text: '… ', marked: false });
  if (end < text.length) pieces.push({ text: ' …', marked: false });
  return pieces;
}

/** Finds the terms by the stems of words, as the stores do. */
function findMarks(text: string, sought: Sought): Mark[] {
  const tokens = splitTokens(text.slice(0, LOOKED_AT), sought);
  const marks: Mark[] = [];
  tokens.forEach(({ stem, start }, place) => {
    if (stem === '') return;
    const mark = { start, end: start, terms: 0 };
    sought.terms.forEach(({ stems, prefix }, term) => {
      const last = tokens[place + stems.length - 1];
      if (last === undefined || !matches(tokens, place, stems, prefix)) return;
      mark.end = Math.max(mark.end, last.end);
      mark.terms |= 1 << term;
    });
    if (mark.terms !== 0) marks.push(mark);
  });
  return marks;
}

function matches(
  tokens: readonly Token[],
  place: number,
  stems: readonly string[],
  prefix: boolean,
): boolean {
  // The last word first: of phrases that overlap, most words before it are the same.
  for (let nth = stems.length - 1; nth >= 0; nth--) {
    const { stem: found = '' } = tokens[place + nth] ?? {};
    const wanted = stems[nth] ?? '';
    const isFound =
      prefix && nth === stems.length - 1 ? found.startsWith(wanted) : found === wanted;
    if (!isFound) return false;
  }
  return true;
}

/** Splits a text into words. Only words that may match are stemmed; the others get an empty stem. */
function splitTokens(text: string, { initials, stems }: Sought): Token[] {
  const toKnownStem = (word: string) => {
    const stem = stems.get(word) ?? toStem(word);
    stems.set(word, stem);
    return stem;
  };
  return splitSpans(text).map(({ word, start, end }) => {
    const first = word.charAt(0);
    // Stemming never changes the first letter if it is ASCII.
    const other = first <= 'z' && !initials.has(first.toLowerCase());
    return { stem: other ? '' : toKnownStem(word), start, end };
  });
}

/** Merges marks that touch or overlap. */
function joined(marks: readonly Mark[]): Mark[] {
  const all: Mark[] = [];
  for (const mark of marks) {
    const before = all.at(-1);
    if (before && mark.start <= before.end) before.end = Math.max(before.end, mark.end);
    else all.push({ ...mark });
  }
  return all;
}

/** The first mark that is followed by the most different terms within `length` units. */
function densest(marks: readonly Mark[], length: number): Mark | undefined {
  let best: { mark: Mark; terms: number } | undefined;
  /** How often each term is among the marks from this one up to the first that is too far. */
  const counts = new Map<number, number>();
  const add = ({ terms }: Mark, times: 1 | -1) => {
    for (let term = 0; terms >> term !== 0; term++) {
      if ((terms & (1 << term)) === 0) continue;
      const count = (counts.get(term) ?? 0) + times;
      if (count > 0) counts.set(term, count);
      else counts.delete(term);
    }
  };
  let end = 0;
  for (const mark of marks) {
    for (let next = marks[end]; next && next.start <= mark.start + length; next = marks[++end]) {
      add(next, 1);
    }
    if (!best || counts.size > best.terms) best = { mark, terms: counts.size };
    add(mark, -1);
  }
  return best?.mark;
}

function cut(text: string, start: number, end: number, marks: readonly Mark[]): Piece[] {
  const pieces: Piece[] = [];
  let at = start;
  const add = (to: number, marked: boolean) => {
    if (to > at) pieces.push({ text: text.slice(at, to), marked });
    at = Math.max(at, to);
  };
  for (const mark of marks) {
    if (mark.end <= start || mark.start >= end) continue;
    add(Math.max(start, mark.start), false);
    add(Math.min(end, mark.end), true);
  }
  add(end, false);
  return pieces;
}

/** The first beginning of a word at or after `from`, at most `limit`. */
function afterSpace(text: string, from: number, limit: number): number {
  const space = text.indexOf(' ', from);
  return space === -1 || space >= limit ? limit : space + 1;
}

function beforeSpace(text: string, start: number, to: number): number {
  const space = text.lastIndexOf(' ', to);
  return space > start + (to - start) / 2 ? space : wholeCharacter(text, to);
}

function wholeCharacter(text: string, to: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(to - 1)) ? to - 1 : to;
}
