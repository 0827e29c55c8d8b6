import type { Day } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import type { Target } from './draft.js';
import type { Edition, EditionKind } from './edition.js';
import type { EditionStore } from './edition-store.js';

type Editions = Pick<EditionStore, 'find' | 'newest' | 'list'>;

const KINDS: readonly EditionKind[] = ['daily', 'weekly', 'sample'];

/**
 * The edition of a day, or the newest one.
 * @throws PaperboyError `no_edition`
 */
export async function findEdition(editions: Editions, day?: Day): Promise<Edition> {
  const edition = day === undefined ? await editions.newest() : await editions.find(day);
  if (edition) return edition;
  throw noEdition(day);
}

/**
 * All editions of a day: of that of the newest daily edition when none is named.
 * @throws PaperboyError `no_edition`
 */
export async function findEditionsOfDay(editions: Editions, named?: Day): Promise<Edition[]> {
  const day = named ?? (await editions.newest())?.date;
  if (day === undefined) throw noEdition();
  const found = await Promise.all(KINDS.map((kind) => editions.find(day, kind)));
  const known = found.filter((edition) => edition !== null);
  if (known.length === 0) throw noEdition(day);
  return known;
}

/**
 * The edition that somebody means: by its day and kind, or else the newest.
 * @throws PaperboyError `no_edition`
 */
export async function findTarget(
  editions: Editions,
  { day, weekly, today }: { day: Day | undefined; weekly: boolean; today: Day },
): Promise<Target> {
  if (day !== undefined) return { kind: weekly ? 'weekly' : 'daily', date: day };
  if (weekly) return { kind: 'weekly', date: today };
  const [newest] = await editions.list({ limit: 1 });
  if (newest) return { kind: 'daily', date: newest.date };
  throw noEdition();
}

export function noEdition(day?: Day): PaperboyError {
  return new PaperboyError(
    'no_edition',
    day === undefined
      ? 'There is no edition yet; run "paperboy fetch" and "paperboy pick" first.'
      : `There is no edition of ${day}; run "paperboy pick --date ${day}" first.`,
  );
}
