import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { capital, formatTarget, type Target } from './draft.js';
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

/**
 * Freezes the edition that somebody means.
 * @returns `changed`: whether it was a draft until now
 * @throws PaperboyError `no_edition` for one without papers too
 */
export async function freezeTarget(
  deps: { editions: EditionStore; clock: Clock; logger: Logger },
  target: Target,
): Promise<{ edition: Edition; changed: boolean }> {
  const found = await deps.editions.find(target.date, target.kind);
  if (!found || found.count === 0) {
    const name = capital(formatTarget(target));
    throw new PaperboyError('no_edition', `${name} has no papers; there is nothing to freeze.`);
  }
  const edition = await freezeEdition(deps, found.id, deps.clock.now());
  return { edition, changed: found.state === 'draft' };
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
