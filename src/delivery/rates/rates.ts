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
  /**
   * By how many standard deviations a rate has to be over the limit before digests pause. Each group is
   * judged again and again, over three windows: 3.09 is exceeded by chance once in a thousand times.
   */
  readonly deviations: number;
}

/**
 * Of complaints, Gmail and Yahoo want less than 0.1 %, and never 0.3 %: a handful of readers may reach
 * that by chance. For bounces no provider names figures; services that send for others warn at 2 % and
 * stop at 5 %.
 */
export const RATE_LIMITS: Readonly<Record<RatedEvent, RateLimit>> = {
  complaint: { near: 0.001, over: 0.003, leastReaders: 3, deviations: 3.09 },
  permanent: { near: 0.02, over: 0.05, leastReaders: 5, deviations: 0 },
  policy: { near: 0.02, over: 0.05, leastReaders: 5, deviations: 0 },
};

/** With fewer accepted mails a rate says nothing: one complaint of ten readers would be 10 %. */
export const LEAST_MAILS = 100;

/**
 * With fewer readers nothing is paused: so many can be one person, with subscriptions of their own, who
 * wants others to get no digests.
 */
const LEAST_TO_PAUSE = 10;

/**
 * How many readers it takes before digests pause: at least ten, and of complaints so many that the rate
 * is surely over its limit, by Wilson's lower bound. Of 1,000 mails that is 10, of 10,000 it is 47
 * (0.47 %), of a million 3,169.
 */
export function toLeastPausing(accepted: number, { over, deviations }: RateLimit): number {
  const expected = accepted * over;
  const certain = expected + deviations * Math.sqrt(expected * (1 - over));
  return Math.max(LEAST_TO_PAUSE, Math.ceil(certain - Number.EPSILON));
}

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
  /** From how many readers on it is so far over its limit that digests pause. */
  leastPausing: number;
}

/** Whether a rate is so far over its limit that it is neither chance nor one person's doing. */
export function isSurelyOver({ level, readers, leastPausing }: Rate): boolean {
  return level === 'over' && readers >= leastPausing;
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

/** What is known of the mails of late. */
export interface MailWindows {
  windows: WindowCounts[];
  /**
   * Whether all accepted mails are counted. After an upgrade old ones are counted for a while, and
   * meanwhile nobody knows of how many mails it is that some came back.
   */
  isComplete: boolean;
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

/** The rates of each group over each window; none while it is not known of how many mails they are. */
export function toRates({ windows, isComplete }: MailWindows): Rate[] {
  if (!isComplete) return [];
  return windows.flatMap(({ events, ...window }) =>
    RATED_EVENTS.map((event) =>
      toRate({ ...window, event, accepted: events.accepted, readers: events[event] }),
    ),
  );
}

function toRate(figures: Omit<Rate, 'rate' | 'level' | 'leastPausing'>): Rate {
  const { accepted, readers, event } = figures;
  const rate = accepted === 0 ? 0 : readers / accepted;
  const limit = RATE_LIMITS[event];
  const level = toLevel(accepted, readers, limit);
  return { ...figures, rate, level, leastPausing: toLeastPausing(accepted, limit) };
}

function toLevel(accepted: number, readers: number, limit: RateLimit): Rate['level'] {
  if (accepted < LEAST_MAILS || readers < limit.leastReaders) return 'fine';
  // Not by the quotient, which may come out just below the limit.
  if (readers >= limit.over * accepted - Number.EPSILON) return 'over';
  return readers >= limit.near * accepted - Number.EPSILON ? 'near' : 'fine';
}

const SEVERITY = { fine: 0, near: 1, over: 2 } as const;

/** What is surely over its limit goes before what may be by chance. */
const toSeverity = (rate: Rate) => SEVERITY[rate.level] + (isSurelyOver(rate) ? 1 : 0);

/** Of each group, kind of mails and event the worst of its windows, without those that are fine. */
export function findWorst(rates: readonly Rate[]): Rate[] {
  const worst = new Map<string, Rate>();
  for (const rate of rates) {
    if (rate.level === 'fine') continue;
    const key = `${rate.mails} ${rate.event} ${rate.group}`;
    const known = worst.get(key);
    const isWorse =
      known === undefined ||
      toSeverity(rate) > toSeverity(known) ||
      (toSeverity(rate) === toSeverity(known) && rate.rate > known.rate);
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
