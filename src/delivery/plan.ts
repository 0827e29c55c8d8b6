import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { selectPapers } from '../digest/selection.js';
import type { Edition, FullEdition } from '../editions/edition.js';
import type { EditionStore } from '../editions/store.js';
import { dueAt } from './due.js';
import type { Ledger } from './ledger.js';
import type { IdRange, PlannedDelivery, PlannedWish, ReaderWish, Wishes } from './planning.js';

/**
 * Subscribers that are planned at once: many, since each batch is a commit; not too many, since
 * nobody else can write meanwhile.
 */
const BATCH = 5_000;

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
  const planner = new Planner(deps, await editions.withPapers(frozen), now);

  let planned = 0;
  for (let after = 0; ; ) {
    const page = await ledger.wishes({ after, limit: BATCH });
    if (page === null) break;
    const range = { after, upTo: page.upTo };
    planned += await planner.planWishes(range, page.wishes);
    planned += await planner.planOthers(range);
    after = page.upTo;
  }
  await editions.markPlanned(frozen.id, clock.now());
  if (now) await ledger.hasten(frozen.id);
  logger.info({ date: frozen.date, planned }, 'deliveries planned');
  return planned;
}

/** Plans one edition. Remembers what many share: the selection of a length, the moment of a wish. */
class Planner {
  readonly #deps: PlanDeps;
  readonly #edition: FullEdition;
  readonly #now: boolean;
  /** From when on everybody is to get it. */
  readonly #begin: number;
  readonly #planned = new Map<string, PlannedWish>();
  readonly #selections = new Map<number, Promise<number>>();
  readonly #moments = new Map<string, { from: number; moment: number }>();

  constructor(deps: PlanDeps, edition: FullEdition, now: boolean) {
    this.#deps = deps;
    this.#edition = edition;
    this.#now = now;
    // Not when it was frozen: somebody's first digest may have frozen it days before.
    this.#begin = edition.sendAt ?? deps.clock.now();
  }

  /** All who share a wish, at once. */
  async planWishes(range: IdRange, wishes: Wishes['wishes']): Promise<number> {
    const planned: PlannedWish[] = [];
    for (const { key, ...wish } of wishes) {
      const known = this.#planned.get(key) ?? (await this.#plan(key, wish));
      planned.push(known);
    }
    return this.#deps.ledger.planWishes(this.#edition.id, range, planned, this.#begin);
  }

  async #plan(key: string, wish: ReaderWish): Promise<PlannedWish> {
    const selectionId = await this.#selectionFor(wish);
    const planned = { key, selectionId, dueAt: this.#dueAt(this.#begin, wish) };
    this.#planned.set(key, planned);
    return planned;
  }

  /**
   * Who is left, one by one: who came after the edition's time had begun, or was skipped and is back,
   * or has changed their wish just now.
   */
  async planOthers({ after, upTo }: IdRange): Promise<number> {
    const { ledger } = this.#deps;
    const page = { editionId: this.#edition.id, upTo, limit: BATCH };
    let planned = 0;
    for (let last = after; ; ) {
      const readers = await ledger.unplanned({ ...page, after: last });
      const deliveries: PlannedDelivery[] = [];
      for (const { id, activeSince, ...wish } of readers) {
        deliveries.push({
          subscriberId: id,
          selectionId: await this.#selectionFor(wish),
          first: false,
          dueAt: this.#dueAt(Math.max(this.#begin, activeSince), wish),
        });
      }
      planned += await ledger.plan(this.#edition.id, deliveries);
      if (readers.length < BATCH) return planned;
      last = readers.at(-1)?.id ?? upTo;
    }
  }

  #selectionFor({ length }: ReaderWish): Promise<number> {
    const known = this.#selections.get(length);
    if (known) return known;
    const selection = selectionOf(this.#deps.ledger, this.#edition, length);
    this.#selections.set(length, selection);
    return selection;
  }

  #dueAt(from: number, { timezone, hour, frequency }: ReaderWish): number {
    if (this.#now) return this.#deps.clock.now();
    const wish = { timezone: timezone ?? this.#deps.defaultTimezone, hour, frequency };
    const key = `${wish.timezone} ${hour} ${frequency}`;
    const known = this.#moments.get(key);
    // Nothing that they want lies between what was asked from and what was found.
    if (known && known.from <= from && from <= known.moment) return known.moment;
    const moment = dueAt(from, wish);
    this.#moments.set(key, { from, moment });
    return moment;
  }
}

/** The id of the selection of so many papers. */
export function selectionOf(
  ledger: Pick<Ledger, 'selectionId'>,
  edition: FullEdition,
  length: number,
): Promise<number> {
  return ledger.selectionId(edition.id, selectPapers(edition, { length }));
}
