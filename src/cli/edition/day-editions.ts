import { type Day, parseDay } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import type { Edition, EditionKind } from '../../editions/edition.js';
import type { Services } from '../../services.js';

const KINDS: readonly EditionKind[] = ['daily', 'weekly', 'sample'];

/**
 * All editions of a day: of that of the newest daily edition when none is named.
 * @throws PaperboyError `bad_date`, `no_edition`
 */
export async function editionsOfDay(
  { store: { editions } }: Pick<Services, 'store'>,
  date: string | undefined,
): Promise<Edition[]> {
  const day = date === undefined ? (await editions.newest())?.date : parseDay(date);
  if (day === undefined) throw noEdition();
  const found: Edition[] = [];
  for (const kind of KINDS) {
    const edition = await editions.find(day, kind);
    if (edition) found.push(edition);
  }
  if (found.length === 0) throw noEdition(day);
  return found;
}

export function noEdition(day?: Day): PaperboyError {
  return new PaperboyError(
    'no_edition',
    day === undefined
      ? 'There is no edition yet; run "paperboy fetch" and "paperboy pick" first.'
      : `There is no edition of ${day}; run "paperboy pick --date ${day}" first.`,
  );
}
