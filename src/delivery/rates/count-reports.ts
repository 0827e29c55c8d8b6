import { addDays, type Day, dayAt } from '../../base/day.js';
import { NAMED_GROUPS, toDomainGroup } from './domain-groups.js';
import {
  COUNTED_EVENTS,
  type CountableReport,
  type CountedEvent,
  type MailCount,
  type MailCounts,
  OTHERS,
} from './mail-counts.js';
import { startOfWindow } from './rates.js';

export interface CountReportsDeps {
  atomically<T>(work: (stores: { mailCounts: MailCounts }) => Promise<T>): Promise<T>;
  /** The time zone in which days are counted. */
  timezone: string;
  today: Day;
}

/** Reports that are taken in one transaction. */
const AT_ONCE = 500;
/** Further reports of a reader within a week are no further readers. */
const SAME_READER = 7 * 24 * 3_600_000;
/** Accepted mails of a domain on a day below which its name is not kept. */
const FEW = 5;
/** Past days that are folded again, since reports come late. */
const FOLDED_DAYS = 10;

/** Counts the reports that were not counted yet, each once, however many processes do so. */
export async function countReports(deps: CountReportsDeps, signal?: AbortSignal): Promise<void> {
  for (let taken = AT_ONCE; taken === AT_ONCE && !signal?.aborted; ) {
    taken = await deps.atomically(async ({ mailCounts }) => {
      const reports = await mailCounts.takeReports(AT_ONCE, SAME_READER);
      await mailCounts.add(toCounts(reports, deps));
      return reports.length;
    });
  }
}

/**
 * Forgets the names of domains that get a few mails a day, once the day is over: they can't reach the
 * number from which a rate says something, and some are people's own.
 */
export async function foldCounts(mailCounts: Pick<MailCounts, 'fold'>, today: Day): Promise<void> {
  await mailCounts.fold([addDays(today, -FOLDED_DAYS), today], FEW, NAMED_GROUPS);
}

function toCounts(
  reports: readonly CountableReport[],
  { timezone, today }: Pick<CountReportsDeps, 'timezone' | 'today'>,
): MailCount[] {
  const counts = new Map<string, MailCount>();
  for (const { counts: isCounted, kind, domain, acceptedAt, at, mails } of reports) {
    const event = toEvent(kind);
    if (!isCounted || event === null || domain === null) continue;
    const day = dayAt(acceptedAt ?? at, timezone);
    const known = toDomainGroup(domain);
    // What comes after the windows is of no group's account, and its day is not folded again.
    const isLate = day < startOfWindow(today) && !NAMED_GROUPS.includes(known);
    const group = isLate ? OTHERS : known;
    const key = `${day} ${event} ${mails} ${group}`;
    const count = counts.get(key) ?? { day, event, group, mails, count: 0 };
    count.count++;
    counts.set(key, count);
  }
  return [...counts.values()];
}

function toEvent(kind: CountableReport['kind']): CountedEvent | null {
  return COUNTED_EVENTS.find((event) => event === kind) ?? null;
}
