import type { Preferences } from './preferences.js';
import type { Consent, Subscriber, SubscriberState } from './subscriber.js';
import type { Suppression, SuppressionEvent, SuppressionReason } from './suppression.js';

export type { Suppression } from './suppression.js';

/** An address that somebody asked to be subscribed, and what is wanted for it. */
export interface SubscriptionRequest {
  email: string;
  preferences: Partial<Preferences>;
}

/** A mail to a subscriber that came to its end, digest or notice. */
export interface EndedMail {
  at: number;
  state: 'accepted' | 'refused';
  /** The server's last reply. */
  reply: string | null;
}

export interface SubscriberStore {
  /**
   * Notes that somebody asked to subscribe `email`: a new address and one that had left become
   * `pending` (leaving and coming back counts the round up); any other state stays as it is, and
   * only a pending one takes `preferences`, since nobody has proved to own the address yet.
   */
  request(email: string, preferences: Partial<Preferences>, now: number): Promise<Subscriber>;
  /** The same for many, no address twice. */
  requestAll(requests: readonly SubscriptionRequest[], now: number): Promise<Subscriber[]>;
  /**
   * Takes an address whose owner has agreed elsewhere: new and pending ones become `active`.
   * @returns `null` when the address is known in any other state; then nothing was changed.
   */
  importActive(
    email: string,
    preferences: Partial<Preferences>,
    now: number,
  ): Promise<Subscriber | null>;
  /** The same for many, no address twice; gives those that became active. */
  importAllActive(requests: readonly SubscriptionRequest[], now: number): Promise<Subscriber[]>;
  find(id: number): Promise<Subscriber | null>;
  findByEmail(email: string): Promise<Subscriber | null>;
  /** Those of these addresses that are known. */
  findAllByEmail(emails: readonly string[]): Promise<Subscriber[]>;
  /** `pending` of this round → `active`; `null` when it is not pending in that round (any more). */
  confirm(id: number, round: number, now: number): Promise<Subscriber | null>;
  /** `pending`, `active`, `paused` → `unsubscribed`; `false` when there was nothing to change. */
  leave(id: number): Promise<boolean>;
  /** `active` → `paused`. */
  pause(id: number): Promise<boolean>;
  /** `paused` → `active`. */
  resume(id: number, now: number): Promise<boolean>;
  savePreferences(id: number, preferences: Partial<Preferences>): Promise<void>;
  /**
   * Suppresses the address whether or not it is a subscriber's. The first reason stays, unless it
   * is one of `over`.
   * @returns whether this suppression was written.
   */
  suppress(suppression: Suppression, over?: readonly SuppressionReason[]): Promise<boolean>;
  /**
   * Takes back this very suppression, and notes why.
   * @returns `false` when it was taken back, or replaced, before: then nothing was changed.
   */
  unsuppress(suppression: Suppression, event: SuppressionEvent): Promise<boolean>;
  /**
   * `suppressed` → `state` in a new round, for an address that is suppressed no more; `null` when
   * it is nobody's, or in another state.
   */
  readmit(
    email: string,
    state: 'pending' | 'active' | 'unsubscribed',
    now: number,
  ): Promise<Subscriber | null>;
  /** What became of the address, in order. */
  suppressionEvents(email: string): Promise<SuppressionEvent[]>;
  /** The last mails to a subscriber that were accepted or refused, newest first. */
  endedMails(subscriberId: number, limit: number): Promise<EndedMail[]>;
  findSuppression(email: string): Promise<Suppression | null>;
  /** Those of these addresses that must not be mailed. */
  findSuppressions(emails: readonly string[]): Promise<Suppression[]>;
  /** Forgets the subscriber: address, preferences, consents, deliveries. A suppression stays. */
  erase(id: number): Promise<boolean>;
  addConsent(subscriberId: number, consent: Consent): Promise<void>;
  /** The same consent for each of them. */
  addConsents(subscriberIds: readonly number[], consent: Consent): Promise<void>;
  consents(subscriberId: number): Promise<Consent[]>;
  /** Subscribers with an id above `after`, in the order of their ids. */
  list(page: { after: number; limit: number; state?: SubscriberState }): Promise<Subscriber[]>;
  /** How many there are in each state. */
  counts(): Promise<Record<SubscriberState, number>>;
}
