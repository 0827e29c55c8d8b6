/**
 * How fast mails may go to a domain or over a route that has asked to slow down. The rate is halved
 * when it asks, and raised by a fraction, step by step, while it takes mails. Times are milliseconds by
 * the store's clock, intervals are microseconds.
 */
export interface Throttle {
  /** A domain, or `*` and the name of a route. */
  scope: string;
  /** Emission interval. */
  interval: number;
  /** The interval at which it last asked to slow down; 0 if that is not known. */
  ceiling: number;
  /** When it backed off last. */
  backedOffAt: number;
  /** Until then it gets no mail at all. */
  notBefore: number;
  /** When the rate was raised last, or when the first step begins to count. */
  raisedAt: number;
  /** How often it backed off without an accepted mail in between. */
  strikes: number;
  /** Most connections at once; `null` for any number. */
  connections: number | null;
}

/** A reply that asks to slow down. */
export interface SlowDown {
  scope: string;
  now: number;
  /** When the mail was begun that got this reply. */
  begunAt: number;
  /** Mails a second that were accepted just before; 0 if none. */
  rate: number;
  /** The interval by the settings; 0 for none. */
  setting: number;
  /** Milliseconds in which it wants no mail, if it says so. */
  wait: number | null;
  /** Connections that it takes after that, if it says so. */
  connections: number | null;
}

/** Mails a second if nothing is known of what it takes. */
const FIRST_RATE = 10;
const SLOWEST_RATE = 1 / 60;
/** The rate at which a throttle without a ceiling ends. */
const FREE_RATE = 40;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 300_000;

/** Milliseconds between two steps up, if a mail was accepted in between. */
export const RECOVERY_STEP = 1_000;
/** Steps are large up to this part of the rate at which it last asked to slow down. */
const NEAR = 0.9;
const LARGE_STEP = 1.25;
/** Near the ceiling and above, steps are small. Otherwise a relay would be overloaded most of the time. */
const SMALL_STEP = 1.01;
/** A throttle ends at this many times its ceiling. */
const BEYOND = 2;
const CONNECTION_STEP = 60_000;
const MOST_CONNECTIONS = 20;

/**
 * Backs a scope off: half the rate after a pause. The pause doubles while no mail is accepted.
 * @returns `null` if the reply is to a mail that was begun before the scope last backed off, or comes
 *   within the pause. So the rate is halved once, however many mails were under way.
 */
export function slowDown(known: Throttle | null, answer: SlowDown): Throttle | null {
  const { now, begunAt, wait, connections } = answer;
  if (known && (now < known.notBefore || known.backedOffAt >= begunAt)) return null;
  const strikes = (known?.strikes ?? 0) + 1;
  const base = rateBefore(known, answer);
  const rate = Math.max(base === null ? FIRST_RATE : base / 2, SLOWEST_RATE);
  const pause = wait ?? Math.min(FIRST_PAUSE * 2 ** (strikes - 1), LONGEST_PAUSE);
  return {
    scope: answer.scope,
    interval: toThrottleInterval(connections === null ? rate : Math.min(rate, connections)),
    // A rate that was never reached is no ceiling.
    ceiling: base === null || strikes > 1 ? (known?.ceiling ?? 0) : toThrottleInterval(base),
    backedOffAt: now,
    notBefore: now + pause,
    raisedAt: now + pause,
    strikes,
    connections: connections ?? known?.connections ?? null,
  };
}

/** The rate at which it asked to slow down; `null` if no mail was accepted and none is set. */
function rateBefore(known: Throttle | null, { rate, setting }: SlowDown): number | null {
  if (known) return 1_000_000 / known.interval;
  if (setting > 0) return Math.min(1_000_000 / setting, rate > 0 ? Math.max(rate, 2) : Infinity);
  return rate > 0 ? Math.max(rate, 2) : null;
}

/**
 * Raises the rate of a throttled scope that has accepted a mail.
 * @returns the next step, `'free'` if it needs no throttle any more, `null` before it is time
 */
export function recover(
  known: Throttle,
  { now, setting }: { now: number; setting: number },
): Throttle | 'free' | null {
  if (now < known.raisedAt + (known.strikes > 0 ? 0 : RECOVERY_STEP) || now < known.notBefore)
    return null;
  const calm = { ...known, strikes: 0, raisedAt: now };
  if (known.strikes > 0) return calm;
  const rate = nextRate(known);
  const connections = nextConnections(known, now);
  const fast = rate >= (known.ceiling > 0 ? (BEYOND * 1_000_000) / known.ceiling : FREE_RATE);
  const asSet = setting > 0 && toThrottleInterval(rate) <= setting;
  if ((fast || asSet) && connections === null) return 'free';
  return { ...calm, interval: toThrottleInterval(rate), connections };
}

function nextRate({ interval, ceiling }: Throttle): number {
  const rate = 1_000_000 / interval;
  if (ceiling === 0) return rate * LARGE_STEP;
  const near = (NEAR * 1_000_000) / ceiling;
  // Compares intervals, since these are rounded and rates are not.
  return interval > toThrottleInterval(near)
    ? Math.min(rate * LARGE_STEP, near)
    : rate * SMALL_STEP;
}

/** One more a minute, until the limit ends at the greatest number of connections. */
function nextConnections({ connections, notBefore }: Throttle, now: number): number | null {
  if (connections === null) return null;
  const allowed = Math.max(connections, 1 + Math.floor((now - notBefore) / CONNECTION_STEP));
  return allowed > MOST_CONNECTIONS ? null : allowed;
}

/** Microseconds between two mails at a rate per second. */
function toThrottleInterval(rate: number): number {
  return Math.round(1_000_000 / rate);
}
