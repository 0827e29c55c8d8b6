import { foldLetters, UNREAD } from './letters.js';

/** A word of a text as search has it, and where in the text it stands. */
export interface WordSpan {
  /** Folded, with its accents and in its case. */
  word: string;
  start: number;
  end: number;
}

/**
 * Scripts whose words no space separates, or not reliably: `강화 학습` is `강화학습`. Each of their
 * characters is a word, and what people call a word is a phrase of these.
 */
const SPACELESS = ['Han', 'Hiragana', 'Katakana', 'Hangul'].map((script) => `\\p{scx=${script}}`);
const SIGNS = `${SPACELESS.join('')}\\p{sc=Bopomofo}`;
const CHARACTER = `(?=[\\p{L}\\p{N}])[${SIGNS}]`;
const HAS_CHARACTER = new RegExp(CHARACTER, 'u');
/** Of its marks, those count that are part of it by now: `が`. */
const MARKED_CHARACTER = new RegExp(`(${CHARACTER})\\p{M}+`, 'gu');
/** All of them are here. */
const MAY_HAVE_CHARACTER = /[\u1100-\u{3FFFF}]/u;

/** Whether a text has characters that are words by themselves. */
export function hasCharacterWords(text: string): boolean {
  return MAY_HAVE_CHARACTER.test(text) && HAS_CHARACTER.test(text);
}

/**
 * Finds the words of folded texts.
 * @param letters a pattern for one letter of a word
 * @param special a pattern for words that have other signs in them
 */
export function wordFinder(letters: string, special = ''): (text: string) => RegExp {
  const plain = new RegExp(`${special}${letters}+`, 'gu');
  const mixed = new RegExp(`${special}${CHARACTER}|(?:(?!${CHARACTER})${letters})+`, 'gu');
  return (text) => (hasCharacterWords(text) ? mixed : plain);
}

const findWords = wordFinder('[\\p{L}\\p{N}\\p{M}]');
const HAS_LETTER = /[\p{L}\p{N}]/u;

/** Letters, what is inside words unread, and signs that stand for letters: `№`, `㈱`, `₨`. */
const RUN = new RegExp(`(?:[\\p{L}\\p{N}\\p{M}\\p{So}\\p{Sc}]|${UNREAD})+`, 'gu');
/** Letters that are read as they are written. */
const AS_WRITTEN =
  /^[\w\u00C0-\u00C5\u00C7-\u00CF\u00D1-\u00D6\u00E0-\u00E5\u00E7-\u00EF\u00F1-\u00F6]+$/;
/** Characters that folding leaves as they are: most of a text in these scripts. */
const PLAIN_CHARACTER = /^[\u4E00-\u9FFF\uAC00-\uD7A3]$/;
/** A character with what belongs to it: marks, the sound marks of half width, parts of a syllable. */
const CLUSTER = new RegExp(
  `.(?:[\\p{M}\\uFF9E\\uFF9F\\u1160-\\u11FF\\u314F-\\u3163\\uFFC2-\\uFFDC]|${UNREAD})*`,
  'gsu',
);

/**
 * The words of a text, in order: runs of letters and digits, and single characters of scripts that do
 * without spaces. This is what a word is to queries, to what the stores index and to highlighting.
 */
export function splitSpans(text: string): WordSpan[] {
  const spans: WordSpan[] = [];
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (AS_WRITTEN.test(run)) spans.push({ word: run, start: index, end: index + run.length });
    else for (const span of splitRun(run, index)) spans.push(span);
  }
  return spans;
}

function* splitRun(run: string, start: number): Generator<WordSpan> {
  let folded = '';
  /** A text has few different ones, and each takes as long as a word without accents. */
  const known = new Map<string, string>();
  /** For each unit of the folded run, where that begins and ends which it was made of. */
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: cluster, index } of run.matchAll(CLUSTER)) {
    folded += PLAIN_CHARACTER.test(cluster) ? cluster : foldCluster(cluster, known);
    while (starts.length < folded.length) {
      starts.push(start + index);
      ends.push(start + index + cluster.length);
    }
  }
  for (const { 0: word, index } of folded.matchAll(findWords(folded))) {
    if (!HAS_LETTER.test(word)) continue;
    const last = index + word.length - 1;
    yield { word, start: starts[index] ?? start, end: ends[last] ?? start };
  }
}

function foldCluster(cluster: string, known: Map<string, string>): string {
  const folded = known.get(cluster) ?? foldLetters(cluster).replace(MARKED_CHARACTER, '$1');
  known.set(cluster, folded);
  return folded;
}

/** The words of a text alone. */
export function toSearchedWords(text: string): string[] {
  return splitSpans(text).map(({ word }) => word);
}
