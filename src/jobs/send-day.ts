import type { Day } from '../base/day.js';
import { toErrorMessage } from '../base/errors.js';
import type { OperatorMailer } from '../delivery/alarms/operator-mailer.js';
import type { DeliveryCounts } from '../delivery/delivery.js';
import { planRefusedAgain } from '../delivery/planning/plan.js';
import { isWeeklyRead } from '../delivery/planning/weekly.js';
import type { Edition } from '../editions/edition.js';
import { findEditionsOfDay, noEdition } from '../editions/find-edition.js';
import { hideAddresses } from '../mail/replies/secrets.js';
import { type DailyRunDeps, type DailyRunReport, makeEdition } from './daily-run.js';
import { type PickSettings, PickTimes } from './pick-times.js';
import type { PrepareMails } from './run-pictures.js';
import { inAll, type SendDeps, type SendReport, sendEdition } from './send.js';
import { type RatesDeps, tendRates } from './watch.js';
import { makeWeekly, refreshWeek, type WeeklyRunDeps } from './weekly-run.js';

export type SendDayDeps = SendDeps &
  WeeklyRunDeps &
  PickSettings &
  RatesDeps & {
    today(): Day;
    operatorMailer(): Promise<OperatorMailer>;
    /** Before anything is planned. */
    prepareMails?: PrepareMails;
  };

export interface SendDayOptions {
  /** Left out: the day of the newest edition, and today for the weekly one. */
  day: Day | undefined;
  /** To everybody at once, whatever their hour and the age of the edition. */
  now: boolean;
  /** Asked when sending begins: what it gives ends the sending. */
  stopSignal(): AbortSignal;
  onProgress: ((counts: DeliveryCounts) => void) | undefined;
}

/**
 * Sends the daily edition of a day, and the weekly one that ends on it if anybody reads it.
 * @throws PaperboyError `no_edition`
 */
export async function sendDay(deps: SendDayDeps, options: SendDayOptions): Promise<SendReport> {
  const { day } = options;
  const editions = [await findDaily(deps, day), await findWeekly(deps, options)];
  if (editions.every((edition) => edition === null)) throw noEdition(day);
  await deps.prepareMails?.();
  return sendEditions(deps, editions, options);
}

/**
 * Plans what was refused of all editions of a day once more, and sends that and nothing else.
 * @throws PaperboyError `no_edition`
 */
export async function sendRefusedAgain(
  deps: SendDayDeps,
  options: SendDayOptions,
): Promise<{ report: SendReport; again: number }> {
  const editions = await findEditionsOfDay(deps.editions, options.day);
  let again = 0;
  for (const edition of editions) again += await planRefusedAgain(deps, edition);
  return { again, report: await sendEditions(deps, editions, options, { onlyPlanned: true }) };
}

export interface RunReport extends DailyRunReport {
  sent: SendReport;
}

/** Fetches, picks and sends a day, and the week that ends on it with its votes of now. */
export async function runDay(
  deps: SendDayDeps & DailyRunDeps,
  options: SendDayOptions,
): Promise<RunReport> {
  const made = await makeEdition(deps, { day: options.day });
  await deps.prepareMails?.();
  const weekly = await findWeekly(deps, options, (last) => refreshWeek(deps, last));
  const sent = await sendEditions(deps, [made.picked.edition, weekly], options);
  return { ...made, sent };
}

/** The edition of a day, or the newest one; the sample is sent to nobody. */
async function findDaily({ editions }: SendDayDeps, day?: Day): Promise<Edition | null> {
  if (day !== undefined) return editions.find(day);
  const newest = await editions.newest();
  return newest?.kind === 'sample' ? null : newest;
}

/** The weekly edition that ends on a day, or today, made if there is anybody whom it is for. */
async function findWeekly(
  deps: SendDayDeps,
  { day = deps.today(), now }: SendDayOptions,
  refresh?: (day: Day) => Promise<void>,
): Promise<Edition | null> {
  if (!(await isWeeklyRead(deps.ledger))) return null;
  const window = new PickTimes(deps).weeklyWindow(day);
  return makeWeekly(deps, day, { window, now, ...(refresh && { refresh: () => refresh(day) }) });
}

/** Milliseconds that mails to the operator may take once all others are sent. */
const LONGEST_TELLING = 10_000;

/** One after another. */
async function sendEditions(
  deps: SendDayDeps,
  editions: readonly (Edition | null)[],
  { now, stopSignal, onProgress }: SendDayOptions,
  { onlyPlanned = false } = {},
): Promise<SendReport> {
  const signal = stopSignal();
  // Where no "serve" runs, nobody else has looked at what came back since the last time.
  await tendRates(deps, signal);
  const tell = tellOperator(deps, signal);
  try {
    return await sendAll(deps, editions, { now, onProgress, onlyPlanned, signal });
  } finally {
    await tell.end();
  }
}

/** Sends what there is for the operator, beside everything else, and for little longer. */
function tellOperator({ operatorMailer, clock, logger }: SendDayDeps, signal: AbortSignal) {
  const over = new AbortController();
  const telling = operatorMailer()
    .then((mailer) => mailer.deliver(AbortSignal.any([signal, over.signal])))
    .catch((error: unknown) => {
      const reason = hideAddresses(toErrorMessage(error));
      logger.warn({ event: 'operator_not_told', reason }, 'mails to the operator were not sent');
    });
  return {
    async end(): Promise<void> {
      await Promise.race([telling, clock.sleep(LONGEST_TELLING, over.signal)]);
      over.abort();
      await telling;
    },
  };
}

async function sendAll(
  deps: SendDayDeps,
  editions: readonly (Edition | null)[],
  {
    signal,
    now,
    onProgress,
    onlyPlanned,
  }: Pick<SendDayOptions, 'now' | 'onProgress'> & { signal: AbortSignal; onlyPlanned: boolean },
): Promise<SendReport> {
  const times = new PickTimes(deps);
  const reports: SendReport[] = [];
  for (const edition of editions) {
    if (edition === null) continue;
    const { kind, date, sendAt } = edition;
    const report = await sendEdition(deps, edition, {
      ...{ now, onlyPlanned, signal },
      ...(onProgress && { onProgress }),
      ...(kind === 'weekly' && { window: times.weeklyWindow(date) }),
      ...(sendAt !== null && { readyAt: times.readyAt(sendAt) }),
    });
    reports.push(report);
  }
  return inAll(reports);
}
