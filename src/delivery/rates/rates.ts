import { addDays, type Day } from '../../base/day.js';
import type { CountedEvent, CountedMails, MailCount } from './mail-counts.js';

/** What rates are worked out of, since providers judge a sender by it. */
export const RATED_EVENTS = ['complaint', 'permanent', 'policy'] as const;
export type RatedEvent = (typeof RATED_EVENTS)[number];

/** From which share of the accepted mails on a rate is near its limit, and over it. */
export interface RateLimit {
  readonly near: number;
  readonly over: number;
  /** With fewer readers a rate says nothing, whatever it is. */
  readonly leastReaders: number;
}

/**
 * Of complaints, Gmail and Yahoo want less than 0.1 %, and never 0.3 %. For bounces no provider names
 * figures; services that send for others warn at 2 % and stop at 5 %.
 */
export const RATE_LIMITS: Readonly<Record<RatedEvent, RateLimit>> = {
  complaint: { near: 0.001, over: 0.003, leastReaders: 3 },
  permanent: { near: 0.02, over: 0.05, leastReaders: 5 },
  policy: { near: 0.02, over: 0.05, leastReaders: 5 },
};

/** With fewer accepted mails a rate says nothing: one complaint of ten readers would be 10 %. */
export const LEAST_MAILS = 100;

/** Days of the longest window, today included. */
export const WINDOW_DAYS = 7;

/**
 * The days over which rates are worked out: seven up to today, today, and yesterday beside it, since
 * most reports come hours later.
 */
export const WINDOWS = ['week', 'today', 'yesterday'] as const;
export type RateWindow = (typeof WINDOWS)[number];

/** What came back of a group's mails within a window. */
export interface Rate {
  group: string;
  mails: CountedMails;
  event: RatedEvent;
  window: RateWindow;
  /** The last day of the window. */
  day: Day;
  accepted: number;
  /** Readers about whom it came back. */
  readers: number;
  rate: number;
  level: 'fine' | 'near' | 'over';
}

/** The first day of the windows that end today. */
export function startOfWindow(today: Day): Day {
  return addDays(today, 1 - WINDOW_DAYS);
}

/** What happened to a group's mails of one kind within a window. */
export interface WindowCounts {
  group: string;
  mails: CountedMails;
  window: RateWindow;
  day: Day;
  events: Record<CountedEvent, number>;
}

/** Sums of each group over each window. Reports count for the day on which their mails were accepted. */
export function toWindows(counts: readonly MailCount[], today: Day): WindowCounts[] {
  const yesterday = addDays(today, -1);
  const days: Record<RateWindow, [Day, Day]> = {
    week: [startOfWindow(today), today],
    today: [today, today],
    yesterday: [yesterday, yesterday],
  };
  const sums = new Map<string, WindowCounts>();
  for (const { group, mails, day, event, count } of counts) {
    for (const window of WINDOWS) {
      const [from, to] = days[window];
      if (day < from || day > to) continue;
      const key = `${mails} ${window} ${group}`;
      const sum = sums.get(key) ?? { group, mails, window, day: to, events: { ...NO_EVENTS } };
      sum.events[event] += Number(count);
      sums.set(key, sum);
    }
  }
  return [...sums.values()];
}

const NO_EVENTS: Readonly<Record<CountedEvent, number>> = {
  accepted: 0,
  permanent: 0,
  temporary: 0,
  full: 0,
  policy: 0,
  complaint: 0,
};

/** The rates of each group over each window. */
export function toRates(windows: readonly WindowCounts[]): Rate[] {
  return windows.flatMap(({ events, ...window }) =>
    RATED_EVENTS.map((event) =>
      toRate({ ...window, event, accepted: events.accepted, readers: events[event] }),
    ),
  );
}

function toRate(figures: Omit<Rate, 'rate' | 'level'>): Rate {
  const { accepted, readers, event } = figures;
  const rate = accepted === 0 ? 0 : readers / accepted;
  return { ...figures, rate, level: toLevel(accepted, readers, RATE_LIMITS[event]) };
}

function toLevel(accepted: number, readers: number, limit: RateLimit): Rate['level'] {
  if (accepted < LEAST_MAILS || readers < limit.leastReaders) return 'fine';
  // Not by the quotient, which may come out just below the limit.
  if (readers >= limit.over * accepted - Number.EPSILON) return 'over';
  return readers >= limit.near * accepted - Number.EPSILON ? 'near' : 'fine';
}

const SEVERITY = { fine: 0, near: 1, over: 2 } as const;

/** Of each group, kind of mails and event the worst of its windows, without those that are fine. */
export function findWorst(rates: readonly Rate[]): Rate[] {
  const worst = new Map<string, Rate>();
  for (const rate of rates) {
    if (rate.level === 'fine') continue;
    const key = `${rate.mails} ${rate.event} ${rate.group}`;
    const known = worst.get(key);
    const isWorse =
      known === undefined ||
      SEVERITY[rate.level] > SEVERITY[known.level] ||
      (rate.level === known.level && rate.rate > known.rate);
    if (isWorse) worst.set(key, rate);
  }
  return [...worst.values()];
}

const WORDS: Readonly<Record<RatedEvent, string>> = {
  complaint: 'were reported as spam',
  permanent: 'came back, since there is no such mailbox',
  policy: 'came back as blocked or as spam',
};

/** `4 of 1,000 digests of 7 days (0.4 %) were reported as spam`. */
export function formatRate({ accepted, readers, rate, window, day, mails, event }: Rate): string {
  const number = (value: number) => value.toLocaleString('en-GB');
  const when = window === 'week' ? `of ${WINDOW_DAYS} days` : `of ${day}`;
  const percent = `${Number((rate * 100).toPrecision(2))} %`;
  return `${number(readers)} of ${number(accepted)} ${mails}s ${when} (${percent}) ${WORDS[event]}`;
}

/** What helps against a rate, in a line. */
export const RATE_REMEDIES: Readonly<Record<RatedEvent, string>> = {
  complaint:
    'mail only those who asked for it, make sure that "unsubscribe" works, and import no bought or old lists',
  permanent:
    'look where these addresses come from: an old list should be checked before it is imported',
  policy:
    'read the replies in "deliveries list --outcome bounced", check SPF, DKIM and DMARC, and have blocks removed where the replies say',
};
