import type { RefusalKind } from '../subscribers/suppression.js';

export type { RefusalKind };

/** The outcome of an attempt. */
export type Outcome =
  | { kind: 'accepted'; reply: string }
  /** Deferred for this reader: tried again later, and the attempt counts. */
  | { kind: 'deferred'; reply: string }
  /** Refused for this reader. */
  | { kind: 'refused'; reply: string; of: RefusalKind }
  /**
   * The whole message went out and no reply came back, so only the server knows. `cut`: the sender
   * stopped waiting, so no reply was lost on the wire.
   */
  | { kind: 'uncertain'; reply: string; cut: boolean }
  /** The reply is about us: the attempt does not count, and sending is held. */
  | { kind: 'held'; reply: string }
  /**
   * Certainly not accepted, and not judged: the attempt does not count. `lost`: counted as a lost
   * connection, since the mail may be the cause after all.
   */
  | { kind: 'unsent'; reply: string; lost: boolean };
