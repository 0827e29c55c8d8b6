export type OperatorMailState = 'planned' | 'sending' | 'accepted' | 'refused' | 'expired';

/** A mail to the operator. */
export interface OperatorMail {
  recipient: string;
  subject: string;
  text: string;
}

/** One that a process has claimed. Times are milliseconds since the epoch. */
export interface ClaimedOperatorMail extends OperatorMail {
  id: number;
  /** The time in its Date field, the same for each attempt. */
  createdAt: number;
  /** Earlier attempts. */
  attempts: number;
}

/** How an attempt ended. */
export type OperatorMailEnd =
  | { state: 'accepted' | 'refused'; reply: string }
  /** It is tried again in so many milliseconds, unless it is too old by then. */
  | { state: 'planned'; reply: string; retryIn: number };

/**
 * The mails to the operator. They are apart from those to readers: no hold, cap or pause keeps them
 * waiting. Every change of state is one conditional write. One whose sender died is sent again.
 */
export interface OperatorOutbox {
  /** @param expiresAfter milliseconds after which they are given up */
  add(mails: readonly OperatorMail[], expiresAfter: number): Promise<void>;
  /** Hands up to `limit` due mails to `worker` for so many milliseconds. */
  claim(worker: string, limit: number, lease: number): Promise<ClaimedOperatorMail[]>;
  end(id: number, worker: string, end: OperatorMailEnd): Promise<void>;
  /** Deletes what ended so many milliseconds ago. */
  forget(ms: number): Promise<void>;
}
