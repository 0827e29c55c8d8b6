/**
 * Slots: the moments at which limited mails may go. They are given out by virtual scheduling, the
 * twin of the leaky bucket (ITU-T I.371, "GCRA"): all that has to be kept is when the next slot is.
 * Two slots are never closer together than the interval, whoever takes them, so no window of time holds
 * more than the rate allows.
 *
 * Times are microseconds: at 3,000 mails a second, a interval is a third of a millisecond.
 */

/** How far ahead slots are given out, so that a fast sender asks a few times a second. */
export const LOOKAHEAD = 500_000;
/** How far mails that may not be held back can push the next slot away. */
export const LONGEST_DEBT = 60_000_000;

export interface SlotsWanted {
  now: number;
  /** The first slot that nobody has yet. */
  next: number;
  /** Between one slot and the next. */
  interval: number;
  wanted: number;
  /** No slot is before. */
  notBefore: number;
  /** Whether they are taken come what may, and those behind wait the longer. */
  urgent: boolean;
}

export interface Slots {
  /** How many were given; the first is at `first`, each other an interval behind the one before. */
  count: number;
  first: number;
  /** The first slot that nobody has now. */
  next: number;
}

/** Gives the slots that begin within the lookahead, as many as are wanted. */
export function grantSlots({ now, next, interval, wanted, notBefore, urgent }: SlotsWanted): Slots {
  // Further ahead than any slot is given out: the clock has been set back, or the rate was lower.
  const impossible = next > now + LOOKAHEAD + LONGEST_DEBT + 2 * interval;
  const free = impossible ? now : Math.max(next, now);
  if (urgent) {
    const debt = Math.max(free, now + LONGEST_DEBT);
    return { count: wanted, first: now, next: Math.min(free + wanted * interval, debt) };
  }
  const first = Math.max(free, notBefore);
  const last = now + LOOKAHEAD;
  const open = first > last ? 0 : Math.floor((last - first) / interval) + 1;
  const count = Math.min(wanted, open);
  return { count, first, next: count === 0 ? free : first + count * interval };
}
