import type { Preferences } from './preferences.js';

/**
 * `pending`: asked for, not confirmed. `active`: gets digests. `paused`: gets none until they
 * resume. `unsubscribed`: left. `suppressed`: must not be mailed, by a bounce or a complaint.
 */
export const STATES = ['pending', 'active', 'paused', 'unsubscribed', 'suppressed'] as const;
export type SubscriberState = (typeof STATES)[number];

export interface Subscriber extends Preferences {
  id: number;
  /** The address as mail is sent to it. */
  email: string;
  state: SubscriberState;
  /**
   * Counts this address's subscriptions. A confirmation names the one it is for, so that an old
   * link can't bring somebody back who has left since.
   */
  round: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Since when they get digests without a break, `null` while they don't. */
  activeSince: number | null;
}

/** When, from where and to which words somebody agreed or said no. */
export interface Consent {
  at: number;
  event: ConsentEvent;
  /** Where it came from: `form`, `api`, `link`, `one-click`, `command`, `import`. */
  via: string;
  /** The client's IP address, where there was one. */
  ip: string | null;
  /** The words that were agreed to, as they stood on the page or in the mail. */
  wording: string | null;
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

/** Where a request came from, for the consent record. */
export type Origin = Pick<Consent, 'via' | 'ip'>;
