import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Edition } from '../editions/edition.js';
import type { EditionStore } from '../editions/edition-store.js';
import { freezeEdition } from '../editions/freeze.js';
import { toPickedBefore } from '../editions/shown-editions.js';
import type { SelectorCache } from '../interests/selection.js';
import { hasInterests, toCadence } from '../subscribers/preferences.js';
import { WORDING } from '../subscribers/subscribe.js';
import type { Origin, Subscriber } from '../subscribers/subscriber.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import type { ConfirmClaim } from '../subscribers/tokens.js';
import type { Ledger } from './ledger.js';
import { UnseenSelections } from './planning/unseen-selections.js';

export interface ConfirmStores {
  subscribers: SubscriberStore;
  editions: EditionStore;
  ledger: Ledger;
}

export interface ConfirmDeps extends Pick<ConfirmStores, 'subscribers' | 'editions'> {
  atomically<T>(work: (stores: ConfirmStores) => Promise<T>): Promise<T>;
  clock: Clock;
  /** Minutes for which a new draft is left to its editor. */
  freezeAfter: number;
  /** The language of readers who have not chosen one. */
  defaultLanguage: string;
  /** Shared by all confirmations. */
  selectors: SelectorCache;
  logger: Logger;
}

export type Confirmation =
  | { kind: 'confirmed'; subscriber: Subscriber; edition: Edition | null }
  /** The link was used before, or is of an earlier round. */
  | { kind: 'used'; subscriber: Subscriber }
  | { kind: 'expired' }
  /** The subscriber was erased. */
  | { kind: 'unknown' };

/**
 * Confirms an address and plans its first digest of the newest edition, in one transaction: neither
 * happens without the other, even if the process dies.
 * @param claim the content of the confirm token
 */
export async function confirmSubscription(
  deps: ConfirmDeps,
  claim: ConfirmClaim,
  origin: Origin,
): Promise<Confirmation> {
  await prepare(deps, claim);
  const { atomically, clock } = deps;
  return atomically(async (stores): Promise<Confirmation> => {
    const now = clock.now();
    const known = await stores.subscribers.find(claim.subscriberId);
    if (!known) return { kind: 'unknown' };
    if (known.state !== 'pending' || known.round !== claim.round) {
      return { kind: 'used', subscriber: known };
    }
    if (claim.expiresAt <= now) return { kind: 'expired' };
    const confirmed = await stores.subscribers.confirm(claim.subscriberId, claim.round, now);
    if (!confirmed) return { kind: 'used', subscriber: known };
    const subscriber = await takeChoices(stores.subscribers, confirmed, claim);
    await stores.subscribers.addConsent(subscriber.id, {
      at: now,
      event: 'confirmed',
      wording: WORDING,
      ...origin,
    });
    const edition = await planFirstDigest({ ...deps, ...stores }, subscriber, now);
    return { kind: 'confirmed', subscriber, edition };
  });
}

/** What was chosen with the request counts from now on: the link has shown whose address it is. */
async function takeChoices(
  subscribers: SubscriberStore,
  confirmed: Subscriber,
  { round, noticeId }: ConfirmClaim,
): Promise<Subscriber> {
  const { id } = confirmed;
  const chosen = await subscribers.requestedPreferences(id, round, noticeId);
  await subscribers.savePreferences(id, chosen ?? {});
  // Of other requests, by whomever, nothing is left.
  await subscribers.forgetRequested(id);
  return { ...confirmed, ...chosen };
}

/** Builds the index of interests before the transaction, in which other writers have to wait. */
async function prepare(
  deps: ConfirmDeps,
  { subscriberId, round, noticeId }: ConfirmClaim,
): Promise<void> {
  const { subscribers, editions, selectors, clock } = deps;
  const known = await subscribers.find(subscriberId);
  if (known?.state !== 'pending' || known.round !== round) return;
  const chosen = await subscribers.requestedPreferences(subscriberId, round, noticeId);
  if (!hasInterests({ ...known, ...chosen })) return;
  const newest = await newestEdition(deps, clock.now());
  if (newest) selectors.get(await editions.withPapers(newest)).prepare();
}

/** The newest one that readers see, or, before the sample, the draft that its editor still has. */
async function newestEdition(
  { editions, freezeAfter }: Pick<ConfirmDeps, 'editions' | 'freezeAfter'>,
  now: number,
): Promise<Edition | null> {
  const shown = await editions.newest(toPickedBefore(freezeAfter, now));
  return shown && shown.kind !== 'sample' ? shown : editions.newest();
}

/** @returns the edition that was planned; `null` if there is none or they had it before */
async function planFirstDigest(
  deps: ConfirmDeps & ConfirmStores,
  subscriber: Subscriber,
  now: number,
): Promise<Edition | null> {
  const { editions, ledger, selectors, logger } = deps;
  const newest = await newestEdition(deps, now);
  if (!newest) return null;
  // What was sent must never change, so a first digest freezes the edition for all.
  const frozen = await freezeEdition({ editions, logger }, newest.id, now);
  if (frozen.count === 0) return null;
  const edition = await editions.withPapers(frozen);
  await ledger.lockPlanning();
  const sharing = await editions.sharing(edition.id);
  const unseen = new UnseenSelections(edition, selectors.get(edition), sharing);
  const selectionId = (await unseen.save(ledger, [subscriber])).get(subscriber.id);
  if (selectionId === undefined) return null;
  const language = subscriber.language ?? deps.defaultLanguage;
  const first = toCadence(subscriber);
  const planned = await ledger.plan(edition.id, [
    { subscriberId: subscriber.id, selectionId, first, language, dueAt: now },
  ]);
  return planned > 0 ? edition : null;
}
