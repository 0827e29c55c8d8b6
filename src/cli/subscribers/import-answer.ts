import { printable } from '../../base/printable.js';
import type { ListColumns } from '../../subscribers/import-columns.js';
import type { ImportReport, LeftOut } from '../../subscribers/import-report.js';
import { IMPORT_WAITS } from '../../subscribers/subscribe.js';
import { count } from '../output.js';

/** How long it takes until all have been asked to confirm who wait for it. */
export interface Asking {
  waiting: number;
  perDay: number;
  /** `null`: none go out at all. */
  days: number | null;
}

/** @param perDay `null`: as many as there are */
export function toAsking(waiting: number, perDay: number | null): Asking | null {
  if (perDay === null || waiting <= perDay) return null;
  return { waiting, perDay, days: perDay === 0 ? null : Math.ceil(waiting / perDay) };
}

function formatAsking({ waiting, perDay, days }: Asking): string {
  if (days === null) {
    return `${waiting} wait to be asked by mail to confirm, but the cap of the day leaves nothing for imports: raise DAILY_CAP (docs/IMPORT.md). Those that have not had theirs after ${MOST_DAYS} days get none.`;
  }
  const late =
    days > MOST_DAYS ? ` Those that have not had theirs after ${MOST_DAYS} days get none.` : '';
  return `${waiting} wait to be asked by mail to confirm, at most ${perDay} a day: it takes about ${days} days (docs/IMPORT.md).${late}`;
}

const MOST_DAYS = IMPORT_WAITS / (24 * 3_600_000);

/** What an import did, or with `columns` what it would do. */
export function formatReport(
  report: ImportReport,
  columns: ListColumns | null,
  asking: Asking | null,
): string {
  const { imported, pending, suppressed, known, rejected } = report;
  const out = report.leftOut.reduce((sum, one) => sum + one.count, 0);
  const parts = [
    `${imported} imported`,
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
    `${known} known already`,
    ...(out > 0 ? [`${out} left out`] : []),
    `${count(rejected.length, 'row')} rejected`,
  ];
  const total = `${parts.join(', ')}.`;
  const leftOut = report.leftOut.map(formatLeftOut);
  const pace = asking === null ? [] : [formatAsking(asking)];
  if (!columns) return [...leftOut, ...pace, total].join('\n');
  return [
    ...formatColumns(columns),
    ...formatLines('would be imported', imported, report.lines.imported),
    ...(pending > 0 ? [`${pending} of them would be asked by mail to confirm.`] : []),
    ...pace,
    ...formatLines('would be suppressed', suppressed, report.lines.suppressed),
    ...formatLines('known already', known, report.lines.known),
    ...leftOut,
    `Nothing was written. It would be: ${total}`,
  ].join('\n');
}

function formatLeftOut({ standing, reason, count, lines }: LeftOut): string {
  return `${count} left out, ${standing}: ${printable(reason)} (${formatPlaces(count, lines)}).`;
}

function formatLines(what: string, count: number, lines: readonly number[]): string[] {
  return count === 0 ? [] : [`${count} ${what} (${formatPlaces(count, lines)}).`];
}

function formatPlaces(count: number, lines: readonly number[]): string {
  const list = `${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}`;
  return count > lines.length ? `${list}, …` : list;
}

function formatColumns(columns: ListColumns): string[] {
  const { read, ignored } = nameColumns(columns);
  return [
    `Columns that are read: ${Object.entries(read).map(formatColumn).join(', ')}.`,
    ...(ignored.length > 0 ? [`Columns that are not: ${ignored.map(quoted).join(', ')}.`] : []),
  ];
}

function formatColumn([field, names]: [string, string[]]): string {
  return names.length === 1 && names[0] === field
    ? field
    : `${field} (${names.map(quoted).join(', ')})`;
}

function quoted(name: string): string {
  return `"${printable(name).slice(0, 60)}"`;
}

function nameColumns({ email, preferences, statuses, others }: ListColumns) {
  const states = statuses.map(({ heading }) => heading);
  return {
    read: {
      email: [email.heading],
      ...(states.length > 0 && { status: states }),
      ...Object.fromEntries(preferences.map(({ field, heading }) => [field, [heading]])),
    },
    ignored: others.map(({ heading }) => heading),
  };
}

/** The same for programs. A dry run says more. */
export function toJson(
  report: ImportReport,
  columns: ListColumns | null,
  asking: Asking | null,
): object {
  const pace = asking === null ? {} : { asking };
  if (columns) return { dryRun: true, ...report, ...pace, columns: nameColumns(columns) };
  const { imported, suppressed, known, leftOut, rejected } = report;
  return {
    ...{ imported, known },
    ...(suppressed > 0 && { suppressed }),
    ...(leftOut.length > 0 && { leftOut }),
    ...pace,
    rejected,
  };
}
