/**
 * How fast mails may go to a domain, or over a route, that has asked for fewer: halved when it asks,
 * raised step by step while it takes them, by a part of itself, since what is right for ten a second
 * is wrong for thousands. Pure: times are milliseconds by the store's clock, intervals microseconds from
 * one mail to the next.
 */
export interface Throttle {
  /** A domain, or a route behind a `*`, which no domain begins with. */
  scope: string;
  interval: number;
  /** The interval at which it asked for fewer last; 0 where that is not known. */
  ceiling: number;
  /** When it was throttled last. */
  backedOffAt: number;
  /** Until then it gets none at all. */
  notBefore: number;
  /** When the rate was raised last, or is to be counted from. */
  raisedAt: number;
  /** How often it was throttled without having taken a mail in between. */
  strikes: number;
  /** Connections that it may get at once, `null` for any number. */
  connections: number | null;
}

/** An answer that asks for fewer mails. */
export interface SlowDown {
  scope: string;
  now: number;
  /** When the mail was begun that got the answer. */
  begunAt: number;
  /** Mails a second that it took just before, 0 where it took none. */
  rate: number;
  /** The interval by the settings, 0 without. */
  setting: number;
  /** How long it wants nothing, in milliseconds, where it says so. */
  wait: number | null;
  /** How many connections it takes after that, where it says so. */
  connections: number | null;
}

/** The rate where nothing is known of what it takes: ten mails a second. */
const FIRST_RATE = 10;
const SLOWEST_RATE = 1 / 60;
/** So fast, a throttle is none any more, where nobody knows at which rate it asked for fewer. */
const FREE_RATE = 40;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 300_000;

/** A step upwards comes after so long, if a mail was taken meanwhile. */
export const STEP = 1_000;
/** Up to this part of the rate at which it last asked for fewer, steps are large. */
const NEAR = 0.9;
const LARGE_STEP = 1.25;
/** Near the ceiling and above they are small, or a relay would be asked too much most of the time. */
const SMALL_STEP = 1.01;
/** At so many times the ceiling that ceiling is history. */
const BEYOND = 2;
const CONNECTION_STEP = 60_000;
const MOST_CONNECTIONS = 20;

/**
 * Slows a scope down: half the rate after a pause, which doubles while it takes nothing.
 * @returns `null` where the answer says nothing new: it is to a mail that was begun before the last
 *   slowing, or comes within the pause. So a pause halves once, however many mails were under way.
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
    // What was never reached is no ceiling.
    ceiling: base === null || strikes > 1 ? (known?.ceiling ?? 0) : toThrottleInterval(base),
    backedOffAt: now,
    notBefore: now + pause,
    raisedAt: now + pause,
    strikes,
    connections: connections ?? known?.connections ?? null,
  };
}

/** The rate at which it asked, `null` where it has taken nothing and none was set. */
function rateBefore(known: Throttle | null, { rate, setting }: SlowDown): number | null {
  if (known) return 1_000_000 / known.interval;
  if (setting > 0) return Math.min(1_000_000 / setting, rate > 0 ? Math.max(rate, 2) : Infinity);
  return rate > 0 ? Math.max(rate, 2) : null;
}

/**
 * What follows when a throttled scope has taken a mail.
 * @returns the next step, `'free'` when it needs no throttle any more, `null` before it is time.
 */
export function recover(
  known: Throttle,
  { now, setting }: { now: number; setting: number },
): Throttle | 'free' | null {
  if (now < known.raisedAt + (known.strikes > 0 ? 0 : STEP) || now < known.notBefore) return null;
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
  // By intervals, which are whole: the rate that belongs to one may be a little less than meant.
  return interval > toThrottleInterval(near)
    ? Math.min(rate * LARGE_STEP, near)
    : rate * SMALL_STEP;
}

/** One more a minute, until there are as many as anybody has. */
function nextConnections({ connections, notBefore }: Throttle, now: number): number | null {
  if (connections === null) return null;
  const allowed = Math.max(connections, 1 + Math.floor((now - notBefore) / CONNECTION_STEP));
  return allowed > MOST_CONNECTIONS ? null : allowed;
}

/** Microseconds between two mails at a rate per second. */
function toThrottleInterval(rate: number): number {
  return Math.round(1_000_000 / rate);
}
