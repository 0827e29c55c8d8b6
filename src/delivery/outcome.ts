/** How an attempt ended. */
export type Outcome =
  | { kind: 'accepted'; reply: string }
  /** 4yz: try again later. */
  | { kind: 'deferred'; reply: string }
  /** 5yz: never again; `suppress` when the reply says that the mailbox does not exist. */
  | { kind: 'refused'; reply: string; suppress: boolean }
  /** The whole message went out and no reply came back: only the server knows. */
  | { kind: 'uncertain'; reply: string }
  /**
   * Certainly not accepted, and no verdict on the mail: the attempt does not count. `lost`: the
   * connection ended without an answer, which may be the mail's doing; else the server refused the
   * sender or the connection.
   */
  | { kind: 'unsent'; reply: string; lost: boolean };

/** What is known of a failed attempt. */
export interface AttemptFailure {
  message: string;
  /** The command that failed, in Nodemailer's words: `MAIL FROM`, `RCPT TO`, `DATA`, `CONN`, … */
  command: string | undefined;
  /** The server's whole reply, where there was one. */
  response: string | undefined;
  responseCode: number | undefined;
  /** Whether the message had been read to its end, so that the final dot may have gone out. */
  wholeMessageSent: boolean;
}

/** RFC 3463 codes by which a RCPT reply says that there is no such mailbox, now or ever. */
const NO_SUCH_MAILBOX = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10']);

/** Sorts a failed attempt into the one thing that follows from it (ledger rules 4 and 6). */
export function outcomeOf(failure: AttemptFailure): Outcome {
  const { command, responseCode, wholeMessageSent } = failure;
  const reply = oneLine(failure.response ?? failure.message);
  if (responseCode === undefined) {
    if (wholeMessageSent) return { kind: 'uncertain', reply };
    // Our own client would not send it: trying again can't help.
    if (command === 'API') return { kind: 'refused', reply, suppress: false };
    return { kind: 'unsent', reply, lost: true };
  }
  if (command === 'MAIL FROM' && !wholeMessageSent) return { kind: 'unsent', reply, lost: false };
  // Nodemailer tells a 421 that ends the connection (RFC 5321 §3.8) without the command it answered.
  if (responseCode < 500) return { kind: 'deferred', reply };
  const answered = command === 'RCPT TO' || command === 'DATA' || wholeMessageSent;
  if (!answered) return { kind: 'unsent', reply, lost: false };
  const suppress = command === 'RCPT TO' && NO_SUCH_MAILBOX.has(enhancedCode(reply) ?? '');
  return { kind: 'refused', reply, suppress };
}

/** The enhanced status code (RFC 2034) at the head of a reply's text. */
export function enhancedCode(reply: string): string | undefined {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/.exec(reply)?.[1];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 500);
}
