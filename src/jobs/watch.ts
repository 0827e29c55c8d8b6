import type { Clock } from '../base/clock.js';
import { dayAt } from '../base/day.js';
import type { Logger } from '../base/logger.js';
import type { AlarmStore, Alarms } from '../delivery/alarms/alarms.js';
import type { OperatorMailer } from '../delivery/alarms/operator-mailer.js';
import type { OperatorOutbox } from '../delivery/alarms/operator-outbox.js';
import { countOldMails, countReports, foldCounts } from '../delivery/rates/count-reports.js';
import { NAMED_GROUPS } from '../delivery/rates/domain-groups.js';
import type { MailCounts } from '../delivery/rates/mail-counts.js';
import { type Pauses, tendPauses } from '../delivery/rates/pauses.js';
import { type MailWindows, startOfWindow, toRates, toWindows } from '../delivery/rates/rates.js';
import type { ThrottleStore } from '../delivery/throttle/throttle-store.js';
import { type LeaseDeps, underLease } from './lease.js';
import { type TroubleDeps, watchTroubles } from './watch-troubles.js';

export interface RatesDeps {
  mailCounts: MailCounts;
  throttleStore: Pick<ThrottleStore, 'look'>;
  pauses: Pauses;
  alarms: Alarms;
  atomically<T>(work: (stores: { mailCounts: MailCounts }) => Promise<T>): Promise<T>;
  /** The time zone in which days are counted. */
  editionTimezone: string;
  publicUrl: string;
  clock: Clock;
  logger: Logger;
}

export interface WatchDeps extends RatesDeps, LeaseDeps, TroubleDeps {
  alarmStore: Pick<AlarmStore, 'forget'>;
  operatorMails: Pick<OperatorOutbox, 'forget'>;
  operatorMailer(): Promise<OperatorMailer>;
}

/** Milliseconds between two looks at everything, and at mails for the operator. */
const LOOK_EVERY = 10_000;
const MAIL_EVERY = 2_000;
/** Milliseconds that are spent at once on counting what was sent before an upgrade. */
const LONGEST_COUNT = 5_000;
const FOLD_EVERY = 3_600_000;
/** What is over for so long is forgotten. */
const FORGET_AFTER = 30 * 24 * 3_600_000;

/** What came of mails to all groups of which anything came back, and to those with names. */
export async function loadWindows({
  mailCounts,
  editionTimezone,
  clock,
}: Pick<RatesDeps, 'mailCounts' | 'editionTimezone' | 'clock'>): Promise<MailWindows> {
  const today = dayAt(clock.now(), editionTimezone);
  // Asked first: what is counted in between is in the sums, too.
  const isComplete = await mailCounts.isComplete();
  const counts = await mailCounts.since(startOfWindow(today), NAMED_GROUPS);
  return { windows: toWindows(counts, today), isComplete };
}

/** The same, with what came back until now, and what can be counted of old mails in a few seconds. */
export async function loadWindowsOfNow(deps: RatesDeps): Promise<MailWindows> {
  await countNow(deps);
  await countOld(deps);
  return loadWindows(deps);
}

async function countNow(deps: RatesDeps, signal?: AbortSignal): Promise<void> {
  const { editionTimezone: timezone, clock } = deps;
  await countReports({ ...deps, timezone, today: dayAt(clock.now(), timezone) }, signal);
}

/** @returns whether all are counted */
function countOld(deps: RatesDeps): Promise<boolean> {
  const { editionTimezone: timezone, clock } = deps;
  const until = clock.steady() + LONGEST_COUNT;
  return countOldMails(
    { ...deps, timezone, today: dayAt(clock.now(), timezone) },
    { clock, until },
  );
}

/** Counts what came back, and pauses or resumes digests by it. */
export async function tendRates(deps: RatesDeps, signal?: AbortSignal): Promise<void> {
  const { clock, throttleStore, editionTimezone: timezone } = deps;
  const now = clock.now();
  const today = dayAt(now, timezone);
  await countNow(deps, signal);
  if (!(await countOld(deps))) return;
  const rates = toRates(await loadWindows(deps));
  const { holds } = await throttleStore.look();
  await tendPauses({ ...deps, timezone }, { rates, holds, today, now });
}

/**
 * Looks, every few seconds, for what the operator has to know, until `signal` aborts. Any number of
 * processes may run it on one store; one of them looks.
 */
export async function runWatch(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  let foldAt = 0;
  while (!signal.aborted) {
    await underLease(deps, 'watch', async (lost) => {
      const over = AbortSignal.any([signal, lost]);
      await tendRates(deps, over);
      await watchTroubles(deps);
      if (deps.clock.steady() < foldAt) return;
      foldAt = deps.clock.steady() + FOLD_EVERY;
      await foldCounts(deps.mailCounts, dayAt(deps.clock.now(), deps.editionTimezone));
      await deps.alarmStore.forget(FORGET_AFTER);
      await deps.operatorMails.forget(FORGET_AFTER);
    });
    await deps.clock.sleep(LOOK_EVERY, signal);
  }
}

/** Sends mails to the operator as they come up, until `signal` aborts. */
export async function runOperatorMailer(
  { operatorMailer, clock }: Pick<WatchDeps, 'operatorMailer' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const mailer = await operatorMailer();
  while (!signal.aborted) {
    await mailer.deliver(signal);
    await clock.sleep(MAIL_EVERY, signal);
  }
}
