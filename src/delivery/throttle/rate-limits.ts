import type { Day } from '../../base/day.js';
import type { Hold } from '../holds.js';
import type { Throttle } from './throttle.js';
import type { Warmup } from './warmup.js';

/** How fast the operator lets mails out; `null` is as fast as it goes. */
export interface RateLimits {
  /** Mails a second in all. */
  readonly rate: number | null;
  /** Mails a second to each recipient domain that is not in `domainRates`. */
  readonly domainRate: number | null;
  readonly domainRates: Readonly<Record<string, number>>;
  /** Mails a day in all. */
  readonly dailyCap: number | null;
  readonly warmup: Warmup | null;
  /** The zone in which days are counted. */
  readonly timezone: string;
}

export const NO_LIMITS: RateLimits = {
  rate: null,
  domainRate: null,
  domainRates: {},
  dailyCap: null,
  warmup: null,
  timezone: 'UTC',
};

/** The name under which the slots of all mails together are kept; no domain has it. */
export const ALL_MAILS = '*';

export interface SlotRequest {
  /** A domain, or `ALL_MAILS`. */
  name: string;
  wanted: number;
  /** Microseconds between two slots by the settings; 0 where they set no limit. */
  interval: number;
  /** Whether the mails go in any case, and are only counted. */
  urgent?: boolean;
}

/** Slots that nobody else has. Microseconds, counted from now by the store's clock. */
export interface SlotGrant {
  name: string;
  count: number;
  /** When the first may be used; each other comes an interval behind the one before. */
  first: number;
  /** 0 where nothing limits the name any more. */
  interval: number;
  /** When there may be more. */
  next: number;
}

/** What is known of the slots of a name, and of its throttle. */
export interface SlotState {
  name: string;
  /** Milliseconds by the store's clock. */
  now: number;
  /** The first slot that nobody has yet, in microseconds; 0 where none was given. */
  nextSlot: number;
  /** Microseconds; 0 where it is not throttled. */
  throttledInterval: number;
  /** Until then it gets none at all, in milliseconds. */
  notBefore: number;
}

/** Slots that are taken: the next one was at `previous` and is at `nextSlot` then. */
export interface SlotMove {
  name: string;
  nextSlot: number;
  previous: number;
}

/** Milliseconds after which things that all senders share have lost their meaning. */
export interface Forgetting {
  /** Throttles that were not changed. */
  throttles: number;
  /** Slots that nobody took. */
  slots: number;
  /** Holds that have ended, and those of domains of which nobody asks any more. */
  holds: number;
}

export const FORGET_AFTER: Forgetting = {
  throttles: 24 * 3_600_000,
  slots: 3_600_000,
  // Held time counts for three days after a mail was due; a week is enough to tell of it.
  holds: 7 * 24 * 3_600_000,
};

/** The limits and throttles that all senders of one store share. */
export interface ThrottleStore {
  loadSlots(names: readonly string[]): Promise<SlotState[]>;
  /**
   * Takes slots in one conditional write: those of each name only if its next slot is still the one
   * that was read.
   * @returns the names of which they were taken
   */
  moveSlots(moves: readonly SlotMove[]): Promise<ReadonlySet<string>>;
  /**
   * Takes up to `wanted` of what the cap leaves of that day; returns how many.
   * @param route whose mails are counted, '' for all
   */
  takeOfDay(day: Day, route: string, wanted: number, cap: number): Promise<number>;
  /** Counts mails of that day whatever the cap; fewer where `count` is negative. */
  addToDay(day: Day, route: string, count: number): Promise<void>;
  /** How many mails of that day are counted. */
  ofDay(day: Day, route: string): Promise<number>;
  /** Now by the store's clock, which that of throttles and holds is, too. */
  look(): Promise<ThrottlesSeen>;
  /**
   * Changes a throttle in one conditional write: `step` is asked again where another sender was
   * quicker. It returns what it is to be, `'free'` for none, or `null` to leave it.
   * @returns whether anything was changed
   */
  change(scope: string, step: ThrottleStep): Promise<boolean>;
  /** Drops what has not mattered for long. */
  forget(after: Forgetting): Promise<void>;
}

export interface ThrottlesSeen {
  now: number;
  throttles: Throttle[];
  holds: Hold[];
}

export type ThrottleStep = (known: Throttle | null, now: number) => Throttle | 'free' | null;

/** Microseconds between two mails at a rate per second, 0 for no limit. */
export function toInterval(rate: number | null): number {
  return rate === null ? 0 : Math.ceil(1_000_000 / rate);
}

/** Mails a second at an interval. */
export function toRate(interval: number): number {
  return Math.round((1_000_000 / interval) * 1_000) / 1_000;
}

export function domainInterval(
  { domainRate, domainRates }: Pick<RateLimits, 'domainRate' | 'domainRates'>,
  domain: string,
): number {
  return toInterval(
    Object.hasOwn(domainRates, domain) ? (domainRates[domain] ?? null) : domainRate,
  );
}

/**
 * What limits and throttles go by: the part behind the last @, which addresses keep in ASCII.
 * Domains that share a mail exchanger are counted apart: nobody here asks the DNS.
 */
export function toMailDomain(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}

/** The scope in which a route is throttled. */
export function routeScope(route: string): string {
  return `*${route}`;
}
