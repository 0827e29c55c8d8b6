import { toStem } from '../text/words.js';
import type { Term } from './query.js';

/** A part of a text, and whether it matches the search. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** UTF-16 units of text before the first mark of an excerpt. */
const LEAD_IN = 60;

/** The terms of a search, prepared for many texts. */
export interface Sought {
  readonly terms: readonly { readonly stems: readonly string[]; readonly prefix: boolean }[];
  /** First letters of all stems. A word begins with the same letter as its stem. */
  readonly initials: ReadonlySet<string>;
}

interface Token {
  stem: string;
  start: number;
  end: number;
}

interface Mark {
  start: number;
  end: number;
  /** The place of its term in the search. */
  term: number;
}

export function toSought(terms: readonly Term[]): Sought {
  const read = terms.map(({ words, prefix }) => ({ stems: words.map(toStem), prefix }));
  const initials = new Set(read.flatMap(({ stems }) => stems).map((one) => one.charAt(0)));
  return { terms: read, initials };
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
function findMarks(text: string, { terms, initials }: Sought): Mark[] {
  const tokens = splitTokens(text, initials);
  const marks: Mark[] = [];
  for (const [place, { stem, start }] of tokens.entries()) {
    if (stem === '') continue;
    for (const [term, { stems, prefix }] of terms.entries()) {
      const last = tokens[place + stems.length - 1];
      if (last === undefined || !matches(tokens, place, stems, prefix)) continue;
      marks.push({ start, end: last.end, term });
    }
  }
  return marks.sort((a, b) => a.start - b.start || b.end - a.end);
}

function matches(
  tokens: readonly Token[],
  place: number,
  stems: readonly string[],
  prefix: boolean,
): boolean {
  return stems.every((wanted, nth) => {
    const { stem: found = '' } = tokens[place + nth] ?? {};
    return prefix && nth === stems.length - 1 ? found.startsWith(wanted) : found === wanted;
  });
}

/** Splits a text into words. Only words that may match are stemmed; the others get an empty stem. */
function splitTokens(text: string, initials: ReadonlySet<string>): Token[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map(({ 0: word, index }) => {
    const first = word.charAt(0);
    // Folding and stemming never change the first letter if it is ASCII.
    const other = first <= 'z' && !initials.has(first.toLowerCase());
    return { stem: other ? '' : toStem(word), start: index, end: index + word.length };
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
  marks.forEach((mark, place) => {
    const terms = new Set<number>();
    for (const { start, term } of marks.slice(place)) {
      if (start > mark.start + length) break;
      terms.add(term);
    }
    if (!best || terms.size > best.terms) best = { mark, terms: terms.size };
  });
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
