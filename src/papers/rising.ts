import { addDays, type Day, startOfDay } from '../base/day.js';

/** Votes of a paper that one source lists for one day, as they were at a moment. */
export interface VoteObservation {
  paperId: string;
  source: string;
  day: Day;
  observedAt: number;
  upvotes: number;
}

/** An edition may be picked after midnight; what came in later than a day after it is not its time's. */
const DAYS_OF_PICKING = 2;
const DAY = 24 * 60 * 60_000;

/** A paper that goes on collecting votes after its own day. */
export interface Rising {
  /** Its own day. */
  since: Day;
  /** How many have come since then. */
  votes: number;
  /** Over how many days, the last one begun: until they were last seen. */
  days: number;
}

/**
 * What came in after each paper's own day, where anything did. Votes are compared with those at the
 * end of that day. Who was not seen on it is compared with when they were first seen; who was not
 * there yet when the day's edition was picked, with nothing.
 * @param date of the edition that they may come into
 * @param pickedAt when the edition of a day was picked, where there is one
 */
export function risenSince(
  voteObservations: readonly VoteObservation[],
  date: Day,
  pickedAt: ReadonlyMap<Day, number>,
): Map<string, Rising> {
  const until = startOfDay(addDays(date, DAYS_OF_PICKING), 'UTC');
  const series = new Map<string, VoteObservation[]>();
  for (const one of voteObservations) {
    if (one.observedAt >= until) continue;
    const key = JSON.stringify([one.paperId, one.source, one.day]);
    series.set(key, [...(series.get(key) ?? []), one]);
  }
  const risen = new Map<string, Rising>();
  for (const observed of series.values()) {
    const rise = measureRise(observed, pickedAt);
    const known = risen.get(rise.paperId);
    if (rise.rising.votes > 0 && (!known || beats(rise.rising, known))) {
      risen.set(rise.paperId, rise.rising);
    }
  }
  return risen;
}

function beats(a: Rising, b: Rising): boolean {
  return a.votes > b.votes || (a.votes === b.votes && a.since > b.since);
}

/** @param observed of one paper, source and day */
function measureRise(
  observed: readonly VoteObservation[],
  pickedAt: ReadonlyMap<Day, number>,
): { paperId: string; rising: Rising } {
  const inTime = [...observed].sort((a, b) => a.observedAt - b.observedAt);
  const [first] = inTime;
  const last = inTime.at(-1);
  if (!first || !last) throw new Error('A paper that was never observed has not risen.');
  const over = startOfDay(addDays(first.day, 1), 'UTC');
  const onItsDay = inTime.filter(({ observedAt }) => observedAt < over).at(-1);
  const cameLate = (pickedAt.get(first.day) ?? Number.POSITIVE_INFINITY) < first.observedAt;
  const before = onItsDay?.upvotes ?? (cameLate ? 0 : first.upvotes);
  const days = Math.max(1, Math.ceil((last.observedAt - over) / DAY));
  return {
    paperId: first.paperId,
    rising: { since: first.day, votes: last.upvotes - before, days },
  };
}
