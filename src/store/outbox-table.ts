import { type RawBuilder, sql } from 'kysely';
import type { LedgerDatabase } from './database.js';

/** What tells one outbox from another. */
export interface OutboxTable {
  name: 'deliveries' | 'notices';
  /** Whether the subscriber `s` may get the mail `m`. */
  eligible: RawBuilder<boolean>;
  /** Which mails of the table are meant; all of them when left out. */
  scope?: RawBuilder<boolean>;
  /** Where held time does not count; asked for each statement, since it has the time in it. */
  heldTime?: (database: LedgerDatabase) => HeldTime;
  /** Until when a mail `m` that begins now may be tried; as it was when left out. */
  begunUntil?: (database: LedgerDatabase) => RawBuilder<number>;
  /** Of a table where not all mails have an index by expiry, in two parts. */
  expiry?: {
    /** Mails `m` that have one. */
    indexed: RawBuilder<boolean>;
    /** Mails `m` of which the others expire in the order in which they are claimed. */
    inOrder: RawBuilder<boolean>;
  };
}

/** What follows for a mail `m` from the time for which it was held (rule 6). */
export interface HeldTime {
  /** Until when it may still go, though it is too late by now. */
  extended: RawBuilder<number>;
  /** Whether it has got time back. */
  wasHeld: RawBuilder<boolean>;
  /** Whether it has been overtaken by a newer one for the same reader. */
  superseded: RawBuilder<boolean>;
}

const NEVER = sql<boolean>`1 = 0`;
const NOT_HELD: HeldTime = {
  extended: sql<number>`m.expires_at`,
  wasHeld: NEVER,
  superseded: NEVER,
};

export function heldTime(database: LedgerDatabase, outboxTable: OutboxTable): HeldTime {
  return outboxTable.heldTime?.(database) ?? NOT_HELD;
}
