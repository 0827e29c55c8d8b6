import { dropLineCodes, type Reply, type SmtpStage } from './reply.js';
import type { Meaning } from './verdicts.js';

/** One row of what is known: who says which words, and what they mean. */
export interface Phrase {
  /** Whose words they are; `any` where many say so. */
  provider: string;
  /** The first digit of the code with which they have this meaning. */
  digit: 4 | 5 | 'any';
  /**
   * Tried on the words of a reply: lower case, one line, without codes. Whole phrases, and nothing
   * that repeats without a bound, so that the time it takes grows with the text and no faster.
   */
  words: RegExp;
  meaning: Meaning;
  /** Where it is written down: an address, or an RFC with its section. */
  source: string;
  only: Limits;
}

/** Where alone a row holds. Most need none, so that bounces can be read by the same rows. */
export interface Limits {
  stages?: readonly SmtpStage[];
  enhanced?: readonly string[];
}

type Row = readonly [digit: Phrase['digit'], words: RegExp, meaning: Meaning, only?: Limits];

/** The rows of one provider that are written down in one place. */
export function buildPhrases(provider: string, source: string, rows: readonly Row[]): Phrase[] {
  return rows.map(([digit, words, meaning, only = {}]) => ({
    ...{ provider, source, digit, words, meaning, only },
  }));
}

/** A reply as rows see it. */
export interface Reading {
  stage: SmtpStage;
  code: number;
  digit: 4 | 5;
  enhanced: string | null;
  words: string;
}

/** More than a reply's text has, for the diagnostic codes of bounces. */
const MOST_WORDS = 1_000;

/** A relay's code before the server's own, the enhanced code, and Cisco's `#`. */
const HEAD = /^(?:[2-5]\d\d(?:[ -]|$)){0,2}(?:\(?#?[245]\.\d{1,3}\.\d{1,3}\)?:?(?: |$))?/;

export function toReading({ stage, code, enhanced, text }: Reply): Reading {
  const words = dropLineCodes(text.slice(0, MOST_WORDS))
    .replace(HEAD, '')
    .toLowerCase()
    .replace(/[’`´]/g, "'");
  return { stage, code, digit: code < 500 ? 4 : 5, enhanced, words };
}

export function matches(phrase: Phrase, reading: Reading): boolean {
  const { stages, enhanced } = phrase.only;
  if (phrase.digit !== 'any' && phrase.digit !== reading.digit) return false;
  if (stages && !stages.includes(reading.stage)) return false;
  if (enhanced && !enhanced.includes(reading.enhanced ?? '')) return false;
  return phrase.words.test(reading.words);
}
