import type { NoticeLimitName } from '../subscribers/notice-limits.js';
import type { NoticeCause } from '../subscribers/subscribe.js';
import type { ReportCount } from './inbound/report-store.js';
import type { Hold } from './sending/holds.js';
import type { Throttle } from './throttle/throttle.js';

/** The states of mails that are not finished. */
export const OPEN_STATES = ['planned', 'claimed', 'sending', 'deferred', 'uncertain'] as const;
export type OpenState = (typeof OPEN_STATES)[number];

/** Unfinished mails of one outbox. */
export interface Backlog {
  /** All of them, also those that are planned for later. */
  open: Record<OpenState, number>;
  /** Those that are due or under way. */
  due: Record<OpenState, number>;
}

/** The state of the store that all processes share, for metrics and `/readyz`. */
export interface StoreStatus {
  deliveries: Backlog;
  notices: Backlog;
  /** Notices that are due and not begun, by who has caused them. */
  waitingNotices: Record<NoticeCause, number>;
  /** Milliseconds since the oldest of them was due; 0 for none. */
  oldestNotice: number;
  /** How many notices each limit has withheld, ever. */
  withheldNotices: Record<NoticeLimitName, number>;
  /** Deliveries that wait for their domains. */
  setAside: number;
  /** Milliseconds since the oldest unfinished delivery was due; 0 for none. */
  oldestDue: number;
  throttles: Throttle[];
  holds: Hold[];
  /** Suggested papers without a decision. */
  suggestions: number;
  /** What came back within the last day. */
  reports: ReportCount[];
}

export interface StatusStore {
  /** Counts by indexes alone: takes about 50 ms for a million open deliveries. */
  status(): Promise<StoreStatus>;
}
