import { createTask, type ScheduledTask } from 'node-cron';
import { addDays, type Day, startOfDay } from '../base/day.js';
import { EXPIRES_AFTER } from '../delivery/delivery.js';
import type { DateWindow } from '../delivery/planning/weekly.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const QUARTER = 15 * MINUTE;
const WEEK = 7 * 24 * 60 * MINUTE;

export interface PickSettings {
  pickCron: string;
  editionTimezone: string;
  /** Minutes between picking an edition and freezing it. */
  freezeAfter: number;
}

/** The moments of `PICK_CRON`, in milliseconds since the epoch. */
export class PickTimes {
  readonly #exact: Pick<ScheduledTask, 'match'>;
  /** Matches every second of a minute that has one, and every minute of an hour. */
  readonly #minutes: Pick<ScheduledTask, 'match'>;
  readonly #hours: Pick<ScheduledTask, 'match'>;
  readonly #step: number;
  readonly #settings: PickSettings;

  constructor(settings: PickSettings) {
    const fields = settings.pickCron.trim().split(/\s+/);
    const hasSeconds = fields.length > 5;
    const [second, minute, ...others] = hasSeconds ? fields : ['0', ...fields];
    const task = (...cron: (string | undefined)[]) =>
      createTask(cron.join(' '), () => {}, { timezone: settings.editionTimezone });
    this.#settings = settings;
    this.#step = hasSeconds ? SECOND : MINUTE;
    this.#exact = task(second, minute, ...others);
    this.#minutes = task('*', minute, ...others);
    this.#hours = task('*', '*', ...others);
  }

  /** The newest one after `from` and up to `to`. */
  newest(from: number, to: number): number | null {
    const start = Math.floor(to / QUARTER) * QUARTER;
    for (let quarter = start; quarter > from - QUARTER; quarter -= QUARTER) {
      if (!this.#hours.match(new Date(quarter))) continue;
      let newest: number | null = null;
      for (const at of this.#within(quarter)) if (at > from && at <= to) newest = at;
      if (newest !== null) return newest;
    }
    return null;
  }

  /** The first one from `from` on and before `until`. */
  first(from: number, until: number): number | null {
    // Asking costs tens of microseconds. No clock is off by anything but whole quarters of an hour.
    for (const quarter of matches(this.#hours, from, until, QUARTER)) {
      for (const at of this.#within(quarter)) if (at >= from && at < until) return at;
    }
    return null;
  }

  /** The first one of a day, `null` on a day without. */
  firstOn(day: Day): number | null {
    return this.first(this.#toStart(day), this.#toStart(addDays(day, 1)));
  }

  /**
   * What the weekly edition of a day serves: from when the day's first run may send it until the
   * next day with a run may send another.
   */
  weeklyWindow(day: Day): DateWindow {
    const from = this.firstOn(day) ?? this.#toStart(day);
    const until = this.first(this.#toStart(addDays(day, 1)), from + WEEK) ?? from + WEEK;
    const frozen = this.#settings.freezeAfter * MINUTE;
    return { from: from + frozen, until: until + frozen };
  }

  /**
   * From when on an edition that was ordered to be sent at `sendAt` was to be ready: it may have been
   * made up for later, and readers' hours are counted from here.
   */
  readyAt(sendAt: number): number {
    const frozen = this.#settings.freezeAfter * MINUTE;
    const run = this.newest(sendAt - frozen - EXPIRES_AFTER, sendAt - frozen);
    return run === null ? sendAt : run + frozen;
  }

  /** All of a quarter of an hour. */
  *#within(quarter: number): Generator<number> {
    for (const minute of matches(this.#minutes, quarter, quarter + QUARTER, MINUTE)) {
      yield* matches(this.#exact, minute, minute + MINUTE, this.#step);
    }
  }

  #toStart(day: Day): number {
    return startOfDay(day, this.#settings.editionTimezone);
  }
}

/** The multiples of `step` that match, from the one before `from` on. */
function* matches(
  task: Pick<ScheduledTask, 'match'>,
  from: number,
  until: number,
  step: number,
): Generator<number> {
  for (let at = Math.floor(from / step) * step; at < until; at += step) {
    if (task.match(new Date(at))) yield at;
  }
}
