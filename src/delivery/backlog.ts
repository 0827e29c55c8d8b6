import type { Hold } from './holds.js';
import type { Throttle } from './throttle/throttle.js';

/** The states of mails that have not come to their end. */
export const OPEN_STATES = ['planned', 'claimed', 'sending', 'deferred', 'uncertain'] as const;
export type OpenState = (typeof OPEN_STATES)[number];

/** Mails of one outbox that have not come to their end. */
export interface Backlog {
  /** All of them, also those that are planned for later. */
  open: Record<OpenState, number>;
  /** Those that could go now, or are under way. */
  due: Record<OpenState, number>;
}

/** What waits in the store, whoever is to send it. */
export interface StoreStatus {
  deliveries: Backlog;
  notices: Backlog;
  /** Deliveries that wait for their domains. */
  setAside: number;
  /** Milliseconds since the oldest delivery was due that has not come to its end, 0 for none. */
  oldestDue: number;
  throttles: Throttle[];
  holds: Hold[];
  /** Suggested papers that nobody has decided on. */
  suggestions: number;
}

export interface StatusStore {
  /** Counts by indexes alone: some hundredths of a second for a million open deliveries. */
  status(): Promise<StoreStatus>;
}
