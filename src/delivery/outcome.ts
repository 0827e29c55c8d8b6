import { readMeaning } from '../mail/replies/meaning.js';
import { parseReply } from '../mail/replies/reply.js';
import type { RefusalKind } from '../subscribers/suppression.js';

export type { RefusalKind };

/** How an attempt ended. */
export type Outcome =
  | { kind: 'accepted'; reply: string }
  /** The reader's server put it off: tried again later, and the attempt counts. */
  | { kind: 'deferred'; reply: string }
  /** The reader's server said no. */
  | { kind: 'refused'; reply: string; of: RefusalKind }
  /**
   * The whole message went out and no reply came back: only the server knows. `cut`: we stopped
   * waiting, so no reply was lost on the wire.
   */
  | { kind: 'uncertain'; reply: string; cut: boolean }
  /** The server speaks of us: the attempt does not count, and sending pauses. */
  | { kind: 'held'; reply: string }
  /**
   * Certainly not accepted, and no verdict on the mail: the attempt does not count. `lost`: it is
   * counted how often, since it may be the mail's doing after all.
   */
  | { kind: 'unsent'; reply: string; lost: boolean };

/** Reads the reply of an earlier refusal; what does not speak of the mailbox is `refused`. */
export function readRefusal(text: string): RefusalKind {
  const meaning = readMeaning(parseReply(text, 'rcpt'));
  if (meaning.of !== 'reader') return 'refused';
  const { kind } = meaning;
  return kind === 'later' || kind === 'greylisted' ? 'refused' : kind;
}
