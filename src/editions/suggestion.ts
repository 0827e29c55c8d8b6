import { type Day, dayAt } from '../base/day.js';
import { FieldReader, PaperboyError } from '../base/errors.js';
import { arxivMonth, parseArxivId } from '../papers/identity.js';
import { cleanLine } from '../text/clean.js';

export const SUGGESTION_STATES = ['pending', 'accepted', 'declined'] as const;
export type SuggestionState = (typeof SUGGESTION_STATES)[number];

/** Who suggested a paper, and what they said of it. */
export interface Suggester {
  /** `null`: they want no name shown. */
  name: string | null;
  comment: string | null;
  /** Milliseconds since the epoch. */
  at: number;
}

/** A paper that people want to see in an edition: one suggestion, however many suggest it. */
export interface Suggestion {
  paperId: string;
  state: SuggestionState;
  suggestedAt: number;
  decidedAt: number | null;
  /** For whose edition it was accepted. */
  day: Day | null;
  /** The names that the edition shows. */
  credit: string[];
  /** Why it was declined, for the operator. */
  reason: string | null;
  /** In the order in which they came: each keeps its number, which is its place from 1. */
  suggesters: Suggester[];
}

/** What the operator decides on: these papers, or all that were suggested before a moment. */
export type Decided = { paperIds: readonly string[] } | { before: number };

export interface SuggestionStore {
  /** Runs `work` (`suggest.ts`) so that all its writes happen or none does. */
  adding<T>(work: (store: SuggestionIntake) => Promise<T>): Promise<T>;
  find(paperId: string): Promise<Suggestion | null>;
  /** The newest first, pending ones the oldest first: that is the order to look at them. */
  list(page: { state: SuggestionState; limit: number }): Promise<Suggestion[]>;
  counts(): Promise<Record<SuggestionState, number>>;
  /** @returns `false` when it is not in the state `from`: then nothing was changed. */
  accept(
    paperId: string,
    decision: { from: SuggestionState; day: Day; credit: readonly string[]; at: number },
  ): Promise<boolean>;
  /** @returns the papers of those that were pending; nothing else was changed. */
  decline(which: Decided, decision: { reason: string | null; at: number }): Promise<string[]>;
}

/** What adding a suggestion reads and writes. */
export interface SuggestionIntake {
  /** The state of a suggestion, which nobody else changes until the end; `null` without one. */
  lock(paperId: string): Promise<SuggestionState | null>;
  countPending(): Promise<number>;
  /**
   * Forgets the pending suggestion that has waited longest, if it was made before that moment.
   * @returns whether there is one less now
   */
  forgetOldest(before: number): Promise<boolean>;
  /** Makes a suggestion, unless there is one by now. */
  create(paperId: string, at: number): Promise<void>;
  countSuggesters(paperId: string): Promise<number>;
  /** Adds a suggester behind all others, whatever the clock says; each name once. */
  addSuggester(paperId: string, suggester: Suggester): Promise<void>;
}

export const MAX_NAME = 60;
export const MAX_COMMENT = 500;

/** A suggestion as it comes from outside. */
export interface RawSuggestion {
  link?: string | undefined;
  name?: string | undefined;
  comment?: string | undefined;
}

/**
 * Reads what somebody suggests.
 * @throws FieldError `bad_link`, `bad_name` or `bad_comment`: that of the first field that is wrong
 */
export function readSuggestion({ link = '', name = '', comment = '' }: RawSuggestion, now: number) {
  const reader = new FieldReader();
  const read = {
    paperId: reader.read('link', () => readLink(link, now)) ?? '',
    name: reader.read('name', () => readName(name)) ?? null,
    comment:
      reader.read('comment', () => readText('bad_comment', 'The comment', comment, MAX_COMMENT)) ??
      null,
  };
  reader.check();
  return read;
}

function readLink(link: string, now: number): string {
  const known = parseArxivId(link);
  if (known) {
    const month = arxivMonth(known.id);
    // Anybody's day: where arXiv counts months, no new one begins earlier.
    if (month !== null && month <= dayAt(now, 'UTC').slice(0, 7)) return known.id;
    throw new PaperboyError('bad_link', `There is no paper ${known.id} on arXiv so far.`);
  }
  const shown = cleanLine(link).slice(0, 80).toWellFormed();
  throw new PaperboyError(
    'bad_link',
    shown === ''
      ? 'The link is missing; it looks like https://arxiv.org/abs/2603.12345.'
      : `"${shown}" is no paper on arXiv; its link looks like https://arxiv.org/abs/2603.12345.`,
  );
}

/** A mail client would make a link of an address, and everybody gets this mail. */
const LIKE_AN_ADDRESS = /:\/\/|www\.|@|\p{L}\.\p{L}{2,}/iu;

function readName(raw: string): string | null {
  const name = readText('bad_name', 'The name', raw, MAX_NAME);
  if (name === null || !LIKE_AN_ADDRESS.test(name)) return name;
  throw new PaperboyError('bad_name', 'The name looks like an address; write it without one.');
}

function readText(code: string, what: string, raw: string, max: number): string | null {
  const text = cleanLine(raw);
  if (text.length <= max) return text === '' ? null : text;
  throw new PaperboyError(code, `${what} has ${text.length} characters; ${max} are the most.`);
}
