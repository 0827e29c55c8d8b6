import type { Clock } from '../base/clock.js';
import type { Consent, Origin } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';

interface LeaveDeps {
  subscribers: Pick<SubscriberStore, 'leave' | 'pause' | 'resume' | 'addConsent'>;
  clock: Clock;
}

/**
 * Unsubscribes. Repeating it changes nothing.
 * @returns whether anything changed; the same holds for `pause` and `resume`
 */
export function unsubscribe(deps: LeaveDeps, id: number, origin: Origin): Promise<boolean> {
  return recorded(deps, id, origin, 'unsubscribed', () => deps.subscribers.leave(id));
}

export function pause(deps: LeaveDeps, id: number, origin: Origin): Promise<boolean> {
  return recorded(deps, id, origin, 'paused', () => deps.subscribers.pause(id));
}

export function resume(deps: LeaveDeps, id: number, origin: Origin): Promise<boolean> {
  return recorded(deps, id, origin, 'resumed', () => deps.subscribers.resume(id, deps.clock.now()));
}

/** Makes a change and, if it changed anything, records the consent event. */
async function recorded(
  { subscribers, clock }: LeaveDeps,
  id: number,
  origin: Origin,
  event: Consent['event'],
  change: () => Promise<boolean>,
): Promise<boolean> {
  const changed = await change();
  if (changed) {
    await subscribers.addConsent(id, { at: clock.now(), event, wording: null, ...origin });
  }
  return changed;
}
