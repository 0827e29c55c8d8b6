import { isDay } from '../base/day.js';
import type { Warmup } from '../delivery/throttle/warmup.js';
import { InvalidValue } from './setting.js';
import { parseDomain } from './setting-parsers.js';

/** A mail in a quarter of an hour. Who wants fewer wants a daily cap. */
const SLOWEST = 0.001;
const FASTEST = 100_000;

const RATE = `a number of mails per second from ${SLOWEST} to ${FASTEST}`;

export function parseRate(text: string): number {
  const rate = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && rate >= SLOWEST && rate <= FASTEST) return rate;
  throw new InvalidValue(RATE);
}

/** `gmail.com=20,yahoo.com=5` */
export function parseDomainRates(text: string): Record<string, number> {
  const rates: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [domain = '', rate = '', ...rest] = part.split('=').map((side) => side.trim());
    const name = parseDomain(domain);
    if (rest.length > 0 || name === null) throw new InvalidValue(DOMAIN_RATES);
    try {
      rates[name] = parseRate(rate);
    } catch {
      throw new InvalidValue(DOMAIN_RATES);
    }
  }
  return rates;
}

const DOMAIN_RATES = `domains with ${RATE} each, like gmail.com=20,yahoo.com=5`;

export function parseDailyCap(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidValue('a whole number of mails a day, 1 or more');
}

/** `2026-12-01:200` */
export function parseWarmup(text: string): Warmup {
  const [, from = '', first = ''] = /^([\d-]+)\s*:\s*(\d{1,9})$/.exec(text) ?? [];
  if (isDay(from) && Number(first) > 0) return { from, first: Number(first) };
  throw new InvalidValue('a day and how many mails go out on it, like 2026-12-01:200');
}
