import { type Day, isDay } from '../../base/day.js';
import { parseDate } from '../dates/parse-date.js';

/** A day, or `null` for a date that names none, like `2024-01`; or why there is no reading it. */
export type ReadDate = { day: Day | null } | { reason: string };

/** Year first: as a day it is what is written, whatever time and zone stand behind it. */
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/;
const YEAR_LAST = /^(\d{1,2})[/-](\d{1,2})[/-]\d{4}$/;
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';
/** A month, a season or a year alone. */
const NO_DAY = [
  /^(?:1[5-9]|20)\d{2}$/,
  /^(?:1[5-9]|20)\d{2}[-/.](?:0?[1-9]|1[0-2])(?:[-/.]0{1,2})?$/,
  /^(?:0?[1-9]|1[0-2])[/.](?:1[5-9]|20)\d{2}$/,
  /^00?[/-]00?[/-]\d{4}$/,
  new RegExp(`^${MONTH},?\\s+\\d{4}$|^\\d{4},?\\s+${MONTH}$`, 'i'),
  /^(?:spring|summer|autumn|fall|winter),?\s+\d{4}$/i,
  /^(?:n\.?\s?d\.?|undated|in press|forthcoming|to appear|none|n\/a|-+)$/i,
];

/** Reads what reference managers and indexes write for the date of a paper. */
export function parsePublished(text: string): ReadDate {
  const written = text.trim();
  const [whole, year = '', , month = '', day = ''] = YEAR_FIRST.exec(written) ?? [];
  if (whole !== undefined) return toReadDay(written, year, month, day);
  if (NO_DAY.some((form) => form.test(written))) return { day: null };
  const read = parseDate(written, 'UTC');
  if (read !== null) return { day: read };
  const [, first, second] = YEAR_LAST.exec(written) ?? [];
  const mayBeTwo = Number(first) <= 12 && Number(second) <= 12;
  return mayBeTwo
    ? { reason: `date ${written} may be two days; write it as YYYY-MM-DD` }
    : unreadable(written);
}

function toReadDay(written: string, year: string, month: string, day: string): ReadDate {
  // EndNote and Zotero write zeros for what they do not know.
  if (Number(day) === 0 && Number(month) <= 12) return { day: null };
  const whole = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isDay(whole) ? { day: whole } : unreadable(written);
}

function unreadable(written: string): ReadDate {
  return { reason: `date "${written.slice(0, 40)}" is not one; write it as YYYY-MM-DD` };
}
