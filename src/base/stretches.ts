import { Temporal } from 'temporal-polyfill';

/**
 * A stretch of time in which the clock on the wall of a zone runs evenly. All in milliseconds; times
 * on the wall are counted as if they were UTC.
 */
export interface Stretch {
  from: number;
  /** Excluded. */
  until: number;
  /** What the wall is ahead of UTC. */
  offset: number;
  /** The same just before `from`; where the clock was not moved then, it is the same. */
  offsetBefore: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Whether clocks are moved is looked up this far around a moment, as zones without end have none. */
const AROUND = 8 * DAY;
/** No zone moves its clocks twice in so short a time. */
const STEP = 6 * HOUR;

/** The stretches of one zone. What was looked up last is kept: mostly the same one is asked for. */
export class Stretches {
  readonly #timezone: string;
  #kept: Stretch | null = null;

  constructor(timezone: string) {
    this.#timezone = timezone;
  }

  /** The one in which a moment lies, or as much of it as is within some days around the moment. */
  at(moment: number): Stretch {
    const kept = this.#kept;
    if (kept && kept.from <= moment && moment < kept.until) return kept;
    this.#kept = this.#lookUp(moment);
    return this.#kept;
  }

  /**
   * The moment at which the wall shows a time: of a doubled time the first, of a skipped one the end
   * of the gap.
   */
  toMoment(wall: number): number {
    // No offset is as large as a day, so one day before it is surely not later.
    let stretch = this.at(wall - DAY);
    while (stretch.until + stretch.offset <= wall) stretch = this.at(stretch.until);
    return Math.max(stretch.from, wall - stretch.offset);
  }

  #lookUp(moment: number): Stretch {
    const offset = this.#offset(moment);
    const stretch = { from: moment, until: moment, offset, offsetBefore: offset };
    while (stretch.from > moment - AROUND && stretch.offsetBefore === offset) {
      const earlier = stretch.from - STEP;
      stretch.offsetBefore = this.#offset(earlier);
      stretch.from =
        stretch.offsetBefore === offset ? earlier : this.#findChange(earlier, stretch.from);
    }
    for (let same = true; same && stretch.until < moment + AROUND; ) {
      const later = stretch.until + STEP;
      same = this.#offset(later) === offset;
      stretch.until = same ? later : this.#findChange(stretch.until, later);
    }
    return stretch;
  }

  /** The first millisecond with another offset than that of `before`; `after` has it. */
  #findChange(before: number, after: number): number {
    const offset = this.#offset(before);
    let [low, high] = [before, after];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#offset(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  #offset(moment: number): number {
    const time = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(this.#timezone);
    return time.offsetNanoseconds / 1e6;
  }
}
