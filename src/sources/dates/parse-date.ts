import { type Day, dayAt, dayOfWeek, isDay } from '../../base/day.js';
import { parseMonth } from './month-names.js';
import { parseOffset } from './zone-offsets.js';

/** Longer than any date, and short enough to look at from all sides. */
const LONGEST = 120;

/**
 * The day of an entry, in whatever form its feed has the date. Where a date can be read in two ways,
 * like `02/04/2025`, or names no day, it is `null`.
 * @param timezone in which days are counted; the day of a time without a zone is the one that it names
 */
export function parseDate(text: string, timezone: string): Day | null {
  const plain = toPlain(text);
  if (plain === '' || plain.length > LONGEST) return null;
  if (isDay(plain)) return plain;
  const epoch = parseEpoch(plain);
  if (epoch !== null) return dayAt(epoch, timezone);
  const { date, time } = splitTime(plain);
  const day = findNumericDay(date) ?? findNamedDay(date);
  if (day === null || time?.offset == null) return day;
  const minutes = time.hours * 60 + time.minutes - time.offset;
  return dayAt(Date.parse(`${day}T00:00:00Z`) + minutes * 60_000, timezone);
}

/** Digits and spaces as in English. */
function toPlain(text: string): string {
  return text
    .slice(0, LONGEST * 4)
    .normalize('NFKC')
    .replace(/[\u200e\u200f\u061c\u202a-\u202e]/g, '')
    .replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g, toDigit)
    .replace(/\s+/g, ' ')
    .trim();
}

/** In each of these scripts zero ends on 0 or 6. */
function toDigit(letter: string): string {
  const code = letter.charCodeAt(0);
  return String((code - ((code & 0xf) >= 6 && (code & 0xff0) !== 0x660 ? 6 : 0)) & 0xf);
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, from 1973 to 2100. */
function parseEpoch(text: string): number | null {
  const [, digits] = /^(\d{9}|\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d*)?$/.exec(text) ?? [];
  if (digits === undefined) return null;
  const at = Number(digits) / 10 ** (Math.max(digits.length, 10) - 13);
  return at < Date.UTC(2100, 0) ? Math.floor(at) : null;
}

interface Time {
  hours: number;
  minutes: number;
  /** Minutes ahead of UTC, `null` where nothing says it. */
  offset: number | null;
}

const TIME =
  /(?:^|[\sT,(]|(?<=^\d{8})T?)(\d{1,2})(?:(?:\s?[:h.時시点]\s?)([0-5]\d)(?:\s?[:m.分분]\s?([0-6]\d)[秒초]?(?:[.,]\d+)?)?[分분]?(?:\s?([ap])\.?m\b\.?)?|\s?([ap])\.?m\b\.?)(?![\d.]*\d)/i;

/** Takes the time of day and its zone out of what else there is. */
function splitTime(text: string): { date: string; time: Time | null } {
  const spread = text.replace(
    /^(\d{4})(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?)?(?!\d)/i,
    spreadDigits,
  );
  const found = TIME.exec(spread);
  if (!found) return { date: spread, time: null };
  const [whole, hours, minutes, , half, bareHalf] = found;
  const behind = spread.slice(found.index + whole.length);
  const offset = parseOffset(behind);
  const at = toHours(Number(hours), half ?? bareHalf);
  const date = `${spread.slice(0, found.index)} ${offset === null ? behind : withoutZone(behind)}`;
  if (at === null) return { date: date.trim(), time: null };
  return { date: date.trim(), time: { hours: at, minutes: Number(minutes ?? 0), offset } };
}

/** `20250402T100000` as `2025-04-02 10:00`. */
function spreadDigits(
  _all: string,
  year: string,
  month: string,
  day: string,
  hours?: string,
  minutes?: string,
) {
  return `${year}-${month}-${day}${hours === undefined ? '' : ` ${hours}:${minutes}`}`;
}

function toHours(hours: number, half: string | undefined): number | null {
  if (half === undefined) return hours <= 24 ? hours : null;
  if (hours < 1 || hours > 12) return null;
  return (hours % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

/** Without the zone that stands first, and what it is called in brackets. */
function withoutZone(text: string): string {
  return text
    .replace(/\([^)]*\)/g, ' ')
    .replace(/^\s*(?:[A-Z]{1,5}\b)?\s*(?:[+−-]\d{1,2}(?::?\d\d)?(?!\d))?/i, ' ');
}

const YEAR_FIRST =
  /^\D*?(\d{4})\s?(?:[-/.]|年|년)\s?(\d{1,2})\s?(?:[-/.]|月|월)\s?(\d{1,2})(?!\d)\s?[日일号T.]?\D*$/u;
const YEAR_LAST = /^\D*?(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d)\D*$/u;

/** A date of numbers alone. Dots are written where the day comes first. */
function findNumericDay(text: string): Day | null {
  const [, ...first] = YEAR_FIRST.exec(text) ?? [];
  if (first.length > 0) return toDay(first[0], Number(first[1]), first[2]);
  const [, one, sign, two, year] = YEAR_LAST.exec(text) ?? [];
  if (one === undefined || two === undefined) return null;
  const [dayFirst, monthFirst] = [toDay(year, Number(two), one), toDay(year, Number(one), two)];
  if (sign === '.' && dayFirst !== null) return dayFirst;
  const days = [...new Set([dayFirst, monthFirst])].filter((day) => day !== null);
  return days.length === 1 ? (days[0] ?? null) : findByWeekday(text, days);
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Of two readings the one that is the weekday that is named, in English. */
function findByWeekday(text: string, days: readonly Day[]): Day | null {
  const [word = ''] = /^[a-z]{3}/i.exec(text) ?? [];
  const weekday = WEEKDAYS.indexOf(word.toLowerCase()) + 1;
  const fitting = days.filter((day) => dayOfWeek(day) === weekday);
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** A date with the name of its month, in whatever order. */
function findNamedDay(text: string): Day | null {
  const words = text.match(/\p{L}[\p{L}\p{M}.'’]*|\d+/gu) ?? [];
  const numbers = words.flatMap((word, place) => (/^\d/.test(word) ? [{ word, place }] : []));
  if (numbers.length !== 2) return null;
  const year = numbers.find(({ word }) => word.length === 4) ?? toShortYear(numbers);
  const day = numbers.find((number) => number.place !== year?.place);
  if (year === undefined || day === undefined) return null;
  const months = words.flatMap((word, place) => {
    const month = /^\d/.test(word) ? null : parseMonth(word);
    return month === null ? [] : [{ month, place }];
  });
  // In front of the day may stand a weekday that is called like a month, as `mar` is.
  const behind = months.filter(({ place }) => place > day.place);
  const meant = new Set((behind.length > 0 ? behind : months).map(({ month }) => month));
  const [month, ...others] = meant;
  return month === undefined || others.length > 0 ? null : toDay(year.word, month, day.word);
}

/** RFC 5322 §4.3: years of two digits, where day, month and year come in this order. */
function toShortYear(numbers: readonly { word: string; place: number }[]) {
  const [day, year] = numbers;
  if (!day || year?.word.length !== 2 || year.place !== day.place + 2) return undefined;
  return { word: `${year.word < '50' ? '20' : '19'}${year.word}`, place: year.place };
}

function toDay(year: string | undefined, month: number, day: string | undefined): Day | null {
  const text = `${year}-${String(month).padStart(2, '0')}-${day?.padStart(2, '0')}`;
  return isDay(text) && text >= '1900' ? text : null;
}
