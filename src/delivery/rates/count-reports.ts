import type { Clock } from '../../base/clock.js';
import { addDays, type Day, dayAt } from '../../base/day.js';
import { NAMED_GROUPS, toDomainGroup } from './domain-groups.js';
import {
  COUNTED_EVENTS,
  type CountableReport,
  type CountedEvent,
  type MailCount,
  type MailCounts,
  type OldMail,
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
/** Old mails that are taken in one transaction, and milliseconds between two. */
const OLD_AT_ONCE = 2_000;
const PAUSE = 20;
const QUARTER = 15 * 60_000;
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

/**
 * Counts, once, the digests that were accepted before mails were counted at all: without them, what
 * comes back of them would be a large part of the few mails since.
 * @param until by the steady clock, when to leave the rest for later
 * @returns whether all are counted
 */
export async function countOldMails(
  { mailCounts: known, atomically, timezone, today }: CountReportsDeps & { mailCounts: MailCounts },
  { clock, until }: { clock: Clock; until: number },
): Promise<boolean> {
  if (await known.isComplete()) return true;
  for (;;) {
    const isOver = await atomically(async ({ mailCounts }) => {
      const mails = await mailCounts.takeOldMails(OLD_AT_ONCE);
      if (mails !== null) await mailCounts.add(toOldCounts(mails, timezone));
      return mails === null || (await mailCounts.isComplete());
    });
    if (isOver) break;
    if (clock.steady() >= until) return false;
    // Others want to write, too.
    await clock.sleep(PAUSE);
  }
  await known.fold(['', today], FEW, NAMED_GROUPS);
  return true;
}

function toOldCounts(mails: readonly OldMail[], timezone: string): MailCount[] {
  const counts = new Map<string, MailCount>();
  const days = new Map<number, Day>();
  for (const { acceptedAt, domain } of mails) {
    // In every time zone days begin at a quarter, and asking for each mail would take long.
    const quarter = Math.floor(acceptedAt / QUARTER);
    const day = days.get(quarter) ?? dayAt(acceptedAt, timezone);
    days.set(quarter, day);
    const group = toDomainGroup(domain);
    const key = `${day} ${group}`;
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { day, event: 'accepted', group, mails: 'digest', count: 1 });
  }
  return [...counts.values()];
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
