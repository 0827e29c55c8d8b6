import type { Clock } from '../base/clock.js';
import { parseAddress } from './address.js';
import { type RawPreferences, readPreferences } from './preferences.js';
import type { SubscriberStore } from './store.js';
import type { Origin } from './subscriber.js';

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
  enqueue(
    notice: { kind: NoticeKind; subscriberId: number; round: number; createdAt: number },
    limit: { max: number; since: number },
  ): Promise<boolean>;
}

/** Somebody who types a stranger's address must not be able to flood it. */
const NOTICES_PER_DAY = 3;
const DAY = 24 * 3_600_000;

export interface SubscribeDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
}

/**
 * Takes a request to subscribe and lets a notice follow: a confirmation to somebody new, the
 * preferences link to a subscriber, nothing to a suppressed address. What it returns is the same
 * in all these cases, so that nobody learns who subscribes.
 * @throws PaperboyError `bad_address`, `bad_preferences`
 */
export async function requestSubscription(
  { subscribers, notices, clock }: SubscribeDeps,
  request: { email: string } & RawPreferences,
  origin: Origin,
): Promise<{ email: string }> {
  const email = parseAddress(request.email);
  const preferences = readPreferences(request);
  const now = clock.now();
  if (await subscribers.suppressionOf(email)) return { email };

  const { id, state, round } = await subscribers.request(email, preferences, now);
  if (state === 'suppressed') return { email };
  const kind: NoticeKind = state === 'pending' ? 'confirm' : 'preferences';
  const queued = await notices.enqueue(
    { kind, subscriberId: id, round, createdAt: now },
    { max: NOTICES_PER_DAY, since: now - DAY },
  );
  // Requests beyond the limit leave no trace: they must not fill the store either.
  if (queued && kind === 'confirm') {
    await subscribers.addConsent(id, { at: now, event: 'requested', wording: WORDING, ...origin });
  }
  return { email };
}
