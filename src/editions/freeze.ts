import type { Logger } from '../base/logger.js';
import type { Edition } from './edition.js';
import type { DraftPaper, EditionStore, LeftOut } from './edition-store.js';

/** Freezes a draft and says in the log what it lost by that. */
export async function freezeEdition(
  { editions, logger }: { editions: Pick<EditionStore, 'freeze'>; logger: Logger },
  id: number,
  now: number,
): Promise<Edition> {
  const { edition, leftOut } = await editions.freeze(id, now, findStale);
  for (const left of leftOut)
    logger.info({ event: 'paper_left_out', date: edition.date, ...left }, 'paper left out');
  return edition;
}

/** What has been withdrawn since it was picked, or turned out to be another paper of the draft. */
export function findStale(papers: readonly DraftPaper[]): LeftOut[] {
  const seen = new Set<string>();
  return papers.flatMap(({ id, currentId, withdrawn }) => {
    if (withdrawn) return { id, reason: 'withdrawn' };
    if (seen.has(currentId)) return { id, reason: `the same paper as ${currentId}` };
    seen.add(currentId);
    return [];
  });
}
