/**
 * What became of the store's files after something was erased. `rewritten`: nothing of it is left.
 * `settled`: the store is so large that it was only overwritten. `later`: somebody reads them.
 */
export type FilesCleaned = 'rewritten' | 'settled' | 'later';

/** How long things are kept, in days. */
export interface KeepDays {
  /** Subscribers who never confirmed, after their link ended. */
  readonly pending: number;
  /** Of those who have left or are suppressed, all but a hash of the address. */
  readonly left: number;
  /** IP addresses in consents. */
  readonly ips: number;
  /** Notices, deliveries, and what came back of them. */
  readonly deliveries: number;
}

/** How far all of some states have been looked through: the next call goes on there. */
export interface Walk {
  /** The first one when left out. */
  state?: 'pending' | 'unsubscribed' | 'suppressed' | undefined;
  after: number;
  isOver: boolean;
}

/**
 * Forgets what is old, a bounded number at once. Each returns how many it was, 0 when there is
 * nothing left. Any number of processes may call them at the same time.
 */
export interface Retention {
  /**
   * Pending subscribers whose last request and last confirmation mail are older than `before`. There
   * may be more until the walk is over.
   */
  forgetPending(before: number, limit: number, walk?: Walk): Promise<number>;
  /** In the same way unsubscribed and suppressed ones about whom nothing was noted since `before`. */
  forgetLeft(before: number, limit: number, walk?: Walk): Promise<number>;
  /** Addresses of older suppressions that no subscriber has; and events of lifted ones. */
  forgetSuppressed(before: number, limit: number): Promise<number>;
  forgetIps(before: number, limit: number): Promise<number>;
  forgetNotices(before: number, limit: number): Promise<number>;
  /** Deliveries that ended before, and selections that no delivery names any more. */
  forgetDeliveries(before: number, limit: number): Promise<number>;
  /** What came back before that. */
  forgetReports(before: number, limit: number): Promise<number>;
  /** Overwrites what files may hold of what was erased; `null` if nothing was. */
  cleanFiles(): Promise<FilesCleaned | null>;
}
