import { createTask, type ScheduledTask } from 'node-cron';
import { messageOf } from '../base/errors.js';
import { planEdition } from '../delivery/plan.js';
import { type DailyRunDeps, makeEdition } from './daily-run.js';
import type { SendDeps } from './send.js';

/** Where the schedule keeps what must outlive the process. */
export interface ScheduleSettings {
  getOrSet(name: string, value: string): Promise<string>;
  set(name: string, value: string): Promise<void>;
}

export interface ScheduleDeps extends DailyRunDeps, Omit<SendDeps, 'sender'> {
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

/**
 * Makes the edition at the hours of `PICK_CRON` and plans it once it may be sent. node-cron tells
 * which moments those are, but its timer is not used: that skips a moment which a busy or stopped
 * process missed. What was done stands in the store, and moves on only when it is done.
 */
export async function runSchedule(deps: ScheduleDeps, signal: AbortSignal): Promise<void> {
  const { clock, settings, pickCron, editionTimezone } = deps;
  const hours = createTask(pickCron, () => {}, { timezone: editionTimezone });
  const step = pickCron.trim().split(/\s+/).length > 5 ? 1_000 : 60_000;
  let lookedUntil = Number(await settings.getOrSet(DONE_UNTIL, String(clock.now())));
  let due: number | null = null;
  let retryAt = 0;
  let retry = FIRST_RETRY;
  while (!signal.aborted) {
    const now = clock.now();
    due = newestMatch(hours, step, lookedUntil, now) ?? due;
    lookedUntil = now;
    if (due !== null && due <= now - GRACE) {
      due = null;
      retry = FIRST_RETRY;
    }
    if (due !== null && now >= retryAt) {
      if (await dailyRun(deps, signal)) {
        due = null;
        retry = FIRST_RETRY;
        await settings.set(DONE_UNTIL, String(now));
      } else {
        retryAt = clock.now() + retry;
        retry = Math.min(retry * 2, LONGEST_RETRY);
      }
    }
    await planDue(deps);
    await clock.sleep(LOOK_EVERY, signal);
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

async function planDue(deps: ScheduleDeps): Promise<void> {
  for (const edition of await deps.editions.toPlan(deps.clock.now())) {
    await planEdition(deps, edition, { now: false });
  }
}
