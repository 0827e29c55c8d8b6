import type { Preferences } from './preferences.js';

/**
 * `pending`: requested, not confirmed. `active`: gets digests. `paused`: gets none until they
 * resume. `unsubscribed`: left. `suppressed`: must not be mailed, for the reason in its suppression.
 */
export const STATES = ['pending', 'active', 'paused', 'unsubscribed', 'suppressed'] as const;
export type SubscriberState = (typeof STATES)[number];

export interface Subscriber extends Preferences {
  id: number;
  /** The address that mail goes to. */
  email: string;
  state: SubscriberState;
  /**
   * Counts the subscriptions of this address. A confirmation link names its round, so that an old
   * link can't subscribe somebody who has left since.
   */
  round: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Since when they have been active without a break; `null` while they are not. */
  activeSince: number | null;
  /** How often their links were renewed: those of before are no good. */
  links: number;
}

/** A record of consent: when and how somebody agreed or left, and to which words they agreed. */
export interface Consent {
  at: number;
  event: ConsentEvent;
  /** The channel: `form`, `api`, `link`, `one-click`, `mail`, `command`, or `import` and the file. */
  via: string;
  /** The client's IP address, if there was a client. */
  ip: string | null;
  /** The sentence that was agreed to, if there was one. */
  wording: string | null;
  /** All that the form and the mail, or the page to confirm on, said; where it is known. */
  shown?: string;
}

export type ConsentEvent =
  | 'requested'
  | 'confirmed'
  | 'imported'
  | 'paused'
  | 'resumed'
  | 'unsubscribed'
  | 'suppressed'
  | 'unsuppressed';

/** The origin of a request, for the consent record. */
export type Origin = Pick<Consent, 'via' | 'ip' | 'shown'>;
