/**
 * How a connection ends: `gently` lets the client read all that was said, `fin` closes the socket
 * once that is written, `rst` takes away what the client has not read yet.
 */
export type Closing = 'gently' | 'fin' | 'rst';

/** What a server does instead of the usual, as plain data, since it lives in another process. */
export type Oddity =
  | { kind: 'none' }
  /** Closes right behind the 250 of every so many mails. */
  | { kind: 'close'; every: number; how: 'fin' | 'rst' }
  /** Allows so many connections at once; the others hear it at the greeting, at the dot, or not at all. */
  | { kind: 'connections'; allowed: number; how: 'greeting' | 'close' | 'dot' }
  /** Takes so many mails a connection. */
  | { kind: 'session'; mails: number; how: SessionEnd }
  /** Ends every connection after so many milliseconds, except inside DATA. */
  | { kind: 'lifetime'; ms: number; how: 'reply' | 'fin' }
  /** Puts the first tries of each recipient off until so long after the first of them. */
  | { kind: 'greylist'; ms: number; reply: string }
  /** Lets so many mails pass in any second; to one domain only, if one is named. */
  | {
      kind: 'rate';
      perSecond: number;
      at: 'rcpt' | 'dot';
      counts: RateCount;
      reply: string;
      domain?: string;
    }
  /** Refuses every recipient until it is mended: when told to, or after so many milliseconds. */
  | { kind: 'refuse'; reply: string; ms?: number }
  /** Knows no login. */
  | { kind: 'login' };

/** At MAIL, at RCPT, unasked behind the last 250, at every RCPT without closing, or by a bare FIN. */
export type SessionEnd = 'mail' | 'rcpt' | 'unasked' | 'recipients' | 'busy';

/** Whether a mail that is turned away counts towards the rate as well, or only what passes. */
export type RateCount = 'all' | 'passed';

export interface OddServerOptions {
  oddity: Oddity;
  seed: number;
  /** Whether it wants STARTTLS before it takes mail. */
  tls: boolean;
  /** Milliseconds that each mail takes at the dot, give or take a half. */
  think: number;
}

/** A message that was read to its final dot. */
export interface Upload {
  to: string;
  messageId: string;
  /** SHA-256 of the message's octets. */
  sha256: string;
  /** Milliseconds since the epoch, when it was answered. */
  at: number;
  outcome: 'accepted' | 'put off' | 'refused';
  /** Whether the reply may never have been read. */
  replyLost: boolean;
}

/** All that a server saw of its clients. */
export interface Seen {
  uploads: Upload[];
  /** How often it was odd. */
  strikes: number;
  connections: number;
  /** AUTH commands. */
  logins: number;
  /** Recipients that were refused with 5yz, at RCPT or at the dot. */
  refused: string[];
  /** When a client first connected, in milliseconds since the epoch; `null`: none did. */
  firstAt: number | null;
}
