import { createTask, type ScheduledTask } from 'node-cron';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Matcher = Pick<ScheduledTask, 'match'>;

/**
 * The times on the wall that a cron expression names, in milliseconds as if they were UTC: there no
 * clock is ever moved.
 */
export class CronWalls {
  readonly #exact: Matcher;
  /** Matches every second of a minute that has one, and every minute of an hour. */
  readonly #minutes: Matcher;
  readonly #hours: Matcher;
  readonly #step: number;
  /** Whether it counts hours as they pass (`*`, or every so many) rather than naming some. */
  readonly countsHours: boolean;

  constructor(expression: string) {
    const fields = expression.trim().split(/\s+/);
    const hasSeconds = fields.length > 5;
    const [second, minute, ...others] = hasSeconds ? fields : ['0', ...fields];
    const task = (...cron: (string | undefined)[]) =>
      createTask(cron.join(' '), () => {}, { timezone: 'UTC' });
    this.#step = hasSeconds ? SECOND : MINUTE;
    this.#exact = task(second, minute, ...others);
    this.#minutes = task('*', minute, ...others);
    this.#hours = task('*', '*', ...others);
    this.countsHours = others[0]?.startsWith('*') ?? false;
  }

  /** The first one from `from` to `to`, both included. */
  first(from: number, to: number): number | null {
    for (let hour = floor(from, HOUR); hour <= to; hour += HOUR) {
      for (const wall of this.#within(hour)) if (wall >= from && wall <= to) return wall;
    }
    return null;
  }

  /** The last one from `from` to `to`, both included. */
  last(from: number, to: number): number | null {
    for (let hour = floor(to, HOUR); hour > from - HOUR; hour -= HOUR) {
      let last: number | null = null;
      for (const wall of this.#within(hour)) if (wall >= from && wall <= to) last = wall;
      if (last !== null) return last;
    }
    return null;
  }

  /** All of an hour. Asking costs tens of microseconds, so whole hours and minutes are asked first. */
  *#within(hour: number): Generator<number> {
    if (!this.#hours.match(new Date(hour))) return;
    for (const minute of matches(this.#minutes, hour, hour + HOUR, MINUTE)) {
      yield* matches(this.#exact, minute, minute + MINUTE, this.#step);
    }
  }
}

function* matches(task: Matcher, from: number, until: number, step: number): Generator<number> {
  for (let at = from; at < until; at += step) if (task.match(new Date(at))) yield at;
}

function floor(time: number, step: number): number {
  return Math.floor(time / step) * step;
}
