import { createTask, type ScheduledTask } from 'node-cron';
import { messageOf } from '../base/errors.js';
import { planEdition } from '../delivery/plan.js';
import { type DailyRunDeps, makeEdition } from './daily-run.js';
import { type LeaseDeps, underLease } from './lease.js';
import type { SendDeps } from './send.js';

/** Where the schedule keeps what must outlive the process. */
export interface ScheduleSettings {
  getOrSet(name: string, value: string): Promise<string>;
  set(name: string, value: string): Promise<void>;
  raise(name: string, value: number): Promise<void>;
}

export interface ScheduleDeps extends DailyRunDeps, LeaseDeps, Omit<SendDeps, 'sender'> {
  settings: ScheduleSettings;
  pickCron: string;
  editionTimezone: string;
}

/** How often it looks whether something is to be done. */
const LOOK_EVERY = 1_000;
/** A daily run that failed is tried again after one minute, two, four … at most half an hour. */
const FIRST_RETRY = 60_000;
const LONGEST_RETRY = 30 * 60_000;
/** A run that is later than this is given up; the next one comes at its own hour. */
const GRACE = 12 * 3_600_000;
/** In the store: the moment up to which every run is done. */
const DONE_UNTIL = 'daily runs done until';
/** In the store: how often the run that is due has failed, and when it did last. */
const FAILED = 'daily run failed';

/**
 * Makes the edition at the hours of `PICK_CRON` and plans it once it may be sent. node-cron tells
 * which moments those are, but its timer is not used: that skips a moment which a busy or stopped
 * process missed. What was done stands in the store, and moves on only when it is done. Any number
 * of processes may run it on one store: a lease decides which of them does what is due.
 */
export async function runSchedule(deps: ScheduleDeps, signal: AbortSignal): Promise<void> {
  const { clock, settings, pickCron, editionTimezone } = deps;
  const hours = createTask(pickCron, () => {}, { timezone: editionTimezone });
  const step = pickCron.trim().split(/\s+/).length > 5 ? 1_000 : 60_000;
  const run = new DueRun(deps, signal);
  let lookedUntil = Number(await settings.getOrSet(DONE_UNTIL, String(clock.now())));
  let due: number | null = null;
  while (!signal.aborted) {
    const now = clock.now();
    due = newestMatch(hours, step, lookedUntil, now) ?? due;
    lookedUntil = now;
    if (due !== null && due <= now - GRACE) {
      due = null;
      await settings.set(FAILED, NEVER);
    }
    if (due !== null && (await run.isDone(due))) due = null;
    await planDue(deps);
    await clock.sleep(LOOK_EVERY, signal);
  }
}

const NEVER = '0 0';

/** The daily run that is due, which several processes may want to make. */
class DueRun {
  readonly #deps: ScheduleDeps;
  readonly #signal: AbortSignal;
  /** Who starts anew, perhaps with better settings, does not wait for the end of an older rest. */
  #heedsFailuresFrom: number;

  constructor(deps: ScheduleDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#heedsFailuresFrom = deps.clock.now() + 1;
  }

  /** Makes it, unless another process has made it, is making it, or it rests after a failure. */
  async isDone(due: number): Promise<boolean> {
    if (await this.#wasDone(due)) return true;
    if (await this.#rests()) return false;
    const made = await underLease(this.#deps, 'daily run', async (lost) => {
      // Another process may have ended it between the question and the lease.
      return (await this.#wasDone(due)) || (await this.#make(lost));
    });
    return made?.result ?? false;
  }

  async #wasDone(due: number): Promise<boolean> {
    return Number(await this.#deps.settings.getOrSet(DONE_UNTIL, '0')) >= due;
  }

  async #rests(): Promise<boolean> {
    const { times, at } = await this.#failures();
    if (times === 0 || at < this.#heedsFailuresFrom) return false;
    return this.#deps.clock.now() < at + Math.min(FIRST_RETRY * 2 ** (times - 1), LONGEST_RETRY);
  }

  async #make(lost: AbortSignal): Promise<boolean> {
    const { clock, settings } = this.#deps;
    const began = clock.now();
    const broken = AbortSignal.any([this.#signal, lost]);
    if (await dailyRun(this.#deps, broken)) {
      await settings.set(FAILED, NEVER);
      await settings.raise(DONE_UNTIL, began);
      return true;
    }
    if (broken.aborted) return false;
    const { times } = await this.#failures();
    await settings.set(FAILED, `${times + 1} ${clock.now()}`);
    this.#heedsFailuresFrom = 0;
    return false;
  }

  async #failures(): Promise<{ times: number; at: number }> {
    const [times = 0, at = 0] = (await this.#deps.settings.getOrSet(FAILED, NEVER))
      .split(' ')
      .map(Number);
    return { times, at };
  }
}

/** The newest moment of the schedule after `from` and up to `to`, at most `GRACE` ago. */
function newestMatch(
  hours: Pick<ScheduledTask, 'match'>,
  step: number,
  from: number,
  to: number,
): number | null {
  const earliest = Math.max(from, to - GRACE);
  for (let moment = Math.floor(to / step) * step; moment > earliest; moment -= step) {
    if (hours.match(new Date(moment))) return moment;
  }
  return null;
}

/** @returns whether the run is done; a failure is logged and leaves it to be tried again. */
async function dailyRun(deps: ScheduleDeps, signal: AbortSignal): Promise<boolean> {
  const { editions, freezeAfter, logger } = deps;
  try {
    const { picked } = await makeEdition(deps, undefined, signal);
    const { edition } = picked;
    // A confirmation may have frozen it already; the others are to get it all the same.
    if (edition.count > 0) {
      await editions.schedule(edition.id, edition.pickedAt + freezeAfter * 60_000);
    }
    return true;
  } catch (error) {
    if (signal.aborted) logger.info('the daily run was broken off');
    else logger.error({ reason: messageOf(error) }, 'the daily run failed');
    return false;
  }
}

/** Planning may be repeated and done twice at once, but one process is enough. */
async function planDue(deps: ScheduleDeps): Promise<void> {
  const { editions, clock } = deps;
  if ((await editions.toPlan(clock.now())).length === 0) return;
  await underLease(deps, 'planning', async () => {
    for (const edition of await editions.toPlan(clock.now())) {
      await planEdition(deps, edition, { now: false });
    }
  });
}
