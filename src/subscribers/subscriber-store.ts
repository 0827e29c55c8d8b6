import type { Preferences } from './preferences.js';
import type { Consent, Subscriber, SubscriberState } from './subscriber.js';
import type {
  BounceKind,
  LiftedSuppression,
  Suppression,
  SuppressionEvent,
  SuppressionReason,
} from './suppression.js';

export type { Suppression } from './suppression.js';

/** A request to subscribe an address. */
export interface SubscriptionRequest {
  email: string;
  preferences: Partial<Preferences>;
}

/** A digest or notice to a subscriber that was accepted, refused, or accepted and then bounced. */
export interface EndedMail {
  /** When the server replied, also of one that bounced later. */
  at: number;
  state: 'accepted' | 'refused' | 'bounced';
  /** The server's last reply. */
  reply: string | null;
  /** Of a bounced mail: the gravest that was reported of it; `null` if nothing is known any more. */
  bounce: BounceKind | null;
}

export interface SubscriberStore {
  /**
   * Records a request to subscribe `email`. A new address and one that had left become `pending`;
   * coming back increases the round. Any other state stays. Only a pending subscriber takes
   * `preferences`, since nobody has proved yet to own the address.
   */
  request(email: string, preferences: Partial<Preferences>, now: number): Promise<Subscriber>;
  /** The same for many, each address at most once. */
  requestAll(requests: readonly SubscriptionRequest[], now: number): Promise<Subscriber[]>;
  /**
   * Imports an address whose owner has agreed elsewhere: new and pending ones become `active`.
   * @returns `null` if the address is in any other state; then nothing was changed
   */
  importActive(
    email: string,
    preferences: Partial<Preferences>,
    now: number,
  ): Promise<Subscriber | null>;
  /** The same for many, each address at most once. Returns those that became active. */
  importAllActive(requests: readonly SubscriptionRequest[], now: number): Promise<Subscriber[]>;
  find(id: number): Promise<Subscriber | null>;
  findByEmail(email: string): Promise<Subscriber | null>;
  /** The subscribers with these addresses. */
  findAllByEmail(emails: readonly string[]): Promise<Subscriber[]>;
  /** `pending` in this round → `active`; `null` if it is not pending in this round any more. */
  confirm(id: number, round: number, now: number): Promise<Subscriber | null>;
  /** `pending`, `active`, `paused` → `unsubscribed`; `false` if nothing changed. */
  leave(id: number): Promise<boolean>;
  /** `active` → `paused`. */
  pause(id: number): Promise<boolean>;
  /** `paused` → `active`. */
  resume(id: number, now: number): Promise<boolean>;
  /**
   * What was chosen with the request for a confirmation; `null` if nothing was.
   * @param noticeId the confirmation; the first of that round when left out
   */
  requestedPreferences(
    id: number,
    round: number,
    noticeId?: number,
  ): Promise<Partial<Preferences> | null>;
  /** Forgets what was chosen with any request. */
  forgetRequested(id: number): Promise<void>;
  savePreferences(id: number, preferences: Partial<Preferences>): Promise<void>;
  /**
   * Suppresses the address, whether or not a subscriber has it. An existing suppression stays, unless
   * its reason is one of `over`.
   * @returns whether this suppression was written
   */
  suppress(suppression: Suppression, over?: readonly SuppressionReason[]): Promise<boolean>;
  /**
   * Lifts exactly this suppression and records the event.
   * @returns `false` if it was lifted or replaced before; then nothing was changed
   */
  unsuppress(suppression: Suppression, event: SuppressionEvent): Promise<boolean>;
  /**
   * `suppressed` → `state` in a new round, for an address whose suppression was lifted; `null` if no
   * subscriber has it or the state is another.
   */
  readmit(
    email: string,
    state: 'pending' | 'active' | 'unsubscribed',
    now: number,
  ): Promise<Subscriber | null>;
  /**
   * Lifts all suppressions of a mailbox that have one of these reasons, whatever spelling of its
   * address each has.
   * @returns all that were lifted
   */
  unsuppressMailbox(
    email: string,
    reasons: readonly SuppressionReason[],
    event: SuppressionEvent,
  ): Promise<LiftedSuppression[]>;
  /** The suppression events of an address, oldest first. */
  suppressionEvents(email: string): Promise<SuppressionEvent[]>;
  /** The last mails to a subscriber that were accepted, refused or bounced, newest first. */
  endedMails(subscriberId: number, limit: number): Promise<EndedMail[]>;
  findSuppression(email: string): Promise<Suppression | null>;
  /** The suppressions of these addresses. */
  findSuppressions(emails: readonly string[]): Promise<Suppression[]>;
  /**
   * Those of these addresses, as keys, whose mailbox has a suppression for one of these reasons,
   * whatever spelling of its address that has.
   */
  findRefusing(emails: readonly string[], reasons: readonly SuppressionReason[]): Promise<string[]>;
  /**
   * Erases address, preferences, consents and deliveries, in the files of the store as well. A
   * suppression stays as a hash; so does the address, if its owner has left or is to be kept out.
   */
  erase(id: number, options?: { keepOut?: boolean }): Promise<boolean>;
  /** Those of these addresses, as keys, of which nothing is known but that they have left. */
  findLeft(emails: readonly string[]): Promise<string[]>;
  /** Makes all links of one reader worthless, but those that are made from now on. */
  renewLinks(id: number): Promise<Subscriber | null>;
  addConsent(subscriberId: number, consent: Consent): Promise<void>;
  /** Adds the same consent for many. */
  addConsents(subscriberIds: readonly number[], consent: Consent): Promise<void>;
  consents(subscriberId: number): Promise<Consent[]>;
  /** Subscribers with an id above `after`, by id. */
  list(page: { after: number; limit: number; state?: SubscriberState }): Promise<Subscriber[]>;
  /** How many there are in each state. */
  counts(): Promise<Record<SubscriberState, number>>;
}
