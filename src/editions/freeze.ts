import type { Logger } from '../base/logger.js';
import type { Edition } from './edition.js';
import type { EditionStore } from './edition-store.js';

/** Freezes a draft and says in the log what it lost by that. */
export async function freezeEdition(
  { editions, logger }: { editions: Pick<EditionStore, 'freeze'>; logger: Logger },
  id: number,
  now: number,
): Promise<Edition> {
  const { edition, leftOut } = await editions.freeze(id, now);
  for (const left of leftOut)
    logger.info({ event: 'paper_left_out', date: edition.date, ...left }, 'paper left out');
  return edition;
}
