import { addDays, type Day, startOfDay } from '../base/day.js';
import { type Stretch, Stretches } from '../base/stretches.js';
import { EXPIRES_AFTER } from '../delivery/delivery.js';
import type { DateWindow } from '../delivery/planning/weekly.js';
import { CronWalls } from './cron-walls.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEK = 7 * DAY;

export interface PickSettings {
  pickCron: string;
  editionTimezone: string;
  /** Minutes between picking an edition and freezing it. */
  freezeAfter: number;
}

/**
 * The moments of `PICK_CRON`, in milliseconds since the epoch: when the clock on the wall shows its
 * times. One that is skipped because clocks go forward comes as the gap ends. One that is shown twice
 * because they go back counts the first time, unless the expression counts hours as they pass.
 */
export class PickTimes {
  readonly #cron: CronWalls;
  readonly #stretches: Stretches;
  readonly #settings: PickSettings;

  constructor(settings: PickSettings) {
    this.#settings = settings;
    this.#cron = new CronWalls(settings.pickCron);
    this.#stretches = new Stretches(settings.editionTimezone);
  }

  /** The newest one after `from` and up to `to`. */
  newest(from: number, to: number): number | null {
    for (let last = to; last > from; ) {
      const stretch = this.#stretches.at(last);
      const first = Math.max(stretch.from, from + 1);
      const wall = this.#cron.last(this.#firstWall(stretch, first), last + stretch.offset);
      if (wall !== null) return toMoment(stretch, wall);
      last = stretch.from - 1;
    }
    return null;
  }

  /** The first one from `from` on and before `until`. */
  first(from: number, until: number): number | null {
    for (let first = from; first < until; ) {
      const stretch = this.#stretches.at(first);
      const last = Math.min(stretch.until, until) - 1;
      const wall = this.#cron.first(this.#firstWall(stretch, first), last + stretch.offset);
      if (wall !== null) return toMoment(stretch, wall);
      first = stretch.until;
    }
    return null;
  }

  /** The first one of a day, `null` on a day without. A skipped time is of the day that it names. */
  firstOn(day: Day): number | null {
    return this.#firstOf(day, addDays(day, 1));
  }

  /** The day of the run of a moment: a gap before midnight ends on the day after. */
  dayOf(moment: number): Day {
    const stretch = this.#stretches.at(moment);
    const shown = moment + stretch.offset;
    const wall = this.#cron.last(this.#firstWall(stretch, moment), shown) ?? shown;
    return new Date(wall).toISOString().slice(0, 10);
  }

  /**
   * What the weekly edition of a day serves: from when the day's first run may send it until the
   * next day with a run may send another.
   */
  weeklyWindow(day: Day): DateWindow {
    const from = this.firstOn(day) ?? startOfDay(day, this.#settings.editionTimezone);
    const until = this.#firstOf(addDays(day, 1), addDays(day, 8)) ?? from + WEEK;
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

  /** The first time on the wall that is not over by `first`, which lies in the stretch. */
  #firstWall({ from, offset, offsetBefore }: Stretch, first: number): number {
    const shown = first + offset;
    // Where the clock stood when it was moved: ahead of what it skipped, or behind what it repeats.
    const before = from + offsetBefore;
    if (first === from && before < shown) return before;
    return this.#cron.countsHours ? shown : Math.max(shown, before);
  }

  /** The first one whose time on the wall is of a day from `from` on and before `until`. */
  #firstOf(from: Day, until: Day): number | null {
    const wall = this.#cron.first(Date.parse(from), Date.parse(until) - 1);
    return wall === null ? null : this.#stretches.toMoment(wall);
  }
}

/** The moment of a time on the wall; of one that was skipped, that at which the stretch begins. */
function toMoment({ from, offset }: Stretch, wall: number): number {
  return Math.max(from, wall - offset);
}
