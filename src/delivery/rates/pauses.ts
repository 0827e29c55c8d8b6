import { addDays, type Day, startOfDay } from '../../base/day.js';
import type { Logger } from '../../base/logger.js';
import type { Alarms } from '../alarms/alarms.js';
import { ALL_ROUTES, type Hold, type PauseCode } from '../sending/holds.js';
import { formatHold } from '../sending/sender-status.js';
import { OTHERS } from './mail-counts.js';
import {
  findWorst,
  formatRate,
  isSurelyOver,
  RATE_REMEDIES,
  type Rate,
  type RatedEvent,
} from './rates.js';

/** A group whose digests are to be paused. */
export interface Pausing {
  group: string;
  code: PauseCode;
  figures: string;
  /** Milliseconds until it may end by itself at the earliest. */
  endsIn: number;
}

/** Pauses are holds of all routes. They are kept in the store, for all processes and over restarts. */
export interface Pauses {
  /**
   * Begins a pause in one conditional write, unless the operator has resumed the group; or updates the
   * figures of one that there is.
   * @returns whether it is new
   */
  begin(pausing: Pausing): Promise<boolean>;
  /** Ends a pause. @returns whether there was one */
  end(group: string): Promise<boolean>;
  /**
   * Ends a pause by the operator's word, and lets none begin for so many milliseconds.
   * @returns whether there was one
   */
  resume(group: string, ms: number): Promise<boolean>;
  /** Groups that the operator has resumed, and until when that counts. */
  resumed(): Promise<ReadonlyMap<string, number>>;
}

/** For how long the operator's word to resume a group counts. */
export const RESUMED_FOR = 24 * 3_600_000;

const PAUSES: Readonly<Partial<Record<RatedEvent, PauseCode>>> = {
  complaint: 'complaints',
  permanent: 'bounces',
};

export interface TendPausesDeps {
  pauses: Pauses;
  alarms: Alarms;
  logger: Logger;
  publicUrl: string;
  timezone: string;
}

/**
 * Pauses digests to the groups whose rates are surely over a limit, and resumes the others. What is over
 * a limit and pauses nothing is told to the operator alone: a few readers, blocks, what came back of
 * notices, which a stranger may have caused, and of small domains together.
 */
export async function tendPauses(
  deps: TendPausesDeps,
  {
    rates,
    holds,
    today,
    now,
  }: { rates: readonly Rate[]; holds: readonly Hold[]; today: Day; now: number },
): Promise<void> {
  const over = findWorst(rates).filter(({ level }) => level === 'over');
  const resumed = await deps.pauses.resumed();
  const paused = new Set<string>();
  const told = new Set<string>();
  for (const rate of over) {
    const code = toPauseCode(rate);
    if (code === undefined || !isSurelyOver(rate)) {
      told.add(rateCode(rate));
      await deps.alarms.raise(toRateAlarm(deps, rate));
    } else if (!resumed.has(rate.group) && !paused.has(rate.group)) {
      paused.add(rate.group);
      told.add(pauseCode(rate.group));
      const endsIn = startOfDay(addDays(today, 1), deps.timezone) - now;
      await pause(deps, rate, { group: rate.group, code, figures: formatRate(rate), endsIn });
    }
  }
  for (const { route, domain } of holds) {
    if (route !== ALL_ROUTES || paused.has(domain)) continue;
    await resume(deps, domain);
  }
  await endAlarms(deps, told);
}

/** By what digests may pause; `undefined`: by nothing. Small domains together are no group for that. */
function toPauseCode({ mails, group, event }: Rate): PauseCode | undefined {
  return mails === 'digest' && group !== OTHERS ? PAUSES[event] : undefined;
}

async function pause(deps: TendPausesDeps, rate: Rate, pausing: Pausing): Promise<void> {
  const { pauses, alarms, logger } = deps;
  if (await pauses.begin(pausing)) {
    const { group, code, figures } = pausing;
    logger.warn({ event: 'digests_paused', group, code, figures }, 'digests to a group are paused');
  }
  await alarms.raise(toPauseAlarm(deps, rate, pausing));
}

/**
 * Lets digests to a group go on by the operator's word, which counts for a day.
 * @returns whether they were paused
 */
export async function resumeGroup(
  { pauses, alarms, logger }: Pick<TendPausesDeps, 'pauses' | 'alarms' | 'logger'>,
  group: string,
): Promise<boolean> {
  const wasPaused = await pauses.resume(group, RESUMED_FOR);
  if (wasPaused) logger.info({ event: 'digests_resumed', group }, 'digests to a group go on');
  await alarms.end(pauseCode(group));
  return wasPaused;
}

async function resume({ pauses, logger }: TendPausesDeps, group: string): Promise<void> {
  if (!(await pauses.end(group))) return;
  logger.info({ event: 'digests_resumed', group }, 'digests to a group go on');
}

/** Ends what was raised before and is not told any more. */
async function endAlarms(
  { alarms }: Pick<TendPausesDeps, 'alarms'>,
  told: ReadonlySet<string>,
): Promise<void> {
  for (const code of await alarms.open()) {
    if (/^(?:paused|rate) /.test(code) && !told.has(code)) await alarms.end(code);
  }
}

const pauseCode = (group: string) => `paused ${group}`;
const rateCode = ({ event, mails, group }: Rate) => `rate ${event} ${mails} ${group}`;

function toPauseAlarm(
  { publicUrl }: TendPausesDeps,
  rate: Rate,
  { group, code, figures }: Pausing,
) {
  const sentence = formatHold({ route: ALL_ROUTES, domain: group, code });
  return {
    code: pauseCode(group),
    subject: `Digests to ${group} are paused`,
    text: [
      `${sentence} ${figures}.`,
      'Digests to this group wait; other mails to it, and all mails to other groups, go on. A digest that has waited for three days is skipped.',
      `What helps: ${RATE_REMEDIES[rate.event]}.`,
      `They go on by themselves when the rate has fallen. To have them go on now, run "paperboy holds lift ${group}": that counts for a day.`,
      `Figures by group: "paperboy doctor", or ${publicUrl}/metrics.`,
    ].join('\n\n'),
  };
}

function toRateAlarm({ publicUrl }: TendPausesDeps, rate: Rate) {
  return {
    code: rateCode(rate),
    subject: `Too many mails to ${rate.group} come back`,
    text: [
      `${formatRate(rate)}.`,
      toPauseCode(rate) === undefined
        ? 'Nothing is paused because of it.'
        : `Nothing is paused because of it yet: so few may be chance, or one person. From ${rate.leastPausing.toLocaleString('en-GB')} readers on digests to this group pause.`,
      `What helps: ${RATE_REMEDIES[rate.event]}.`,
      `Figures by group: "paperboy doctor", or ${publicUrl}/metrics.`,
    ].join('\n\n'),
  };
}
