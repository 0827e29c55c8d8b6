import type { Clock } from '../base/clock.js';
import type { Origin } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';
import { overruledBy } from './suppression.js';

interface NeverDeps {
  subscribers: SubscriberStore;
  clock: Clock;
}

/**
 * Suppresses an address because its owner never wants to hear of us again, whether or not a subscriber
 * has it. Repeating it changes nothing.
 */
export async function suppressByOwner(
  { subscribers, clock }: NeverDeps,
  email: string,
  { via }: Origin,
): Promise<void> {
  const suppression = { email, reason: 'owner', at: clock.now(), detail: via } as const;
  await subscribers.suppress(suppression, overruledBy('owner'));
}

/**
 * Takes back what the owner said, and only that. Whoever was a subscriber counts as unsubscribed: to
 * get digests again they ask for them. Call it in a transaction.
 * @returns whether anything was taken back
 */
export async function liftByOwner(
  { subscribers, clock }: NeverDeps,
  email: string,
  origin: Origin,
): Promise<boolean> {
  const known = await subscribers.findSuppression(email);
  if (known?.reason !== 'owner') return false;
  const at = clock.now();
  const event = { at, event: 'unsuppressed', reason: 'owner', detail: origin.via } as const;
  if (!(await subscribers.unsuppress(known, event))) return false;
  const subscriber = await subscribers.readmit(email, 'unsubscribed', at);
  if (subscriber) {
    const consent = { at, event: 'unsuppressed', wording: null, ...origin } as const;
    await subscribers.addConsent(subscriber.id, consent);
  }
  return true;
}
