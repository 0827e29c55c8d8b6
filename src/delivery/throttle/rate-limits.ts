import type { Warmup } from './warmup.js';

/** How fast the operator lets mails out. `null`: no limit. */
export interface RateLimits {
  /** Mails a second in all. */
  readonly rate: number | null;
  /** Mails a second to each recipient domain that is not in `domainRates`. */
  readonly domainRate: number | null;
  readonly domainRates: Readonly<Record<string, number>>;
  /** Mails a day that all relays take together; `null` if one of them has no cap, or when left out. */
  readonly routesCap?: number | null;
  /** Digests a day in all. */
  readonly dailyCap: number | null;
  readonly warmup: Warmup | null;
  /** Notices an hour in all. */
  readonly noticesPerHour: number | null;
  /** The part of a cap or rate that notices have, in percent. */
  readonly noticesShare: number;
  /** The time zone in which days are counted. */
  readonly timezone: string;
}

/** Microseconds between two mails at a rate per second; 0 for no limit. */
export function toInterval(rate: number | null): number {
  return rate === null ? 0 : Math.ceil(1_000_000 / rate);
}

/** Mails a second at an interval in microseconds, rounded to three digits. */
export function toRate(interval: number): number {
  return Math.round((1_000_000 / interval) * 1_000) / 1_000;
}

/** Microseconds between two mails to a domain by the settings; 0 for no limit. */
export function domainInterval(
  { domainRate, domainRates }: Pick<RateLimits, 'domainRate' | 'domainRates'>,
  domain: string,
): number {
  return toInterval(
    Object.hasOwn(domainRates, domain) ? (domainRates[domain] ?? null) : domainRate,
  );
}

/**
 * The domain by which mails are limited and throttled: the part after the last @, which addresses keep
 * in ASCII. Domains that share a mail exchanger are counted apart, since Paperboy does not query DNS
 * for them.
 */
export function toMailDomain(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}

/** The scope under which a route is throttled. No domain begins with `*`. */
export function routeScope(route: string): string {
  return `*${route}`;
}
