import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { Selector } from '../digest/selection.js';
import type { Edition } from '../editions/edition.js';
import { freezeEdition } from '../editions/freeze.js';
import type { EditionStore } from '../editions/store.js';
import { rhythmOf } from '../subscribers/preferences.js';
import type { SubscriberStore } from '../subscribers/store.js';
import { WORDING } from '../subscribers/subscribe.js';
import type { Origin, Subscriber } from '../subscribers/subscriber.js';
import type { ConfirmClaim } from '../subscribers/tokens.js';
import type { Ledger } from './ledger.js';
import { OwnSelections } from './own-selections.js';

export interface ConfirmStores {
  subscribers: SubscriberStore;
  editions: EditionStore;
  ledger: Ledger;
}

export interface ConfirmDeps {
  atomically<T>(work: (stores: ConfirmStores) => Promise<T>): Promise<T>;
  clock: Clock;
  /** Minutes for which a fresh draft is left to its editor. */
  freezeAfter: number;
  logger: Logger;
}

export type Confirmation =
  | { kind: 'confirmed'; subscriber: Subscriber; edition: Edition | null }
  /** The link was used before, or its round is over. */
  | { kind: 'used'; subscriber: Subscriber }
  | { kind: 'expired' }
  /** The subscriber is gone. */
  | { kind: 'unknown' };

/**
 * Confirms an address and plans its first digest, the newest edition, in one transaction: neither
 * happens without the other, however the process ends.
 */
export function confirmSubscription(
  { atomically, clock, freezeAfter, logger }: ConfirmDeps,
  claim: ConfirmClaim,
  origin: Origin,
): Promise<Confirmation> {
  return atomically(async (stores): Promise<Confirmation> => {
    const now = clock.now();
    const known = await stores.subscribers.find(claim.subscriberId);
    if (!known) return { kind: 'unknown' };
    if (known.state !== 'pending' || known.round !== claim.round) {
      return { kind: 'used', subscriber: known };
    }
    if (claim.expiresAt <= now) return { kind: 'expired' };
    const subscriber = await stores.subscribers.confirm(claim.subscriberId, claim.round, now);
    if (!subscriber) return { kind: 'used', subscriber: known };
    await stores.subscribers.addConsent(subscriber.id, {
      at: now,
      event: 'confirmed',
      wording: WORDING,
      ...origin,
    });
    const pickedBefore = now - freezeAfter * 60_000;
    const edition = await planFirstDigest({ ...stores, logger }, subscriber, now, pickedBefore);
    return { kind: 'confirmed', subscriber, edition };
  });
}

/** @returns the edition that follows, or `null` when there is none or they had it before. */
async function planFirstDigest(
  { editions, ledger, logger }: ConfirmStores & { logger: Logger },
  subscriber: Subscriber,
  now: number,
  pickedBefore: number,
): Promise<Edition | null> {
  const newest = (await editions.newest(pickedBefore)) ?? (await editions.newest());
  if (!newest) return null;
  // What has been sent must never change, so sending it to one reader freezes it for all.
  const frozen = await freezeEdition({ editions, logger }, newest.id, now);
  if (frozen.count === 0) return null;
  const edition = await editions.withPapers(frozen);
  await ledger.planAlone();
  const own = new OwnSelections(
    ledger,
    edition,
    new Selector(edition),
    await editions.sharing(edition.id),
  );
  const selectionId = (await own.of([subscriber])).get(subscriber.id);
  if (selectionId === undefined) return null;
  const planned = await ledger.plan(edition.id, [
    { subscriberId: subscriber.id, selectionId, first: rhythmOf(subscriber), dueAt: now },
  ]);
  return planned > 0 ? edition : null;
}
