import type { Clock } from '../base/clock.js';
import { toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Alarm, Alarms } from '../delivery/alarms/alarms.js';
import {
  loadAttack,
  lookAtForm,
  type OnAttack,
  reportTurn,
} from '../subscribers/form/form-guard.js';
import type { Attack } from '../subscribers/form/form-state.js';
import type { FormStore } from '../subscribers/form/form-store.js';
import {
  countOfStrangers,
  type NoticeCounts,
  type NoticeLimits,
} from '../subscribers/notice-limits.js';

export interface FormWatchDeps {
  form: FormStore;
  clock: Clock;
  logger: Logger;
  /** Told when an attack on the form begins and when it is over. */
  onAttack?: OnAttack;
  /** Where the operator is told; nowhere when left out. */
  alarms?: Alarms;
  noticeCounts: Pick<NoticeCounts, 'look'>;
  noticeLimits(): Promise<NoticeLimits>;
}

const EVERY = 60_000;

/**
 * Whoever saw the attack begin, or end, has told of it after that was written, and may have died in
 * between. So each look makes the alarm what the form is.
 */
async function settleAlarm(
  { alarms, logger }: FormWatchDeps,
  attack: Attack | null,
): Promise<void> {
  if (!alarms) return;
  try {
    if (attack) await alarms.raise(toAlarm(attack));
    else if ((await alarms.open()).includes(ALARM)) await alarms.end(ALARM);
  } catch (error) {
    reportFailure(logger, error);
  }
}

/**
 * Tells of a form that sends nobody new a mail any more: whoever asks is told nothing of it. It ends
 * when there is much room again, not each time that one more fits in.
 */
async function settleLimit({ alarms, logger, ...deps }: FormWatchDeps): Promise<void> {
  if (!alarms) return;
  try {
    const { used, max } = await countOfStrangers({ ...deps, limits: await deps.noticeLimits() });
    if (used >= max) await alarms.raise(toLimitAlarm(max));
    else if (used <= max / 2 && (await alarms.open()).includes(LIMIT)) await alarms.end(LIMIT);
  } catch (error) {
    reportFailure(logger, error, LIMIT);
  }
}

/**
 * Looks once a minute whether the form is under attack, so that the guard goes down though nobody asks
 * for anything. Any number of processes may run it on one store; one of them tells of a change.
 */
export async function runFormWatch(deps: FormWatchDeps, signal: AbortSignal): Promise<void> {
  const { form, clock, logger, onAttack } = deps;
  while (!signal.aborted) {
    reportTurn(logger, await lookAtForm(form, clock.now()), onAttack);
    await settleAlarm(deps, await loadAttack(form, clock.now()));
    await settleLimit(deps);
    await clock.sleep(EVERY, signal);
  }
}

const ALARM = 'form';
const LIMIT = 'notices';

/** Raises an alarm while the form is under attack. */
export function tellOfAttack({
  alarms,
  logger,
}: {
  alarms: Pick<Alarms, 'raise' | 'end'>;
  logger: Logger;
}): OnAttack {
  return ({ kind, attack }) => {
    const told = kind === 'begun' ? alarms.raise(toAlarm(attack)) : alarms.end(ALARM);
    told.catch((error: unknown) => reportFailure(logger, error));
  };
}

function reportFailure(logger: Logger, error: unknown, code = ALARM): void {
  const facts = { code, reason: toErrorMessage(error) };
  logger.error({ event: 'alarm_failed', ...facts }, 'an alarm could not be written');
}

function toAlarm({ why }: Attack): Alarm {
  const seen =
    why === 'burst'
      ? 'Far more requests than usual come in.'
      : 'Few of the addresses that were lately asked to confirm have done so.';
  return {
    code: ALARM,
    subject: 'the form is under attack',
    text: `${seen} Until this is over, the form asks browsers for a proof of work, and people without a script to wait for their turn. Nothing has to be done; docs/FORM.md says how it works. Where requests come from one network, a rule in front of Paperboy keeps them out altogether.`,
  };
}

function toLimitAlarm(max: number): Alarm {
  return {
    code: LIMIT,
    subject: 'nobody new gets a confirmation',
    text: `Strangers have asked for ${max} confirmations within 24 hours, which is as many as may be asked for. Whoever asks now gets no mail, and is not told so. It ends by itself as those hours pass. If people really ask for so many, raise NOTICES_PER_HOUR, NOTICES_SHARE or DAILY_CAP; docs/SENDING.md says how they go together.`,
  };
}
