import type { Clock } from '../base/clock.js';
import { parseAddress } from './address.js';
import { isOnTrial, liftForOwner } from './owner-request.js';
import { type RawPreferences, readPreferences } from './preferences.js';
import type { Origin } from './subscriber.js';
import type { SubscriberStore, SubscriptionRequest } from './subscriber-store.js';

/** How long a confirmation link works. */
export const CONFIRM_HOURS = 48;

/** What the form says under its button: what somebody agrees to, kept with each consent. */
export const WORDING =
  'One digest a day, no account, one click to leave. No digest is sent until you confirm.';

/** A mail outside editions that an address is owed. */
export type NoticeKind = 'confirm' | 'preferences';

/** Where notices are put for sending. */
export interface NoticeBox {
  /**
   * Puts a notice into the outbox unless this subscriber had `max` of any kind since `since`.
   * @returns whether it was put there.
   */
  enqueue(notice: NewNotice, limit: NoticeLimit): Promise<boolean>;
  /**
   * The same for many, no subscriber twice.
   * @returns the ids of the subscribers whose notices were put there.
   */
  enqueueAll(notices: readonly NewNotice[], limit: NoticeLimit): Promise<number[]>;
}

export interface NewNotice {
  kind: NoticeKind;
  subscriberId: number;
  round: number;
  createdAt: number;
}

export interface NoticeLimit {
  max: number;
  since: number;
}

/** Somebody who types a stranger's address must not be able to flood it. */
const NOTICES_PER_DAY = 3;
/** Of an address that servers have refused, until it is confirmed. */
const NOTICES_ON_TRIAL = 1;
const DAY = 24 * 3_600_000;

export interface SubscribeDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
}

/**
 * Takes a request to subscribe and lets a notice follow: a confirmation to somebody new, the
 * preferences link to a subscriber, nothing to a suppressed address, unless its suppression gives way
 * to its owner's request. What it returns is the same in all these cases, so that nobody learns who
 * subscribes. Call it in a transaction.
 * @throws PaperboyError `bad_address`, `bad_preferences`
 */
export async function requestSubscription(
  deps: SubscribeDeps,
  request: { email: string } & RawPreferences,
  origin: Origin,
): Promise<{ email: string }> {
  const email = parseAddress(request.email);
  const preferences = readPreferences(request);
  const suppression = await deps.subscribers.findSuppression(email);
  if (suppression && !(await liftForOwner(deps, suppression, origin))) return { email };
  const max = (await isOnTrial(deps, email)) ? NOTICES_ON_TRIAL : NOTICES_PER_DAY;
  await requestAll(deps, [{ email, preferences }], origin, max);
  return { email };
}

/**
 * Takes requests of addresses that are not suppressed, none of them twice.
 * @param max notices that each may get in a day
 * @returns how many confirmations follow
 */
export async function requestAll(
  { subscribers, notices, clock }: SubscribeDeps,
  requests: readonly SubscriptionRequest[],
  origin: Origin,
  max = NOTICES_PER_DAY,
): Promise<number> {
  if (requests.length === 0) return 0;
  const now = clock.now();
  const asked = await subscribers.requestAll(requests, now);
  const wanted = asked
    .filter(({ state }) => state !== 'suppressed')
    .map(({ id, state, round }): NewNotice => {
      const kind = state === 'pending' ? 'confirm' : 'preferences';
      return { kind, subscriberId: id, round, createdAt: now };
    });
  const limit = { max, since: now - DAY };
  const queued = new Set(await notices.enqueueAll(wanted, limit));
  // Requests beyond the limit leave no trace: they must not fill the store either.
  const confirming = wanted.filter(
    ({ kind, subscriberId }) => kind === 'confirm' && queued.has(subscriberId),
  );
  await subscribers.addConsents(
    confirming.map(({ subscriberId }) => subscriberId),
    { at: now, event: 'requested', wording: WORDING, ...origin },
  );
  return confirming.length;
}
