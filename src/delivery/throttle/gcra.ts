/**
 * Slots are the moments at which rate-limited mails may go. They are granted by virtual scheduling
 * (GCRA, ITU-T I.371), which is equivalent to a leaky bucket and keeps only the time of the next slot.
 * Two slots are never closer together than the emission interval, whichever sender takes them, so the
 * rate is never exceeded.
 *
 * Times are microseconds: at 3,000 mails a second, the interval is a third of a millisecond.
 */

/** How far ahead slots are granted, so that a fast sender asks only a few times a second. */
export const LOOKAHEAD = 500_000;
/** How far urgent mails can delay the next slot. */
export const LONGEST_DEBT = 60_000_000;

export interface SlotsWanted {
  now: number;
  /** The first slot that is not granted yet. */
  next: number;
  /** The emission interval. */
  interval: number;
  wanted: number;
  /** No slot is granted before. */
  notBefore: number;
  /** Whether the slots are granted at once, so that later ones wait longer. */
  urgent: boolean;
}

export interface Slots {
  /** How many were granted: the first is at `first`, each other one interval after the one before. */
  count: number;
  first: number;
  /** The first slot that is not granted now. */
  next: number;
}

/** Grants the slots that begin within the lookahead, as many as are wanted. */
export function grantSlots({ now, next, interval, wanted, notBefore, urgent }: SlotsWanted): Slots {
  // Further ahead than slots are ever granted: the clock was set back, or the rate was lower.
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
