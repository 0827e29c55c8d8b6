import { type Day, dayAt } from '../base/day.js';
import type { CountedVotes } from './library-store.js';

/** What a paper had at the end of a day. */
export interface DayVotes {
  day: Day;
  upvotes: number;
}

/** More steps than that can't be told apart in a small picture. */
const MOST_DAYS = 60;

/**
 * The votes of a paper day by day, oldest first, as the source counts them that has most: sums of
 * sources would count readers twice. Of a long history, days between are left out.
 */
export function toVoteHistory(counted: readonly CountedVotes[]): DayVotes[] {
  const strongest = counted.reduce<CountedVotes | null>(
    (best, one) => (best === null || one.upvotes > best.upvotes ? one : best),
    null,
  );
  if (strongest === null) return [];
  const days = new Map<Day, number>();
  for (const { source, observedAt, upvotes } of counted) {
    if (source === strongest.source) days.set(dayAt(observedAt, 'UTC'), upvotes);
  }
  return thinOut([...days].map(([day, upvotes]) => ({ day, upvotes })));
}

function thinOut(days: readonly DayVotes[]): DayVotes[] {
  if (days.length <= MOST_DAYS) return [...days];
  const step = (days.length - 1) / (MOST_DAYS - 1);
  return Array.from({ length: MOST_DAYS }, (_, place) => days[Math.round(place * step)]).filter(
    (day) => day !== undefined,
  );
}
