import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { lookAtForm, type OnAttack, reportTurn } from '../subscribers/form/form-guard.js';
import type { FormStore } from '../subscribers/form/form-store.js';

export interface FormWatchDeps {
  form: FormStore;
  clock: Clock;
  logger: Logger;
  /** Told when an attack on the form begins and when it is over. */
  onAttack?: OnAttack;
}

const EVERY = 60_000;

/**
 * Looks once a minute whether the form is under attack, so that the guard goes down though nobody asks
 * for anything. Any number of processes may run it on one store; one of them tells of a change.
 */
export async function runFormWatch(deps: FormWatchDeps, signal: AbortSignal): Promise<void> {
  const { form, clock, logger, onAttack } = deps;
  while (!signal.aborted) {
    reportTurn(logger, await lookAtForm(form, clock.now()), onAttack);
    await clock.sleep(EVERY, signal);
  }
}
