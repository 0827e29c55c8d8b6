import { Temporal } from 'temporal-polyfill';
import type { Day } from '../base/day.js';

/** A week, a month or a year of papers. */
export interface Period {
  kind: 'week' | 'month' | 'year';
  /** As addresses have it: `2026-W34`, `2026-08`, `2026`. */
  name: string;
  from: Day;
  to: Day;
}

const YEAR = /^(?:19|20|21)\d\d$/;
const MONTH = /^((?:19|20|21)\d\d)-(0[1-9]|1[0-2])$/;
const WEEK = /^((?:19|20|21)\d\d)-?w(\d\d)$/i;

/** Reads a period as ISO 8601 writes it; `null` for what is none, like the 53rd week of most years. */
export function parsePeriod(text: string): Period | null {
  if (YEAR.test(text)) {
    return { kind: 'year', name: text, from: `${text}-01-01`, to: `${text}-12-31` };
  }
  const month = MONTH.exec(text);
  if (month) return toMonth(Temporal.PlainDate.from(`${text}-01`));
  const [, year, week] = WEEK.exec(text) ?? [];
  if (year === undefined || week === undefined) return null;
  // The week with 4 January in it is the first one.
  const first = Temporal.PlainDate.from(`${year}-01-04`);
  const monday = first.subtract({ days: first.dayOfWeek - 1 }).add({ weeks: Number(week) - 1 });
  const found = toWeek(monday);
  return found.name === `${year}-W${week}` ? found : null;
}

/** The week, month and year of a day. */
export function periodsWith(day: Day): Period[] {
  const date = Temporal.PlainDate.from(day);
  const monday = date.subtract({ days: date.dayOfWeek - 1 });
  const year = parsePeriod(String(date.year));
  return [toWeek(monday), toMonth(date.with({ day: 1 })), ...(year === null ? [] : [year])];
}

/** The period of the same kind before (`-1`) or after (`1`) one. */
export function besidePeriod({ kind, from }: Period, step: -1 | 1): Period | null {
  const date = Temporal.PlainDate.from(from);
  if (kind === 'week') return toWeek(date.add({ weeks: step }));
  if (kind === 'month') return toMonth(date.add({ months: step }));
  return parsePeriod(String(date.year + step));
}

function toWeek(monday: Temporal.PlainDate): Period {
  const week = String(monday.weekOfYear).padStart(2, '0');
  return {
    kind: 'week',
    name: `${monday.yearOfWeek}-W${week}`,
    from: monday.toString(),
    to: monday.add({ days: 6 }).toString(),
  };
}

function toMonth(first: Temporal.PlainDate): Period {
  return {
    kind: 'month',
    name: first.toPlainYearMonth().toString(),
    from: first.toString(),
    to: first.with({ day: first.daysInMonth }).toString(),
  };
}
