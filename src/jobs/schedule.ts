import type { Clock } from '../base/clock.js';
import { addDays, type Day } from '../base/day.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { EXPIRES_AFTER } from '../delivery/delivery.js';
import { planEdition } from '../delivery/planning/plan.js';
import { type DateWindow, isWeeklyRead } from '../delivery/planning/weekly.js';
import type { Edition } from '../editions/edition.js';
import type { FetchedDay } from '../sources/source-states.js';
import { type DailyRunDeps, type MakeOptions, makeEdition } from './daily-run.js';
import { type LeaseDeps, underLease } from './lease.js';
import { type PickSettings, PickTimes } from './pick-times.js';
import type { PrepareMails } from './run-pictures.js';
import type { SendDeps } from './send.js';
import { makeWeekly, refreshWeek } from './weekly-run.js';

/** Where the schedule keeps what must outlive the process. */
export interface ScheduleSettings {
  getOrSet(name: string, value: string): Promise<string>;
  set(name: string, value: string): Promise<void>;
  raise(name: string, value: number): Promise<void>;
}

export interface ScheduleDeps
  extends Omit<DailyRunDeps, 'today'>,
    LeaseDeps,
    PickSettings,
    Omit<SendDeps, 'sender'> {
  settings: ScheduleSettings;
  /** Minutes for which a run that is due waits for sources that fail or list far too few papers. */
  sourceDeadline: number;
  /** What has to be there before an edition's mails are planned. */
  prepareMails?: PrepareMails;
}

/** How often it looks whether something is to be done. */
const LOOK_EVERY = 1_000;
/** A daily run that failed is tried again after one minute, two, four … at most half an hour. */
const FIRST_RETRY = 60_000;
const LONGEST_RETRY = 30 * 60_000;
/** In the store: the moment up to which every run is done. */
const DONE_UNTIL = 'daily runs done until';
/** In the store, as JSON: the failures of the run that failed last. */
const FAILED = 'daily run failed';

interface Failures {
  /** Of which moment the run is. */
  due: number;
  times: number;
  /** When it failed last. */
  at: number;
  /** The sources that it does not wait for. */
  skipped?: string[];
}

/** A source that has been failing for so long when a run falls due is not waited for. */
const GIVEN_UP_AFTER = 24 * 3_600_000;
/** Milliseconds that a source has for an answer, however late it is. */
const LAST_CHANCE = 2 * 60_000;

/**
 * Makes the edition at the hours of `PICK_CRON` and plans it once it may be sent. node-cron tells
 * which moments those are, but its timer is not used: that skips a moment which a busy or stopped
 * process missed. What was done stands in the store, and moves on only when it is done. Any number
 * of processes may run it on one store: a lease decides which of them does what is due.
 */
export async function runSchedule(deps: ScheduleDeps, signal: AbortSignal): Promise<void> {
  const { clock } = deps;
  const times = new PickTimes(deps);
  const run = new DueRun(deps, times, signal);
  let lookedUntil = await doneUntil(deps);
  let due: number | null = null;
  while (!signal.aborted) {
    const now = clock.now();
    due = times.newest(Math.max(lookedUntil, now - EXPIRES_AFTER), now) ?? due;
    lookedUntil = now;
    // Whoever was to get it then would get it too late.
    if (due !== null && due <= now - EXPIRES_AFTER) due = null;
    if (due !== null && (await run.isDone(due))) due = null;
    await planDue(deps, times);
    await clock.sleep(LOOK_EVERY, signal);
  }
}

/** Up to when all runs are done, as the store has it; on a new store, up to now. */
export async function loadDoneUntil(
  settings: Pick<ScheduleSettings, 'getOrSet'>,
  clock: Clock,
): Promise<number> {
  return Number(await settings.getOrSet(DONE_UNTIL, String(clock.now())));
}

/** The same, by a clock that may have been set back. */
async function doneUntil({ settings, clock }: ScheduleDeps): Promise<number> {
  const now = clock.now();
  const done = await loadDoneUntil(settings, clock);
  if (done <= now + EXPIRES_AFTER) return done;
  // By a clock that was wrong. All runs of a time to come would count as done.
  await settings.set(DONE_UNTIL, String(now));
  return now;
}

/** A weekly edition that may be wanted. */
interface Week {
  date: Day;
  window: DateWindow;
}

/** The daily run that is due, which several processes may want to make. */
class DueRun {
  readonly #deps: ScheduleDeps;
  readonly #times: PickTimes;
  readonly #signal: AbortSignal;
  /** Who starts anew, perhaps with better settings, does not wait for the end of an older backoff. */
  #heedsFailuresFrom: number;

  constructor(deps: ScheduleDeps, times: PickTimes, signal: AbortSignal) {
    this.#deps = deps;
    this.#times = times;
    this.#signal = signal;
    this.#heedsFailuresFrom = deps.clock.now() + 1;
  }

  /** Makes it, unless another process has made it, is making it, or it backs off after a failure. */
  async isDone(due: number): Promise<boolean> {
    if (await this.#wasDone(due)) return true;
    if (await this.#backsOff(due)) return false;
    const made = await underLease(this.#deps, 'daily run', async (lost) => {
      // Another process may have ended it between the question and the lease.
      return (await this.#wasDone(due)) || (await this.#make(due, lost));
    });
    return made?.result ?? false;
  }

  async #wasDone(due: number): Promise<boolean> {
    return (await doneUntil(this.#deps)) >= due;
  }

  async #backsOff(due: number): Promise<boolean> {
    const { times, at } = await this.#failures(due);
    if (times === 0 || at < this.#heedsFailuresFrom) return false;
    const now = this.#deps.clock.now();
    const deadline = this.#deadline(due);
    if (at < deadline && now >= deadline) return false;
    const rest = Math.min(FIRST_RETRY * 2 ** (times - 1), LONGEST_RETRY);
    // A failure that is still to come was noted before the clock was set back.
    return Math.abs(now - at) < rest;
  }

  /** From then on the edition is made without the papers of sources that fail. */
  #deadline(due: number): number {
    return due + this.#deps.sourceDeadline * 60_000;
  }

  async #make(due: number, lost: AbortSignal): Promise<boolean> {
    const { clock, settings, editionTimezone } = this.#deps;
    const began = clock.now();
    const broken = AbortSignal.any([this.#signal, lost]);
    const deadline = this.#deadline(due);
    const { times, skipped = await this.#longFailing(due) } = await this.#failures(due);
    const timeLeft = () => deadline - clock.now();
    const options = {
      signal: broken,
      isNeeded: (source: string) => timeLeft() >= LOOK_EVERY && !skipped.includes(source),
      limitFor: (source: string) =>
        Math.max(skipped.includes(source) ? 0 : timeLeft(), LAST_CHANCE),
      expectsUsualIn: editionTimezone,
      // What was read since the run fell due need not be read again because another source failed.
      isSettled: ({ fetchedAt }: FetchedDay) => fetchedAt >= due,
    };
    const run = { due, day: this.#times.dayOf(due), weeks: await this.#findWeeks(due) };
    if (await dailyRun(this.#deps, run, options)) {
      await settings.raise(DONE_UNTIL, began);
      return true;
    }
    if (broken.aborted) return false;
    const failures: Failures = { due, times: times + 1, at: clock.now(), skipped };
    await settings.set(FAILED, JSON.stringify(failures));
    this.#heedsFailuresFrom = 0;
    return false;
  }

  /** The weeks that end on the day of this run, or of one that was missed before it. */
  async #findWeeks(due: number): Promise<Week[]> {
    const { ledger, clock } = this.#deps;
    if (!(await isWeeklyRead(ledger))) return [];
    const done = await doneUntil(this.#deps);
    const today = this.#times.dayOf(due);
    const weeks = [{ date: today, window: this.#times.weeklyWindow(today) }];
    for (let days = 1; days <= 7; days++) {
      const date = addDays(today, -days);
      const run = this.#times.firstOn(date);
      if (run === null) continue;
      const window = this.#times.weeklyWindow(date);
      // Whatever an older one serves is too late.
      if (run <= done || window.until <= clock.now() - EXPIRES_AFTER) break;
      weeks.unshift({ date, window });
    }
    return weeks;
  }

  /** Those of this run. */
  async #failures(due: number): Promise<Failures> {
    const none: Failures = { due, times: 0, at: 0 };
    const noted = await this.#deps.settings.getOrSet(FAILED, JSON.stringify(none));
    const failures = JSON.parse(noted) as Failures;
    return failures.due === due ? failures : none;
  }

  /** The sources that had been failing for long when this run fell due. */
  async #longFailing(due: number): Promise<string[]> {
    return (await this.#deps.sourceStates.all())
      .filter(({ failures, failedAt, answeredAt }) => {
        const isFailing = failures > 0 && (failedAt ?? due) < due;
        return isFailing && (answeredAt ?? 0) <= due - GIVEN_UP_AFTER;
      })
      .map(({ source }) => source);
  }
}

/** @returns whether the run is done; a failure is logged and leaves it to be tried again. */
async function dailyRun(
  deps: ScheduleDeps,
  { due, day, weeks }: { due: number; day: Day; weeks: readonly Week[] },
  options: MakeOptions & { signal: AbortSignal },
): Promise<boolean> {
  const { logger } = deps;
  const { signal } = options;
  try {
    // A run that is made up for makes what it would have made then: the day that has begun since has
    // a run of its own, when its papers are there.
    const today = () => day;
    const { picked } = await makeEdition({ ...deps, today }, options);
    await deps.prepareMails?.(signal);
    // A confirmation may have frozen it already; the others are to get it all the same.
    await order(deps, due, picked.edition);
    for (const { date, window } of weeks) {
      const refresh = () => refreshWeek(deps, date, signal);
      const edition = await makeWeekly(deps, date, { window, now: false, refresh });
      if (edition) await order(deps, due, edition);
    }
    return true;
  } catch (error) {
    if (signal.aborted) logger.info({ event: 'daily_run_stopped' }, 'the daily run was broken off');
    else if (error instanceof PaperboyError && error.code === 'few_papers')
      logger.warn({ event: 'daily_run_waits', reason: error.message }, 'the daily run waits');
    else
      logger.error(
        { event: 'daily_run_failed', reason: toErrorMessage(error) },
        'the daily run failed',
      );
    return false;
  }
}

async function order(
  { editions, freezeAfter }: ScheduleDeps,
  due: number,
  { id, count, state, pickedAt }: Edition,
): Promise<void> {
  if (count === 0) return;
  // A draft that was made up for late has its time with the editor all the same.
  const from = state === 'draft' && freezeAfter > 0 ? Math.max(due, pickedAt) : due;
  await editions.schedule(id, from + freezeAfter * 60_000);
}

/** Planning may be repeated and done twice at once, but one process is enough. */
async function planDue(deps: ScheduleDeps, times: PickTimes): Promise<void> {
  const { editions, clock } = deps;
  if ((await editions.toPlan(clock.now())).length === 0) return;
  await underLease(deps, 'planning', async () => {
    for (const edition of await editions.toPlan(clock.now())) {
      const { kind, date } = edition;
      const window = kind === 'weekly' ? times.weeklyWindow(date) : undefined;
      const readyAt = edition.sendAt === null ? undefined : times.readyAt(edition.sendAt);
      await planEdition(deps, edition, { now: false, window, readyAt });
    }
  });
}
