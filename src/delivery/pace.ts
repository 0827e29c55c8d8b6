import type { Day } from '../base/day.js';
import type { Warmup } from './cap.js';
import { enhancedCode, type Outcome } from './outcome.js';

/** How fast the operator lets mails out; `null` is as fast as it goes. */
export interface PaceLimits {
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

export const NO_LIMITS: PaceLimits = {
  rate: null,
  domainRate: null,
  domainRates: {},
  dailyCap: null,
  warmup: null,
  timezone: 'UTC',
};

/** The name under which the turns of all mails together are kept; no domain has it. */
export const ALL_MAILS = '*';

export interface TurnsAsked {
  /** A domain, or `ALL_MAILS`. */
  name: string;
  wanted: number;
  /** Microseconds between two turns by the settings; 0 where they set no limit. */
  gap: number;
  /** Whether the mails go in any case, and are only counted. */
  urgent?: boolean;
}

/** Turns that nobody else has. Microseconds, counted from now by the store's clock. */
export interface TurnsGiven {
  name: string;
  count: number;
  /** When the first may be used; each other comes a gap behind the one before. */
  first: number;
  /** 0 where nothing limits the name any more. */
  gap: number;
  /** When there may be more. */
  next: number;
}

/** A domain that has asked for fewer mails. Durations are milliseconds by the store's clock. */
export interface SlowedDomain {
  domain: string;
  /** Microseconds from one mail to the next. */
  gap: number;
  /** How long it gets none at all. */
  pausedFor: number;
  /** How long it has been at this rate without asking again; negative during the pause. */
  steadyFor: number;
}

/** A domain is slowed to this at first: ten mails a second. */
export const FIRST_GAP = 100_000;
/** And never to less than one mail a minute. */
export const LONGEST_GAP = 60_000_000;
/** This fast, 40 mails a second, a slowed domain is free again. */
export const FREE_GAP = 25_000;
/** The pause before the slow rate is as long as so many of its mails take … */
export const PAUSE_GAPS = 50;
/** … but no longer than so many milliseconds. */
export const LONGEST_PAUSE = 300_000;
/** Milliseconds without another such answer after which an accepted mail doubles the rate. */
export const QUIET = 60_000;
/** Milliseconds after which a domain that has not asked again is no longer slowed anyway. */
export const FORGET_AFTER = 24 * 3_600_000;

/** What all senders of one store share of the pace. */
export interface Paces {
  /** Takes turns, as many as are open of those that are wanted; one answer for each name. */
  take(asked: readonly TurnsAsked[]): Promise<TurnsGiven[]>;
  /** Takes up to `wanted` of what the cap leaves of that day; returns how many. */
  takeOfDay(day: Day, wanted: number, cap: number): Promise<number>;
  /** Counts mails of that day whatever the cap; fewer where `count` is negative. */
  addToDay(day: Day, count: number): Promise<void>;
  /** How many mails of that day are counted. */
  ofDay(day: Day): Promise<number>;
  /** Now by the store's clock, and the domains that are slowed. */
  look(): Promise<{ now: number; slowed: SlowedDomain[] }>;
  /**
   * Pauses a domain and halves its rate, unless it has been slowed since the mail was begun to
   * which it gave the answer.
   * @param begunAgo milliseconds since then
   * @param gap of the settings, 0 without
   */
  slow(domain: string, answer: { begunAgo: number; gap: number }): Promise<void>;
  /** Doubles a slowed domain's rate, or sets it free, if it has been quiet long enough. */
  ease(domain: string, settings: { gap: number }): Promise<void>;
  /** Drops what has not mattered for long. */
  forget(): Promise<void>;
}

/** Microseconds between two mails at a rate per second, 0 for no limit. */
export function gapOf(rate: number | null): number {
  return rate === null ? 0 : Math.ceil(1_000_000 / rate);
}

/** Mails a second at a gap. */
export function rateOf(gap: number): number {
  return Math.round((1_000_000 / gap) * 1_000) / 1_000;
}

export function domainGap(
  { domainRate, domainRates }: Pick<PaceLimits, 'domainRate' | 'domainRates'>,
  domain: string,
): number {
  return gapOf(Object.hasOwn(domainRates, domain) ? (domainRates[domain] ?? null) : domainRate);
}

/**
 * What limits and slowing go by: the part behind the last @, which addresses keep in ASCII.
 * Domains that share a mail exchanger are counted apart: nobody here asks the DNS.
 */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}

/**
 * Whether the recipient's side wants fewer mails: 421 (RFC 5321 §3.8) or a security and policy
 * status 4.7.x (RFC 3463 §3.8). 4.4.2 says that a connection was idle for too long, which is ours.
 */
export function asksToSlow({ kind, reply }: Outcome): boolean {
  if (kind !== 'deferred') return false;
  const code = enhancedCode(reply);
  return code?.startsWith('4.7.') || (reply.startsWith('421') && code !== '4.4.2');
}
