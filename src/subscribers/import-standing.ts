import { type Doubtful, type ListColumns, quote, toKey } from './import-columns.js';
import { LEAVING, QUESTION_LIKE, STATE_LIKE } from './import-headings.js';
import {
  FILE_NAMES,
  NO,
  SAID_NO,
  STANDINGS,
  STATUS_WORDS,
  type Standing,
  YES,
} from './import-words.js';

/** What a row says of its owner, and by which words. */
export interface RowStanding {
  standing: Standing;
  /** `its status is "unsubscribed"`; `null` where nothing was said against them. */
  because: string | null;
}

/** Words of a list that nobody knows. */
export interface Doubt {
  heading: string;
  value: string;
  /** The column itself is unknown. */
  isColumn: boolean;
}

const WORDS = new Map(
  STANDINGS.flatMap((standing) => STATUS_WORDS[standing].map((word) => [toKey(word), standing])),
);
const YES_WORDS = new Set(YES.map(toKey));
const NO_WORDS = new Set(NO.map(toKey));
const SAID_NO_WORDS = new Set(SAID_NO.map(toKey));

/** What is in a date beside numbers: months, days of the week, zones. */
const IN_TIMES =
  /\b(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|mon|tue|wed|thu|fri|sat|sun)\p{L}*|(?<=\d)(?:st|nd|rd|th|t|z)(?!\p{L})|\b(?:[ap]m|utc|gmt)\b/giu;
const TIME = /(?:19|20)\d\d|\d:\d\d|^\d{8,14}$|\d[-/.]\d{1,2}[-/.]\d\d/;
/** A number, an address on the network, a link. */
const PLAIN = /^(?:[\d.,:a-f]*\d[\d.,:a-f]*|https?:\/\/.*)$/is;

/** A date, a time or a timestamp. */
function isTime(value: string): boolean {
  return TIME.test(value) && !/\p{L}/u.test(value.slice(0, 100).replace(IN_TIMES, ''));
}

/** The standing that a word means; `null` for words that nobody knows. */
export function parseStanding(word: string): Standing | null {
  return WORDS.get(toKey(word)) ?? null;
}

const FILE_WORDS = new Set(FILE_NAMES.map(toKey));

/** What the name of a file says of all in it, like Mailchimp's `cleaned_members_export.csv`. */
function readFileName(name: string): { standing: Standing; word: string } | null {
  const [, word = ''] = /^(\p{L}+(?:[ -]?subscribed)?)[ _.-]/iu.exec(name) ?? [];
  const standing = FILE_WORDS.has(toKey(word)) ? parseStanding(word) : null;
  return standing && { standing, word };
}

/** Reads what rows of a list say of their owners, by known words and by what the operator says. */
export class StandingReader {
  readonly #columns: ListColumns;
  readonly #told: ReadonlyMap<string, Standing>;
  readonly #byName: RowStanding | null;

  /** @param told words, and what the operator says that they mean */
  constructor(
    columns: ListColumns,
    fileName: string,
    told: readonly (readonly [word: string, meaning: Standing])[],
  ) {
    this.#columns = columns;
    this.#told = new Map(told.map(([word, meaning]) => [toKey(word), meaning]));
    const named = readFileName(fileName);
    const standing = named && (this.#told.get(toKey(named.word)) ?? named.standing);
    this.#byName = standing && {
      standing,
      because: `the name of the file says ${quote(named.word)}`,
    };
  }

  /** What counts most in a row, or what nobody can tell. */
  read(fields: Record<string, string>): RowStanding | Doubt {
    let worst: RowStanding = this.#byName ?? { standing: 'subscribed', because: null };
    for (const { column, heading, says } of this.#columns.statuses) {
      const value = fields[column]?.trim() ?? '';
      const standing = value === '' ? says.blank : this.#readValue(value, says);
      if (standing === null) return { heading, value, isColumn: false };
      if (standing && STANDINGS.indexOf(standing) > STANDINGS.indexOf(worst.standing)) {
        const what = value === '' ? 'empty' : isTime(value) ? 'filled' : quote(value);
        worst = { standing, because: `${quote(heading)} is ${what}` };
      }
    }
    const mayJoin = worst.standing === 'subscribed' || worst.standing === 'unconfirmed';
    return (mayJoin && this.#findDoubt(fields)) || worst;
  }

  #readValue(
    value: string,
    says: ListColumns['statuses'][number]['says'],
  ): Standing | null | undefined {
    const key = toKey(value);
    const told = this.#told.get(key);
    if (told) return told;
    if (says.isState && /^\d+$/.test(key)) return null;
    if (NO_WORDS.has(key)) return says.no;
    if (YES_WORDS.has(key)) return says.yes;
    return WORDS.get(key) ?? (!says.isState && isTime(value) ? says.yes : null);
  }

  /** A field of an unknown column that may say that its owner has left. */
  #findDoubt(fields: Record<string, string>): Doubt | null {
    for (const { column, heading, key, kind } of this.#columns.doubtful) {
      const value = fields[column]?.trim() ?? '';
      if (value !== '' && isDoubtful(kind, key, value)) return { heading, value, isColumn: true };
    }
    for (const { column, heading } of this.#columns.others) {
      const value = fields[column] ?? '';
      if (value.length > 40) continue;
      // `News:unsubscribed` says it of one of several lists.
      const words = [value, ...value.split(/[:;,|=]/)].map(toKey);
      if (words.some(isOfLeaving)) return { heading, value, isColumn: true };
    }
    return null;
  }
}

function isOfLeaving(word: string): boolean {
  return LEAVING.test(word) && WORDS.has(word);
}

/** Whether a field of a column that nobody knows may be said against its owner. */
function isDoubtful(kind: Doubtful, column: string, value: string): boolean {
  const key = toKey(value);
  if (SAID_NO_WORDS.has(key)) return kind !== 'leaving';
  if (kind === 'switch') return value === '0' && QUESTION_LIKE.test(column);
  // As an answer it is no; where something is counted, nothing was.
  if (value === '0') return kind === 'status';
  if (NO_WORDS.has(key)) return false;
  if (STATE_LIKE.test(column) && /^\d{1,2}$/.test(value)) return true;
  return kind === 'leaving' || !(PLAIN.test(value) || isTime(value));
}
