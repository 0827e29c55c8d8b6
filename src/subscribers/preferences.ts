import { FieldReader, PaperboyError } from '../base/errors.js';
import { findLanguage } from '../base/languages.js';
import { parseTimezone } from '../base/timezones.js';

/** `weekdays`: Monday to Friday in the reader's zone. `weekly`: the week's best, once a week. */
export const FREQUENCIES = ['daily', 'weekdays', 'weekly'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** In the order of ISO 8601: Monday first. */
export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** When digests come: every day, Monday to Friday, or once a week on the given day. */
export const CADENCES = ['daily', 'weekdays', ...WEEKDAYS] as const;
export type Cadence = (typeof CADENCES)[number];

/** The lengths of a digest that readers can choose, in papers. */
export const LENGTHS = [5, 10, 20, 50] as const;
const DEFAULT_LENGTH = 20;

export interface Preferences {
  /** BCP 47 code of what mails and pages are written in; `null`: the site's own language. */
  language: string | null;
  /** IANA time zone; `null`: the operator's default. */
  timezone: string | null;
  /** 0 to 23 in their zone; `null`: as soon as the edition is made. */
  hour: number | null;
  frequency: Frequency;
  /** The day of a weekly digest, in the reader's zone. */
  weekday: Weekday;
  /** Most papers in a digest. */
  length: number;
  /** Topics that are offered, arXiv categories, or tags of papers. */
  topics: string[];
  /** Words to find in papers. */
  keywords: string[];
  /** Full names of authors to follow. */
  authors: string[];
  organisations: string[];
}

/** The fields that are a reader's interests. */
export const INTERESTS = ['topics', 'keywords', 'authors', 'organisations'] as const;
export type Interests = Pick<Preferences, (typeof INTERESTS)[number]>;

export function hasInterests(interests: Interests): boolean {
  return INTERESTS.some((field) => interests[field].length > 0);
}

export const DEFAULT_PREFERENCES: Preferences = {
  language: null,
  timezone: null,
  hour: null,
  frequency: 'daily',
  weekday: 'monday',
  length: DEFAULT_LENGTH,
  topics: [],
  keywords: [],
  authors: [],
  organisations: [],
};

/** Preferences from a form, a JSON body or a CSV row. Blank means not given. */
export interface RawPreferences {
  language?: string | undefined;
  timezone?: string | undefined;
  hour?: string | number | undefined;
  frequency?: string | undefined;
  weekday?: string | undefined;
  length?: string | number | undefined;
  topics?: string | undefined;
  keywords?: string | undefined;
  authors?: string | undefined;
  organisations?: string | undefined;
}

export function toCadence({
  frequency,
  weekday,
}: Pick<Preferences, 'frequency' | 'weekday'>): Cadence {
  return frequency === 'weekly' ? weekday : frequency;
}

/**
 * Reads the preferences that were given and leaves the others out.
 * @param languages codes of those that the site writes in
 * @param kept what a subscriber has chosen, which stays theirs when it is sent back as it was, whether
 *   or not this machine knows the zone and the site still writes in the language
 * @throws FieldError `bad_preferences` with a sentence for each field that is wrong
 */
export function readPreferences(
  raw: RawPreferences,
  languages: readonly string[],
  kept: Pick<Preferences, 'timezone' | 'language'> = DEFAULT_PREFERENCES,
): Partial<Preferences> {
  const reader = new FieldReader();
  const read = <Field extends keyof Preferences>(
    field: Field,
    toValue: (text: string) => Preferences[Field],
  ): Partial<Preferences> => {
    const text = String(raw[field] ?? '').trim();
    const value = text === '' ? undefined : reader.read(field, () => toValue(text));
    return value === undefined ? {} : { [field]: value };
  };
  const preferences: Partial<Preferences> = {
    ...read('language', (text) => (text === kept.language ? text : readLanguage(text, languages))),
    ...read('timezone', (text) => (text === kept.timezone ? text : readTimezone(text))),
    ...read('hour', readHour),
    ...read('frequency', (text) => readFrequency(text.toLowerCase())),
    ...read('weekday', (text) => readWeekday(text.toLowerCase())),
    ...read('length', readLength),
  };
  for (const field of INTERESTS) {
    Object.assign(
      preferences,
      read(field, (text) => readWords(field, text)),
    );
  }
  reader.check();
  return preferences;
}

function readTimezone(text: string): string {
  const zone = parseTimezone(text);
  if (zone !== null) return zone;
  throw bad(`"${clip(text)}" is not a time zone; write it like Europe/Vienna.`);
}

function readLanguage(text: string, languages: readonly string[]): string {
  const code = findLanguage(text, languages);
  if (code !== null) return code;
  throw bad(`"${clip(text)}" is not a language of this site; choose ${languages.join(', ')}.`);
}

function readHour(text: string): number {
  const [, digits] = /^(\d{1,2})(?::00)?$/.exec(text) ?? [];
  const hour = Number(digits);
  if (digits !== undefined && hour <= 23) return hour;
  throw bad(`"${clip(text)}" is not an hour; write a number from 0 to 23.`);
}

function readFrequency(text: string): Frequency {
  const found = FREQUENCIES.find((frequency) => frequency === text);
  if (found) return found;
  throw bad(`"${clip(text)}" is not a frequency; choose ${FREQUENCIES.join(', ')}.`);
}

/** `Monday` or `Mon`. */
function readWeekday(text: string): Weekday {
  const found = WEEKDAYS.find((day) => day === text || day.slice(0, 3) === text);
  if (found) return found;
  throw bad(`"${clip(text)}" is not a day of the week; choose ${WEEKDAYS.join(', ')}.`);
}

function readLength(text: string): number {
  const found = LENGTHS.find((length) => String(length) === text);
  if (found) return found;
  throw bad(`"${clip(text)}" is not a length; choose ${LENGTHS.join(', ')} papers.`);
}

export const MAX_ENTRIES = 50;
export const MAX_ENTRY = 80;

/** Splits at line breaks, semicolons and bars, and at commas unless they are part of a name. */
export function splitEntries(field: (typeof INTERESTS)[number], text: string): string[] {
  const parts = text
    .toWellFormed()
    .split(/[;|\r\n]/)
    .flatMap((line) => splitLine(field, line));
  // Drops invisible characters, and signs that would make an entry a formula in a spreadsheet.
  const entries = parts.map((part) =>
    part
      .replace(/[\s\p{C}]+/gu, ' ')
      .trim()
      .replace(/^(?:[=+@＝＋＠－-]\s*)+/, ''),
  );
  return entries.filter((entry) => entry !== '');
}

/** Splits at commas. `University of California, Berkeley` is one organisation. */
function splitLine(field: (typeof INTERESTS)[number], line: string): string[] {
  if (field === 'organisations') return [line];
  return field === 'authors' ? splitNames(line) : line.split(',');
}

const TWO_WORDS = /\S\s+\S/;
const BEGINS_WITH_TWO_WORDS = /^\s*\S+\s+\S/;

/**
 * `Doe, Jane` and `King, Jr.` are one name. If both sides of a comma have two words, they are two.
 * Runs in linear time, since anybody may send a long line.
 */
function splitNames(line: string): string[] {
  const [first = '', ...others] = line.split(',');
  const names = [first];
  let before = first;
  for (const part of others) {
    if (TWO_WORDS.test(before) && BEGINS_WITH_TWO_WORDS.test(part)) names.push(part);
    else names.push(`${names.pop()},${part}`);
    before = `,${part}`;
  }
  return names;
}

/** Reads a list of entries and drops repetitions, in any case. */
function readWords(field: (typeof INTERESTS)[number], text: string): string[] {
  const entries = new Map<string, string>();
  for (const entry of splitEntries(field, text)) {
    if (!/[\p{L}\p{N}]/u.test(entry)) {
      throw bad(`"${clip(entry)}" among the ${field} has neither letters nor digits.`);
    }
    // `RAG` is not `rag`: abbreviations among the keywords are case-sensitive.
    const isAbbreviation = field === 'keywords' && /^\p{Lu}{2,4}s?$/u.test(entry);
    const key = isAbbreviation ? entry : entry.toLowerCase();
    if (!entries.has(key)) entries.set(key, entry);
  }
  const distinct = [...entries.values()];
  const tooLong = distinct.find((entry) => entry.length > MAX_ENTRY);
  if (tooLong !== undefined) {
    const length = `${tooLong.length} letters, and ${MAX_ENTRY} are the most`;
    throw bad(`"${clip(tooLong)}" among the ${field} has ${length}.`);
  }
  if (distinct.length <= MAX_ENTRIES) return distinct;
  throw bad(`There are ${distinct.length} ${field}, and ${MAX_ENTRIES} are the most.`);
}

function bad(sentence: string): PaperboyError {
  return new PaperboyError('bad_preferences', sentence);
}

/** Input shortened to fit into an error message. */
function clip(text: string): string {
  const line = text.slice(0, 200).replace(/[\s\p{C}]+/gu, ' ');
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}
