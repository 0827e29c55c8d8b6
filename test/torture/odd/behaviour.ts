import type { Closing } from './oddity.js';

/** What the server says at a point, and how it ends the connection, if it does. */
export interface Act {
  /** Lines without the last line end; without it, nothing is said. */
  say?: string;
  close?: Closing;
}

/** A connection, as far as an odd server has to know it. */
export interface Visitor {
  /** Mails that were accepted over it. */
  readonly mails: number;
  /** How many of the connections that are open now were open before it. */
  readonly rank: number;
  /** Says and ends it as soon as no message is under way. */
  interrupt(act: Act): void;
}

/** Each may do something else than usual; `undefined` is the usual reply. */
export interface Behaviour {
  greeting?(visitor: Visitor): Act | undefined;
  mail?(visitor: Visitor): Act | undefined;
  rcpt?(visitor: Visitor, to: string): Act | undefined;
  /** A message begins, to somebody. */
  data?(to: string): void;
  dot?(visitor: Visitor, to: string): Act | undefined;
  /** What stands behind the 250 of an accepted mail. */
  behind?(visitor: Visitor): Act | undefined;
  /** From now on it is as other servers. */
  mend?(): void;
}
