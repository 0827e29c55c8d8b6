/**
 * How long things hold and wait, in milliseconds. Handed in from the outermost call of the
 * program, so that tests of leases, drains and hangs need not take as long as those do.
 */
export interface Timing {
  /** How long a claim of mails, or of what only one process is to do, holds without being renewed. */
  readonly lease: number;
  readonly renewEvery: number;
  /** How long mails under way may take once sending is to stop. */
  readonly drainLimit: number;
  /** How long clients of the pages may take once the program is to stop. */
  readonly closeLimit: number;
  /** How long a store on SQLite is waited for that another program locks. */
  readonly lockLimit: number;
  /**
   * How long ends of mails that the store refuses are written again, beside the time for which a
   * store waits by itself: until the lease is about to be over, and the mail another's.
   */
  readonly commitLimit: number;
  /** Until the first retry of a mail that was put off. */
  readonly firstRetry: number;
  /** Until what has failed as a whole starts again, the first time. */
  readonly firstRestart: number;
  /** Until a source is asked again that has failed, the first time. */
  readonly sourceBackoff: number;
  /** The same for arXiv, which is slow to recover. */
  readonly arxivBackoff: number;
  /** Between two requests to arXiv, as it wants it. */
  readonly arxivInterval: number;
}

export const TIMING: Timing = {
  // Short, so that another goes on soon after a process that died.
  lease: 30_000,
  renewEvery: 10_000,
  drainLimit: 20_000,
  closeLimit: 3_000,
  lockLimit: 10_000,
  commitLimit: 20_000,
  firstRetry: 10_000,
  firstRestart: 1_000,
  sourceBackoff: 1_000,
  arxivBackoff: 5_000,
  arxivInterval: 3_000,
};
