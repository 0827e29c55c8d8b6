/**
 * Turns: the moments at which paced mails may go. They are given out by virtual scheduling, the
 * twin of the leaky bucket (ITU-T I.371, "GCRA"): all that has to be kept is when the next turn is.
 * Two turns are never closer together than the gap, whoever takes them, so no window of time holds
 * more than the rate allows.
 *
 * Times are microseconds: at 3,000 mails a second, a gap is a third of a millisecond.
 */

/** How far ahead turns are given out, so that a fast sender asks a few times a second. */
export const HORIZON = 500_000;
/** How far mails that may not be held back can push the next turn away. */
export const LONGEST_DEBT = 60_000_000;

export interface TurnsWanted {
  now: number;
  /** The first turn that nobody has yet. */
  next: number;
  /** Between one turn and the next. */
  gap: number;
  wanted: number;
  /** No turn is before. */
  notBefore: number;
  /** Whether they are taken come what may, and those behind wait the longer. */
  urgent: boolean;
}

export interface Turns {
  /** How many were given; the first is at `first`, each other a gap behind the one before. */
  count: number;
  first: number;
  /** The first turn that nobody has now. */
  next: number;
}

/** Gives the turns that begin within the horizon, as many as are wanted. */
export function giveTurns({ now, next, gap, wanted, notBefore, urgent }: TurnsWanted): Turns {
  // Further ahead than any turn is given out: the clock has been set back, or the rate was lower.
  const impossible = next > now + HORIZON + LONGEST_DEBT + 2 * gap;
  const free = impossible ? now : Math.max(next, now);
  if (urgent) {
    const debt = Math.max(free, now + LONGEST_DEBT);
    return { count: wanted, first: now, next: Math.min(free + wanted * gap, debt) };
  }
  const first = Math.max(free, notBefore);
  const last = now + HORIZON;
  const open = first > last ? 0 : Math.floor((last - first) / gap) + 1;
  const count = Math.min(wanted, open);
  return { count, first, next: count === 0 ? free : first + count * gap };
}
