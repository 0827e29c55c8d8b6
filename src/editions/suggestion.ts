import type { Day } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { parseArxivId } from '../papers/identity.js';
import { cleanLine } from '../papers/text.js';

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
  /** In the order in which they came. */
  suggesters: Suggester[];
}

export interface SuggestionStore {
  /**
   * Keeps a suggestion, or adds who suggests it to one that is pending: each name once. One that is
   * decided stays as it is.
   * @returns `full` when so many are pending already that nobody could look at one more.
   */
  add(paperId: string, suggester: Suggester): Promise<'kept' | 'decided' | 'full'>;
  find(paperId: string): Promise<Suggestion | null>;
  /** The newest first, pending ones the oldest first: that is the order to look at them. */
  list(page: { state: SuggestionState; limit: number }): Promise<Suggestion[]>;
  counts(): Promise<Record<SuggestionState, number>>;
  /** @returns `false` when it is not pending: then nothing was changed. */
  accept(
    paperId: string,
    decision: { day: Day; credit: readonly string[]; at: number },
  ): Promise<boolean>;
  /** @returns `false` when it is not pending: then nothing was changed. */
  decline(paperId: string, decision: { reason: string | null; at: number }): Promise<boolean>;
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
 * @throws PaperboyError `bad_link`, `bad_name` or `bad_comment`
 */
export function readSuggestion({ link = '', name = '', comment = '' }: RawSuggestion) {
  return {
    paperId: readLink(link),
    name: readName(name),
    comment: readText('bad_comment', 'The comment', comment, MAX_COMMENT),
  };
}

function readLink(link: string): string {
  const known = parseArxivId(link);
  if (known) return known.id;
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
