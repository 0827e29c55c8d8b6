import type { Logger } from '../../base/logger.js';
import type { Edition } from '../../editions/edition.js';
import type { EditionStore } from '../../editions/edition-store.js';
import { freezeEdition } from '../../editions/freeze.js';
import type { PictureStore } from '../../pictures/picture.js';
import { Planner, type PlannerDeps, type PlanOptions } from './planner.js';

/**
 * Subscribers that are planned in one batch. Each batch is a commit, so few batches are faster, but
 * on SQLite nobody else can write during one.
 */
const BATCH = 5_000;
/** Whoever had a weekly edition of at most so many days before or after gets no other. */
const WEEK_APART = 3;

export interface PlanDeps extends PlannerDeps {
  editions: EditionStore;
  pictures: Pick<PictureStore, 'settle'>;
  /** Whether mails carry a picture of their first paper; left out: none does. */
  thumbnails?: { readonly mails: boolean } | undefined;
  logger: Logger;
}

/**
 * Freezes an edition and plans a delivery for every reader who is to get it. Planning again adds only
 * missing deliveries, so it may be interrupted anywhere and repeated.
 * @returns how many deliveries were added
 */
export async function planEdition(
  deps: PlanDeps,
  draft: Edition,
  options: PlanOptions,
): Promise<number> {
  const { editions, ledger, clock, logger } = deps;
  if (draft.count === 0) return 0;
  const frozen = await editions.withPapers(await freezeEdition(deps, draft.id, clock.now()));
  const { id, kind, date } = frozen;
  if (frozen.count === 0) {
    await editions.markPlanned(id, clock.now());
    return 0;
  }
  // All that are planned now have the pictures of now, or none, however often they are tried.
  await deps.pictures.settle(id, deps.thumbnails?.mails ?? false);
  const weekly = kind === 'weekly';
  const planner = new Planner(deps, frozen, options, {
    editionId: id,
    weekly,
    sharing: await editions.sharing(id),
    insteadOf: weekly ? await editions.weekliesNear(date, WEEK_APART) : [],
    defaultLanguage: deps.defaultLanguage,
  });

  let planned = 0;
  for (let after = 0; ; ) {
    const page = await ledger.groups({ weekly, after, limit: BATCH });
    if (page === null) break;
    planned += await planner.planRange({ after, upTo: page.upTo }, page);
    after = page.upTo;
  }
  await editions.markPlanned(id, clock.now());
  if (options.now) await ledger.makeDueNow(id);
  logger.info({ event: 'deliveries_planned', date, kind, planned }, 'deliveries planned');
  return planned;
}

/**
 * Plans the refused deliveries of an edition again, due at once, if the reader may still be mailed.
 * @returns how many deliveries were planned
 */
export async function planRefusedAgain(
  deps: Pick<PlanDeps, 'editions' | 'ledger' | 'logger' | 'defaultLanguage'>,
  { id, kind, date }: Edition,
): Promise<number> {
  const { editions, ledger, logger, defaultLanguage } = deps;
  const sharing = await editions.sharing(id);
  const planned = await ledger.planAgain({ editionId: id, sharing, defaultLanguage });
  logger.info(
    { event: 'refused_planned_again', date, kind, planned },
    'refused deliveries planned again',
  );
  return planned;
}
