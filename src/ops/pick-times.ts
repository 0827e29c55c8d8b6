import { createTask, type ScheduledTask } from 'node-cron';
import { addDays, type Day, startOfDay } from '../base/day.js';
import type { Span } from '../delivery/weekly.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
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
  /** Matches every second of a minute that has a moment. */
  readonly #minutes: Pick<ScheduledTask, 'match'>;
  readonly #step: number;
  readonly #settings: PickSettings;

  constructor(settings: PickSettings) {
    const timezone = settings.editionTimezone;
    const fields = settings.pickCron.trim().split(/\s+/);
    const hasSeconds = fields.length > 5;
    this.#settings = settings;
    this.#step = hasSeconds ? SECOND : MINUTE;
    this.#exact = createTask(settings.pickCron, () => {}, { timezone });
    const minutes = hasSeconds ? ['*', ...fields.slice(1)].join(' ') : settings.pickCron;
    this.#minutes = createTask(minutes, () => {}, { timezone });
  }

  /** The newest one after `from` and up to `to`. */
  newest(from: number, to: number): number | null {
    for (let at = Math.floor(to / this.#step) * this.#step; at > from; at -= this.#step) {
      if (this.#exact.match(new Date(at))) return at;
    }
    return null;
  }

  /** The first one from `from` on and before `until`. */
  first(from: number, until: number): number | null {
    for (let minute = Math.floor(from / MINUTE) * MINUTE; minute < until; minute += MINUTE) {
      if (!this.#minutes.match(new Date(minute))) continue;
      for (let at = minute; at < minute + MINUTE; at += this.#step) {
        if (at >= from && at < until && this.#exact.match(new Date(at))) return at;
      }
    }
    return null;
  }

  /** The first one of a day, `null` on a day without. */
  firstOn(day: Day): number | null {
    return this.first(this.#startOf(day), this.#startOf(addDays(day, 1)));
  }

  /**
   * What the weekly edition of a day serves: from when the day's first run may send it until the
   * next day with a run may send another.
   */
  weeklySpan(day: Day): Span {
    const from = this.firstOn(day) ?? this.#startOf(day);
    const until = this.first(this.#startOf(addDays(day, 1)), from + WEEK) ?? from + WEEK;
    const frozen = this.#settings.freezeAfter * MINUTE;
    return { from: from + frozen, until: until + frozen };
  }

  #startOf(day: Day): number {
    return startOfDay(day, this.#settings.editionTimezone);
  }
}
