import type { Clock } from '../../base/clock.js';
import type { FullEdition } from '../../editions/edition.js';
import { type Selection, Selector } from '../../interests/selection.js';
import { hasInterests } from '../../subscribers/preferences.js';
import type { Ledger } from '../ledger.js';
import { dueAt } from './due.js';
import { OwnSelections } from './own-selections.js';
import type {
  Audience,
  DeliveryPreferences,
  IdRange,
  PlannedDelivery,
  PlannedGroup,
  PlanningView,
  PreferenceGroup,
  PreferenceGroups,
} from './planning.js';
import { type DateWindow, isOnDay, weeklyDueAt } from './weekly.js';

/** Readers that are planned one by one at once: it takes longer, and nobody else plans meanwhile. */
const FEW = 1_000;

export interface PlannerDeps {
  ledger: Ledger;
  /** Runs `work` on a ledger whose writes all happen or none does. */
  atomically<T>(work: (stores: { ledger: Ledger }) => Promise<T>): Promise<T>;
  clock: Clock;
  /** Where readers without a zone of their own are taken to live. */
  defaultTimezone: string;
}

export interface PlanOptions {
  /** Whether everything is due at once, whatever the readers' hours. */
  now: boolean;
  /** What it serves, for a weekly edition. */
  window?: DateWindow | undefined;
  /** When it was to be ready, where it was made up for later: readers' hours are counted from here. */
  readyAt?: number | undefined;
}

/**
 * Plans one edition. Remembers what many share: what follows from preferences without interests, and the
 * moment of preferences. Interests are each reader's own, so nothing of them is kept.
 */
export class Planner {
  readonly #deps: PlannerDeps;
  readonly #edition: FullEdition;
  readonly #selector: Selector;
  readonly #own: OwnSelections;
  readonly #options: PlanOptions;
  readonly #audience: Audience;
  /** From when on everybody is to get it. */
  readonly #begin: number;
  /** `null` for an edition that is not weekly. */
  readonly #window: DateWindow | null;
  /** From when on hours and days are looked for. */
  readonly #countedFrom: number;
  readonly #planned = new Map<string, PlannedGroup | null>();
  readonly #moments = new Map<string, { from: number; moment: number | null }>();

  constructor(deps: PlannerDeps, edition: FullEdition, options: PlanOptions, audience: Audience) {
    this.#deps = deps;
    this.#edition = edition;
    this.#selector = new Selector(edition);
    this.#own = new OwnSelections(edition, this.#selector, audience.sharing);
    this.#options = options;
    this.#audience = audience;
    // Not when it was frozen: somebody's first digest may have frozen it days before.
    this.#begin = options.readyAt ?? edition.sendAt ?? deps.clock.now();
    this.#window = edition.kind === 'weekly' ? given(options.window) : null;
    this.#countedFrom = this.#window?.from ?? this.#begin;
  }

  /** Subscribers of the range, of whom these are the groups. */
  async planRange(range: IdRange, { readers, groups }: PreferenceGroups): Promise<number> {
    const together = await this.#planGroups(range, groups);
    // Everybody has one. Whoever comes back just now comes as if it were after the planning.
    if (together === readers) return together;
    return together + (await this.#planOthers(range));
  }

  /** All who share preferences, at once. */
  async #planGroups(range: IdRange, groups: readonly PreferenceGroup[]): Promise<number> {
    const planned: PlannedGroup[] = [];
    const fresh: PreferenceGroup[] = [];
    for (const preferences of groups) {
      const known = this.#planned.get(preferences.key);
      if (known === undefined) fresh.push(preferences);
      else if (known !== null) planned.push(known);
    }
    planned.push(...(await this.#planFresh(fresh)));
    return this.#deps.ledger.planGroups(this.#audience, range, planned, this.#countedFrom);
  }

  async #planFresh(fresh: readonly PreferenceGroup[]): Promise<PlannedGroup[]> {
    const met: { key: string; preferences: DeliveryPreferences; dueAt: number }[] = [];
    for (const { key, read } of fresh) {
      const preferences = read();
      const dueAt = this.#dueAt(preferences);
      if (dueAt !== null) met.push({ key, preferences, dueAt });
      else if (!hasInterests(preferences)) this.#planned.set(key, null);
    }
    const ids = await this.#deps.ledger.selectionIds(this.#edition.id, this.#selections(met));
    return met.map(({ key, preferences, dueAt }, place) => {
      const planned = { key, selectionId: ids[place] ?? 0, dueAt };
      if (!hasInterests(preferences)) this.#planned.set(key, planned);
      return planned;
    });
  }

  /** One by one: thousands of them at once cost more time in clearing up than in making. */
  *#selections(groups: readonly { preferences: DeliveryPreferences }[]): Generator<Selection> {
    for (const { preferences } of groups) yield this.#selector.select(preferences);
  }

  /**
   * Who is left, one by one: who came after the edition's time had begun, has had some of its papers,
   * was skipped and is back, or has changed their preferences just now.
   */
  async #planOthers({ after, upTo }: IdRange): Promise<number> {
    const { ledger, atomically } = this.#deps;
    let planned = 0;
    for (let last = after; ; ) {
      const page = { after: last, upTo, limit: FEW };
      const left = await ledger.unplanned(this.#audience, page);
      if (this.#served(left).length > 0) {
        // Not while nobody else can plan.
        if (left.some(hasInterests)) this.#selector.prepare();
        planned += await atomically((stores) => this.#planEach(stores.ledger, page));
      }
      if (left.length < FEW) return planned;
      last = left.at(-1)?.id ?? upTo;
    }
  }

  async #planEach(ledger: Ledger, page: IdRange & { limit: number }): Promise<number> {
    await ledger.lockPlanning();
    const readers = this.#served(await ledger.unplanned(this.#audience, page));
    const selections = await this.#own.of(ledger, readers);
    const deliveries: PlannedDelivery[] = [];
    for (const { id, moment } of readers) {
      const selectionId = selections.get(id);
      if (selectionId === undefined) continue;
      deliveries.push({ subscriberId: id, selectionId, first: null, dueAt: moment });
    }
    return ledger.plan(this.#edition.id, deliveries);
  }

  /** Those of them whose preferences this edition meets, and when. */
  #served(readers: readonly PlanningView[]): (PlanningView & { moment: number })[] {
    return readers.flatMap((reader) => {
      const moment = this.#dueAt(reader, reader.activeSince);
      return moment === null ? [] : [{ ...reader, moment }];
    });
  }

  /** When preferences are met; `null` when it is another weekly edition that meets them. */
  #dueAt(preferences: DeliveryPreferences, activeSince = 0): number | null {
    const moment = this.#toDueAt(preferences, Math.max(this.#countedFrom, activeSince));
    if (this.#options.now) {
      const onDay = this.#window !== null && isOnDay(this.#edition.date, preferences);
      return moment === null && !onDay ? null : this.#deps.clock.now();
    }
    // An hour that came before the edition was there: what the schedule sends is late by as much, or
    // too late and skipped. By hand it goes out all the same.
    if (moment === null || this.#edition.sendAt !== null) return moment;
    return Math.max(moment, this.#begin);
  }

  #toDueAt(
    { timezone, hour, frequency, weekday }: DeliveryPreferences,
    from: number,
  ): number | null {
    const preferences = {
      timezone: timezone ?? this.#deps.defaultTimezone,
      hour,
      frequency,
      weekday,
    };
    const key = `${preferences.timezone} ${hour} ${frequency} ${weekday}`;
    const known = this.#moments.get(key);
    // Nothing that they want lies between what was asked from and what was found.
    if (known && known.from <= from && from <= (known.moment ?? Number.POSITIVE_INFINITY)) {
      return known.moment;
    }
    const moment = this.#window
      ? weeklyDueAt(this.#window, preferences, from)
      : dueAt(from, preferences);
    this.#moments.set(key, { from, moment });
    return moment;
  }
}

function given(window: DateWindow | undefined): DateWindow {
  if (window) return window;
  throw new Error('What a weekly edition serves has to be told.');
}
