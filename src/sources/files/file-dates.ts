import { type Day, dayAt, isDay } from '../../base/day.js';

/** A day, or `null` for a date that names none, like `2024-01`; or why there is no reading it. */
export type ReadDate = { day: Day | null } | { reason: string };

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';
const NTH = '(\\d{1,2})(?:st|nd|rd|th)?';
const TIME = '(?:[,T]?\\s*\\d{1,2}:\\d{2}.*)?';

type Parts = (string | undefined)[];
/** Ways to write a date in which day, month and year can be nothing else. */
const FORMS: readonly [RegExp, (parts: Parts) => Parts][] = [
  [/^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/, ([, year, month, day]) => [year, month, day]],
  [/^(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?!\d)/, ([, year, , month, day]) => [year, month, day]],
  [/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/, ([, day, month, year]) => [year, month, day]],
  [
    new RegExp(
      `^(?:[a-z]{3,9}\\.?,?\\s+)?${NTH}[\\s-]+(?:of\\s+)?${MONTH},?[\\s-]+(\\d{4})${TIME}$`,
      'i',
    ),
    ([, day, month, year]) => [year, toMonth(month), day],
  ],
  [
    new RegExp(`^(?:[a-z]{3,9}\\.?,?\\s+)?${MONTH}\\s+${NTH},?\\s+(\\d{4})${TIME}$`, 'i'),
    ([, month, day, year]) => [year, toMonth(month), day],
  ],
  [
    new RegExp(`^(\\d{4}),?\\s+${MONTH}\\s+${NTH}$`, 'i'),
    ([, year, month, day]) => [year, toMonth(month), day],
  ],
];
/** A month, a season or a year alone. */
const NO_DAY = [
  /^(?:1[5-9]|20)\d{2}$/,
  /^(?:1[5-9]|20)\d{2}[-/.](?:0?[1-9]|1[0-2])(?:[-/.]0{1,2})?$/,
  /^(?:0?[1-9]|1[0-2])[/.](?:1[5-9]|20)\d{2}$/,
  new RegExp(`^${MONTH},?\\s+\\d{4}$|^\\d{4},?\\s+${MONTH}$`, 'i'),
  /^(?:spring|summer|autumn|fall|winter),?\s+\d{4}$/i,
  /^(?:n\.?\s?d\.?|undated|in press|forthcoming|to appear|none|n\/a|-+)$/i,
];

/** Reads what reference managers and indexes write for the date of a paper. */
export function parsePublished(text: string): ReadDate {
  const written = text.trim();
  for (const [form, order] of FORMS) {
    const parts = form.exec(written);
    if (parts) return toReadDay(written, order([...parts]));
  }
  if (NO_DAY.some((form) => form.test(written))) return { day: null };
  if (/^\d{10}$|^\d{13}$/.test(written)) {
    const at = Number(written) * (written.length === 10 ? 1000 : 1);
    return { day: dayAt(at, 'UTC') };
  }
  return readSlashes(written);
}

function toMonth(name = ''): string {
  return String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}

function toReadDay(written: string, [year = '', month = '', day = '']: Parts): ReadDate {
  // EndNote and Zotero write zeros for what they do not know.
  if (Number(day) === 0 && Number(month) <= 12) return { day: null };
  const whole = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isDay(whole) ? { day: whole } : unreadable(written);
}

/** `31/12/2024` can be one day only, `01/02/2024` is another one in America. */
function readSlashes(written: string): ReadDate {
  const [, first = '', , second = '', year] =
    /^(\d{1,2})([/-])(\d{1,2})\2(\d{4})$/.exec(written) ?? [];
  if (year === undefined) return unreadable(written);
  if (first === second || Number(first) > 12) return toReadDay(written, [year, second, first]);
  if (Number(second) > 12) return toReadDay(written, [year, first, second]);
  return { reason: `date ${written} may be two days; write it as YYYY-MM-DD` };
}

function unreadable(written: string): ReadDate {
  return { reason: `date "${written.slice(0, 40)}" is not one; write it as YYYY-MM-DD` };
}
