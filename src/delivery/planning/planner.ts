import type { Clock } from '../../base/clock.js';
import { timezoneOr } from '../../base/timezones.js';
import type { FullEdition } from '../../editions/edition.js';
import { type Selection, Selector } from '../../interests/selection.js';
import { hasInterests } from '../../subscribers/preferences.js';
import type { Ledger } from '../ledger.js';
import { dueAt } from './due.js';
import type {
  Audience,
  DeliveryPreferences,
  IdRange,
  PlannedDelivery,
  PlannedGroup,
  PlanningView,
  PreferenceGroup,
  PreferenceGroups,
} from './planning-ledger.js';
import { UnseenSelections } from './unseen-selections.js';
import { type DateWindow, isOnDay, weeklyDueAt } from './weekly.js';

/** Readers that are planned individually in one transaction. It is slow, and others wait for it. */
const INDIVIDUAL_BATCH = 1_000;

export interface PlannerDeps {
  ledger: Ledger;
  /** Runs `work` in one transaction. */
  atomically<T>(work: (stores: { ledger: Ledger }) => Promise<T>): Promise<T>;
  clock: Clock;
  /** The time zone of readers who have not chosen one. */
  defaultTimezone: string;
  /** The language of readers who have not chosen one. */
  defaultLanguage: string;
}

export interface PlanOptions {
  /** Whether everything is due at once, whatever the readers' hours. */
  now: boolean;
  /** For a weekly edition: the window in which it is the newest. */
  window?: DateWindow | undefined;
  /** For a missed run that happens later: when the edition should have been ready. */
  readyAt?: number | undefined;
}

/**
 * Plans one edition. Keeps what many readers share: the selection for preferences without interests,
 * and the due time by zone, hour and day. Interests are personal, so nothing is kept of them.
 */
export class Planner {
  readonly #deps: PlannerDeps;
  readonly #edition: FullEdition;
  readonly #selector: Selector;
  readonly #unseen: UnseenSelections;
  readonly #options: PlanOptions;
  readonly #audience: Audience;
  /** Earliest time at which anybody gets it. */
  readonly #begin: number;
  /** `null` for an edition that is not weekly. */
  readonly #window: DateWindow | null;
  /** Due times are searched from here on. */
  readonly #countedFrom: number;
  /** Results by group key; `null` for a group that does not get this edition. */
  readonly #planned = new Map<string, PlannedGroup | null>();
  /** Due times by zone, hour and day. */
  readonly #moments = new Map<string, { from: number; moment: number | null }>();

  constructor(deps: PlannerDeps, edition: FullEdition, options: PlanOptions, audience: Audience) {
    this.#deps = deps;
    this.#edition = edition;
    this.#selector = new Selector(edition);
    this.#unseen = new UnseenSelections(edition, this.#selector, audience.sharing);
    this.#options = options;
    this.#audience = audience;
    // Not the time of the freeze, since a first digest may have frozen it days before.
    this.#begin = options.readyAt ?? edition.sendAt ?? deps.clock.now();
    this.#window = edition.kind === 'weekly' ? requireWindow(options.window) : null;
    this.#countedFrom = this.#window?.from ?? this.#begin;
  }

  /** Plans the subscribers of a range, whose groups these are. @returns how many deliveries */
  async planRange(range: IdRange, { readers, groups }: PreferenceGroups): Promise<number> {
    const inGroups = await this.#planGroups(range, groups);
    // Everybody has a delivery. A reader who comes back at this moment counts as too late.
    if (inGroups === readers) return inGroups;
    return inGroups + (await this.#planOthers(range));
  }

  /** Plans all readers of a group with one statement. */
  async #planGroups(range: IdRange, groups: readonly PreferenceGroup[]): Promise<number> {
    const planned: PlannedGroup[] = [];
    const fresh: PreferenceGroup[] = [];
    for (const group of groups) {
      const known = this.#planned.get(group.key);
      if (known === undefined) fresh.push(group);
      else if (known !== null) planned.push(known);
    }
    planned.push(...(await this.#planFresh(fresh)));
    return this.#deps.ledger.planGroups(this.#audience, range, planned, this.#countedFrom);
  }

  async #planFresh(fresh: readonly PreferenceGroup[]): Promise<PlannedGroup[]> {
    const served: { key: string; preferences: DeliveryPreferences; dueAt: number }[] = [];
    for (const { key, read } of fresh) {
      const preferences = read();
      const dueAt = this.#dueAt(preferences);
      if (dueAt !== null) served.push({ key, preferences, dueAt });
      else if (!hasInterests(preferences)) this.#planned.set(key, null);
    }
    const ids = await this.#deps.ledger.selectionIds(this.#edition.id, this.#select(served));
    return served.map(({ key, preferences, dueAt }, place) => {
      const planned = { key, selectionId: ids[place] ?? 0, dueAt };
      if (!hasInterests(preferences)) this.#planned.set(key, planned);
      return planned;
    });
  }

  /** Yields selections one by one: collecting thousands at once costs much garbage collection. */
  *#select(groups: readonly { preferences: DeliveryPreferences }[]): Generator<Selection> {
    for (const { preferences } of groups) yield this.#selector.select(preferences);
  }

  /**
   * Plans the remaining readers individually: those who became active after the edition's time had
   * begun, had some of its papers, were skipped and are back, or changed their preferences just now.
   */
  async #planOthers({ after, upTo }: IdRange): Promise<number> {
    const { ledger, atomically } = this.#deps;
    let planned = 0;
    for (let last = after; ; ) {
      const page = { after: last, upTo, limit: INDIVIDUAL_BATCH };
      const left = await ledger.unplanned(this.#audience, page);
      if (this.#findServed(left).length > 0) {
        // Outside of the transaction, in which others wait.
        if (left.some(hasInterests)) this.#selector.prepare();
        planned += await atomically((stores) => this.#planEach(stores.ledger, page));
      }
      if (left.length < INDIVIDUAL_BATCH) return planned;
      last = left.at(-1)?.id ?? upTo;
    }
  }

  async #planEach(ledger: Ledger, page: IdRange & { limit: number }): Promise<number> {
    await ledger.lockPlanning();
    const readers = this.#findServed(await ledger.unplanned(this.#audience, page));
    const selections = await this.#unseen.save(ledger, readers);
    const deliveries: PlannedDelivery[] = [];
    for (const { id, language, moment } of readers) {
      const selectionId = selections.get(id);
      if (selectionId === undefined) continue;
      deliveries.push({
        ...{ subscriberId: id, selectionId, first: null, dueAt: moment },
        language: language ?? this.#deps.defaultLanguage,
      });
    }
    return ledger.plan(this.#edition.id, deliveries);
  }

  /** The readers who get this edition, and when. */
  #findServed(readers: readonly PlanningView[]): (PlanningView & { moment: number })[] {
    return readers.flatMap((reader) => {
      const moment = this.#dueAt(reader, reader.activeSince);
      return moment === null ? [] : [{ ...reader, moment }];
    });
  }

  /** When the edition is due by these preferences; `null` if another weekly edition serves them. */
  #dueAt(preferences: DeliveryPreferences, activeSince = 0): number | null {
    const moment = this.#toDueAt(preferences, Math.max(this.#countedFrom, activeSince));
    if (this.#options.now) {
      const onDay = this.#window !== null && isOnDay(this.#edition.date, preferences);
      return moment === null && !onDay ? null : this.#deps.clock.now();
    }
    // The hour may be before the edition was ready. From the schedule, the delivery is then late or
    // expired. An edition that is sent by hand goes out in any case.
    if (moment === null || this.#edition.sendAt !== null) return moment;
    return Math.max(moment, this.#begin);
  }

  #toDueAt(
    { timezone, hour, frequency, weekday }: DeliveryPreferences,
    from: number,
  ): number | null {
    const due = {
      timezone: timezoneOr(timezone, this.#deps.defaultTimezone),
      hour,
      frequency,
      weekday,
    };
    const key = `${due.timezone} ${hour} ${frequency} ${weekday}`;
    const known = this.#moments.get(key);
    // The same moment is the first one for every start between the earlier start and it.
    if (known && known.from <= from && from <= (known.moment ?? Number.POSITIVE_INFINITY)) {
      return known.moment;
    }
    const moment = this.#window ? weeklyDueAt(this.#window, due, from) : dueAt(from, due);
    this.#moments.set(key, { from, moment });
    return moment;
  }
}

function requireWindow(window: DateWindow | undefined): DateWindow {
  if (window) return window;
  throw new Error('A weekly edition needs its window to be planned.');
}
