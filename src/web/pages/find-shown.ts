import { type Day, longDay, longDays } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { type Edition, weekStart } from '../../editions/edition.js';
import type { ShownEditions } from '../../editions/shown-editions.js';

/** @throws PaperboyError `no_edition` */
export async function findDaily(editions: ShownEditions, date: Day): Promise<Edition> {
  const edition = (await editions.find(date)) ?? (await editions.find(date, 'sample'));
  if (edition) return edition;
  throw new PaperboyError('no_edition', `There is no edition of ${longDay(date)}.`);
}

/** @throws PaperboyError `no_edition` */
export async function findWeekly(editions: ShownEditions, date: Day): Promise<Edition> {
  const edition = await editions.find(date, 'weekly');
  if (edition) return edition;
  const week = longDays(weekStart(date), date);
  throw new PaperboyError('no_edition', `There is no weekly edition of ${week}.`);
}
