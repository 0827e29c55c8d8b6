import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { selectPapers } from '../digest/selection.js';
import type { Edition, FullEdition } from '../editions/edition.js';
import type { EditionStore } from '../editions/store.js';
import type { PlannedDelivery } from './delivery.js';
import { dueAt, type Wish } from './due.js';
import type { Ledger } from './ledger.js';

/** Subscribers that are planned at once. */
const BATCH = 2000;

export interface PlanDeps {
  editions: EditionStore;
  ledger: Ledger;
  clock: Clock;
  logger: Logger;
  /** Where readers without a zone of their own are taken to live. */
  defaultTimezone: string;
}

/**
 * Freezes an edition and writes a delivery down for everybody who is to get it. Planning again
 * adds only who is missing, so it may be broken off anywhere and repeated.
 * @param now whether everything is due at once, whatever the readers' hours
 * @returns how many deliveries were added.
 */
export async function planEdition(
  deps: PlanDeps,
  draft: Edition,
  { now }: { now: boolean },
): Promise<number> {
  const { editions, ledger, clock, logger } = deps;
  if (draft.count === 0) return 0;
  const frozen = await editions.freeze(draft.id, clock.now());
  const edition = await editions.withPapers(frozen);
  const planner = new Planner(deps, edition);
  // Not when it was frozen: somebody's first digest may have frozen it days before.
  const begin = edition.sendAt ?? clock.now();

  let planned = 0;
  for (let after = 0; ; ) {
    const readers = await ledger.unplanned({ editionId: edition.id, after, limit: BATCH });
    const last = readers.at(-1);
    if (last === undefined) break;
    const deliveries: PlannedDelivery[] = [];
    for (const { id, activeSince, timezone, ...reader } of readers) {
      const wish = { ...reader, timezone: timezone ?? deps.defaultTimezone };
      const from = Math.max(begin, activeSince);
      deliveries.push({
        subscriberId: id,
        selectionId: await planner.selectionFor(reader.length),
        first: false,
        dueAt: now ? clock.now() : planner.dueAt(from, wish),
      });
    }
    planned += await ledger.plan(edition.id, deliveries);
    after = last.id;
  }
  await editions.markPlanned(edition.id, clock.now());
  if (now) await ledger.hasten(edition.id);
  logger.info({ date: edition.date, planned }, 'deliveries planned');
  return planned;
}

/** Remembers what many readers share: the selection of a length, the moment of a wish. */
export class Planner {
  readonly #ledger: Ledger;
  readonly #edition: FullEdition;
  readonly #selections = new Map<number, Promise<number>>();
  readonly #moments = new Map<string, number>();

  constructor({ ledger }: Pick<PlanDeps, 'ledger'>, edition: FullEdition) {
    this.#ledger = ledger;
    this.#edition = edition;
  }

  selectionFor(length: number): Promise<number> {
    const known = this.#selections.get(length);
    if (known) return known;
    const papers = selectPapers(this.#edition, { length });
    const selection = this.#ledger.selectionId(this.#edition.id, papers);
    this.#selections.set(length, selection);
    return selection;
  }

  dueAt(from: number, wish: Wish): number {
    const key = `${from} ${wish.timezone} ${wish.hour} ${wish.frequency}`;
    const known = this.#moments.get(key);
    if (known !== undefined) return known;
    const moment = dueAt(from, wish);
    this.#moments.set(key, moment);
    return moment;
  }
}
