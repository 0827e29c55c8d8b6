import type { Clock } from '../base/clock.js';
import type { Origin } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';
import { mayOwnerLift, type Suppression } from './suppression.js';

const DAY = 24 * 3_600_000;

interface OwnerRequestDeps {
  subscribers: SubscriberStore;
  clock: Clock;
}

/**
 * Lifts a suppression because the owner of the address asks to be subscribed, if the rules allow it.
 * The subscriber, if there is one, becomes pending in a new round.
 * @returns whether the suppression was lifted, so that a confirmation may follow
 */
export async function liftForOwner(
  { subscribers, clock }: OwnerRequestDeps,
  suppression: Suppression,
  origin: Origin,
): Promise<boolean> {
  const now = clock.now();
  if (!mayOwnerLift(suppression, now)) return false;
  const event = { at: now, event: 'asked', reason: 'owner', detail: origin.via } as const;
  if (!(await subscribers.unsuppress(suppression, event))) return false;
  const subscriber = await subscribers.readmit(suppression.email, 'pending', now);
  if (subscriber) {
    const consent = { at: now, event: 'unsuppressed', wording: null, ...origin } as const;
    await subscribers.addConsent(subscriber.id, consent);
  }
  return true;
}

/** Whether `liftForOwner` let the address in within the last day and it is not confirmed yet. */
export async function isOnTrial(
  { subscribers, clock }: OwnerRequestDeps,
  email: string,
): Promise<boolean> {
  const since = clock.now() - DAY;
  const events = await subscribers.suppressionEvents(email);
  if (!events.some(({ event, at }) => event === 'asked' && at > since)) return false;
  return (await subscribers.findByEmail(email))?.state === 'pending';
}
