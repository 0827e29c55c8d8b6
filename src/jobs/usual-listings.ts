import { addDays, type Day, dayAt } from '../base/day.js';
import type { Edition } from '../editions/edition.js';
import type { PaperStore } from '../papers/paper-store.js';
import type { Source } from '../sources/source.js';
import { fetchedUnderSettings, type SourceStates } from '../sources/source-states.js';

export interface UsualListingsDeps {
  sources: readonly Source[];
  sourceStates: Pick<SourceStates, 'fetchedDay'>;
  papers: Pick<PaperStore, 'voteObservations'>;
  clock: { now(): number };
}

/** How many papers each source usually has by now on a day like this one, by its name. */
export type UsualListings = ReadonlyMap<string, number>;

const DAY_LONG = 24 * 3_600_000;
/** So many weeks back are looked at, and so many of them have to be known. */
const WEEKS = 6;
const LEAST_WEEKS = 2;
/** Of fewer papers nobody can say whether some are missing. */
const LEAST_PAPERS = 5;
/** What is less than this part of the usual is far too few. */
const FEW = 0.4;
/** Runs are not made on the second. */
const SLACK = 3_600_000;

/**
 * By the median of the same weekday in the last weeks, so that weekends and single holidays say
 * nothing. A source of which too little is known has no entry.
 */
export async function loadUsualListings(deps: UsualListingsDeps, day: Day): Promise<UsualListings> {
  const usual = new Map<string, number>();
  for (const source of deps.sources) {
    const counts: number[] = [];
    for (let weeks = 1; weeks <= WEEKS; weeks++) {
      const count = await countBefore(deps, source, day, weeks);
      if (count !== null) counts.push(count);
    }
    if (counts.length >= LEAST_WEEKS) usual.set(source.name, findMedian(counts));
  }
  return usual;
}

/**
 * Where votes were seen while that day went on, what was listed by the same hour; else all that is
 * known to be listed. `null` where nobody fetched it.
 */
async function countBefore(
  { sourceStates, papers, clock }: UsualListingsDeps,
  source: Source,
  day: Day,
  weeks: number,
): Promise<number | null> {
  const before = addDays(day, -7 * weeks);
  const known = await fetchedUnderSettings(sourceStates, source, before);
  if (known === null) return null;
  const then = clock.now() - 7 * weeks * DAY_LONG + SLACK;
  const seen = (await papers.voteObservations(before, before)).filter(
    (one) => one.source === source.name,
  );
  const first = seen.reduce((least, { observedAt }) => Math.min(least, observedAt), Infinity);
  if (first > then + DAY_LONG) return known.stored;
  return new Set(seen.flatMap((one) => (one.observedAt <= then ? one.paperId : []))).size;
}

function findMedian(counts: readonly number[]): number {
  const sorted = [...counts].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

export function isFarBelow(count: number, usual: number | undefined): boolean {
  return usual !== undefined && usual >= LEAST_PAPERS && count < usual * FEW;
}

/**
 * Whether at this hour a day like this one has an edition of its own, and not still that of the day
 * before.
 * @param find the daily edition of a day
 */
export async function isUsuallyOutByNow(
  find: (day: Day) => Promise<Edition | null>,
  day: Day,
  timezone: string,
): Promise<boolean> {
  const days = Array.from({ length: WEEKS }, (_, week) => addDays(day, -7 * (week + 1)));
  const editions = (await Promise.all(days.map(find))).filter((edition) => edition !== null);
  const own = editions.filter(({ date, pickedAt }) => dayAt(pickedAt, timezone) === date);
  return editions.length >= LEAST_WEEKS && own.length * 2 > editions.length;
}
