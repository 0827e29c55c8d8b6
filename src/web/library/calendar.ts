import { addMonths, type Day, dayOfWeek } from '../../base/day.js';
import { type Edition, editionPath } from '../../editions/edition.js';
import { parsePeriod } from '../../library/period.js';
import { findLanguage } from '../../text/language.js';
import type { Messages } from '../../views/messages.js';
import { formatPeriod } from './best-pages.js';
import { formatEditionTitle } from './present-paper.js';

type Listed = Edition & { titles: string[] };

/** The editions by month, both newest first, as a calendar has them. */
export function presentMonths(
  editions: readonly Listed[],
  weeklies: readonly Day[],
  messages: Messages,
) {
  const months = new Map<string, Listed[]>();
  for (const edition of editions) {
    const month = edition.date.slice(0, 7);
    months.set(month, [...(months.get(month) ?? []), edition]);
  }
  return [...months].map(([month, days]) => ({
    name: messages.day(`${month}-01`, 'month'),
    days: days.map((edition) => presentDay(edition, messages)),
    weeks: weeklies
      .filter((date) => date.startsWith(month))
      .map((date) => ({
        url: editionPath({ kind: 'weekly', date }),
        title: formatEditionTitle({ kind: 'weekly', date }, messages),
      })),
    best: presentBest(month, messages),
  }));
}

function presentDay(edition: Listed, messages: Messages) {
  return {
    url: editionPath(edition),
    date: edition.date,
    dateLong: messages.day(edition.date),
    number: Number(edition.date.slice(8)),
    weekday: dayOfWeek(edition.date),
    lead: edition.titles[0] ?? '',
    lang: findLanguage(edition.titles[0] ?? ''),
    count: edition.count,
  };
}

function presentBest(month: string, messages: Messages) {
  const period = parsePeriod(month);
  if (period === null) return null;
  const name = messages.t('library.best', { period: formatPeriod(period, messages) });
  return { url: `/best/${month}`, name };
}

/** The first day of the month after that of a day. */
export function nextMonth(day: Day): Day {
  return addMonths(`${day.slice(0, 7)}-01`, 1);
}
