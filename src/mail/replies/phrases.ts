import { dropLineCodes, type Reply, type SmtpStage } from './reply.js';
import type { Meaning } from './verdicts.js';

/** A known phrase: who uses which words, and what they mean. */
export interface Phrase {
  /** Who uses it; `any` if many do. */
  provider: string;
  /** The first digit of the code with which it has this meaning. */
  digit: 4 | 5 | 'any';
  /**
   * Matched with the words of a reply: one line in lower case, without codes. Has no unbounded
   * repetition, so matching takes linear time.
   */
  words: RegExp;
  meaning: Meaning;
  /** Its source: a URL, or an RFC with its section. */
  source: string;
  only: Limits;
}

/** Restricts a phrase to stages or codes. Most have none. */
export interface Limits {
  stages?: readonly SmtpStage[];
  codes?: readonly number[];
  enhanced?: readonly string[];
}

type Row = readonly [digit: Phrase['digit'], words: RegExp, meaning: Meaning, only?: Limits];

/** The phrases of one provider that share a source. */
export function buildPhrases(provider: string, source: string, rows: readonly Row[]): Phrase[] {
  return rows.map(([digit, words, meaning, only = {}]) => ({
    ...{ provider, source, digit, words, meaning, only },
  }));
}

/** A reply, prepared for matching phrases. */
export interface Reading {
  stage: SmtpStage;
  code: number;
  digit: 4 | 5;
  enhanced: string | null;
  words: string;
}

/** Longer than the text of any reply that is kept. What comes behind it is not looked at. */
const MOST_WORDS = 1_000;

/** The codes at the beginning: a relay's, the server's own, the enhanced one, Cisco's `#`. */
const HEAD = /^(?:[2-5]\d\d(?:[ -]|$)){0,2}(?:\(?#?[245]\.\d{1,3}\.\d{1,3}\)?:?(?: |$))?/;

export function toReading({ stage, code, enhanced, text }: Reply): Reading {
  const words = dropLineCodes(text.slice(0, MOST_WORDS))
    .replace(HEAD, '')
    .toLowerCase()
    .replace(/[’`´]/g, "'");
  return { stage, code, digit: code < 500 ? 4 : 5, enhanced, words };
}

export function matches(phrase: Phrase, reading: Reading): boolean {
  const { stages, codes, enhanced } = phrase.only;
  if (phrase.digit !== 'any' && phrase.digit !== reading.digit) return false;
  if (stages && !stages.includes(reading.stage)) return false;
  if (codes && !codes.includes(reading.code)) return false;
  if (enhanced && !enhanced.includes(reading.enhanced ?? '')) return false;
  return phrase.words.test(reading.words);
}
