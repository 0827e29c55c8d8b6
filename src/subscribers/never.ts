import type { Clock } from '../base/clock.js';
import type { Origin } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';
import { overruledBy, type SuppressionEvent } from './suppression.js';

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

/** Whether whoever reads the mail of this mailbox has said so, of any spelling of its address. */
export async function isRefusedByOwner(
  subscribers: Pick<SubscriberStore, 'findRefusing' | 'findSuppression'>,
  email: string,
): Promise<boolean> {
  const known = await subscribers.findSuppression(email);
  const refusing = await subscribers.findRefusing([email], ['owner']);
  return known?.reason === 'owner' || refusing.length > 0;
}

/**
 * Takes back what the owner said, of whatever spelling of the address: each link came to the mailbox.
 * Nothing else is taken back. Whoever was a subscriber counts as unsubscribed: to get digests again
 * they ask for them. Call it in a transaction.
 * @returns whether anything was taken back
 */
export async function liftByOwner(
  { subscribers, clock }: NeverDeps,
  email: string,
  origin: Origin,
): Promise<boolean> {
  const at = clock.now();
  const event = { at, event: 'unsuppressed', reason: 'owner', detail: origin.via } as const;
  const lifted = await liftSuppressions(subscribers, email, event);
  for (const address of lifted ?? []) {
    const subscriber = await subscribers.readmit(address, 'unsubscribed', at);
    if (!subscriber) continue;
    const consent = { at, event: 'unsuppressed', wording: null, ...origin } as const;
    await subscribers.addConsent(subscriber.id, consent);
  }
  return lifted !== null;
}

/** The exact one as well, in case it is from before mailboxes were kept with suppressions. */
async function liftSuppressions(
  subscribers: SubscriberStore,
  email: string,
  event: SuppressionEvent,
): Promise<string[] | null> {
  const lifted = await subscribers.unsuppressMailbox(email, ['owner'], event);
  const emails = lifted.flatMap((one) => one.email ?? []);
  const known = await subscribers.findSuppression(email);
  if (known?.reason === 'owner' && (await subscribers.unsuppress(known, event))) {
    return [...emails, email];
  }
  return lifted.length === 0 ? null : emails;
}
