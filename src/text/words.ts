import { stem } from 'porter2';
import { foldLetters, withoutAccents } from './letters.js';
import { hasCharacterWords, wordFinder } from './word-spans.js';

/** One word of a text, without accents. */
export interface Word {
  /** In the case in which it was written. */
  written: string;
  /** In lower case, uninflected. Words with the same stem count as the same word. */
  stem: string;
  /** Whether it may be joined with the next word: `few-shot`, `few shot`, `fewshot`. */
  joins: boolean;
}

/**
 * The words of a text, in order. Everything but letters and digits separates words; of scripts that do
 * without spaces, each character is a word. A Greek letter that stands alone is read as its name: `α`
 * is `alpha`.
 * @param stems a cache of stems by word, which is read and filled
 */
export function splitWords(text: string, stems?: Map<string, string>): Word[] {
  const words = split(text);
  for (const word of words) word.stem = toKnownStem(word.written.toLowerCase(), stems);
  return words;
}

/** The words of a text, with empty stems. */
function split(text: string): Word[] {
  const plain = toPlainLetters(text);
  const simple = SIMPLE.test(plain);
  const pattern = simple ? SIMPLE_WORD : findWords(plain);
  const mixed = !simple && hasCharacterWords(plain);
  const words: Word[] = [];
  let last: Word | undefined;
  let end = 0;
  for (const match of plain.matchAll(pattern)) {
    const [written] = match;
    if (last && !(mixed && hasCharacterWords(last.written + written))) {
      last.joins = isOneWord(last.written, written, plain.slice(end, match.index));
    }
    end = match.index + written.length;
    last = { written, stem: '', joins: false };
    words.push(last);
  }
  return words;
}

/** The stem of words written as one. */
export function joinedStem(words: readonly Word[]): string {
  return toKnownStem(
    words
      .map(({ written }) => written)
      .join('')
      .toLowerCase(),
  );
}

/** Normalizes case, accents, spaces and hyphens, for comparing names. `王小明` stays one word. */
export function toPlain(text: string): string {
  return [...toPlainLetters(text).matchAll(WORD)].map(([word]) => word.toLowerCase()).join(' ');
}

/** The same with each character of scripts that do without spaces as a word. */
export function toPlainWords(text: string): string[] {
  return split(text).map(({ written }) => written.toLowerCase());
}

/** The abbreviation that a word is, without the plural's s: `RAG`, `LLMs`. It differs from `rag`. */
export function abbreviation(written: string): string | null {
  return /^(\p{Lu}{2,4})s?$/u.exec(written)?.[1] ?? null;
}

const ASCII = /^[\x20-\x7E]*$/;
const APOSTROPHE = /['’]/;
const POSSESSIVE = /['’]s(?![\p{L}\p{N}])/gu;
/** `C++`, `C#` and `F#` are words too. */
const SIGNED = String.raw`(?<![\p{L}\p{N}])[CFcf](?:\+\+|#)(?![\p{L}\p{N}])|`;
const LETTER = String.raw`[\p{L}\p{N}]`;
const WORD = new RegExp(`${SIGNED}${LETTER}+`, 'gu');
const findWords = wordFinder(LETTER, SIGNED);
/** Texts for which a faster pattern finds the same words; most interests are such. */
const SIMPLE = /^[\w .,-]*$/;
const SIMPLE_WORD = /[A-Za-z0-9]+/g;
/** What may stand between the parts of one word: `few-shot`, `human–AI`, `snake_case`, `Qwen2.5`. */
const HYPHEN = /^[-\u2010-\u2013_.]*$/;
/** Shorter ones are mostly words of their own: "to get her" is not "together". */
const LONG_ENOUGH = 3;

function isOneWord(first: string, second: string, between: string): boolean {
  if (HYPHEN.test(between)) return true;
  const part = (word: string) => word.length >= LONG_ENOUGH || /^\d+$/.test(word);
  return between === ' ' && part(first) && part(second);
}

const GREEK = Object.fromEntries(
  (
    'α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ' +
    'ξ xi ο omicron π pi ρ rho σ sigma ς sigma τ tau υ upsilon φ phi χ chi ψ psi ω omega'
  )
    .split(' ')
    .flatMap((name, place, all) => (place % 2 === 1 ? [[all[place - 1] ?? '', name]] : [])),
);
const LONE_GREEK = /(?<!\p{Script=Greek})[α-ω](?!\p{Script=Greek})/giu;

const SAME_LETTERS: Readonly<Record<string, string>> = { ς: 'σ', '∆': 'Δ' };

function toPlainLetters(text: string): string {
  const folded = ASCII.test(text) ? text : foldGreek(foldLetters(text));
  return APOSTROPHE.test(folded) ? folded.replace(POSSESSIVE, '') : folded;
}

function foldGreek(text: string): string {
  return withoutAccents(
    text
      .replace(/[ς∆]/g, (letter) => SAME_LETTERS[letter] ?? letter)
      // Hyphens around the name: `ε-greedy` and `π0` stay words that may be written as one.
      .replace(LONE_GREEK, (letter) => `-${GREEK[letter.toLowerCase()] ?? letter}-`),
  );
}

/** Words that the stemmer would confuse with others. */
const STEMS: Readonly<Record<string, string>> = {
  ...{ university: 'university', universities: 'university', universe: 'universe' },
  ...{
    universes: 'universe',
    animal: 'animal',
    animals: 'animal',
    organ: 'organ',
    organs: 'organ',
  },
  ...{ humanity: 'humanity', emergency: 'emergency', emergencies: 'emergency' },
};

/**
 * Porter's second stemmer, except for agent nouns: a transformer does not stand for transformations,
 * nor an encoder for encoding.
 */
function toKnownStem(word: string, stems?: Map<string, string>): string {
  const known = stems?.get(word) ?? STEMS[word];
  if (known !== undefined) return known;
  if (!/^[a-z]+$/.test(word)) return word;
  const made = makeStem(word);
  stems?.set(word, made);
  return made;
}

function makeStem(word: string): string {
  const [, doer] = /^([a-z]{2,}[eo]r)(?:s|ed|ing)?$/.exec(word) ?? [];
  return doer ?? stem(word);
}

/** The stem of a word without accents, as the search indexes of the stores build it. */
export function toStem(word: string): string {
  return stem(withoutAccents(word).toLowerCase());
}
