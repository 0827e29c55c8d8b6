import type { Day } from '../base/day.js';
import type { ClaimedMail, ClaimedNotice } from './delivery.js';
import type { Trouble } from './gate.js';
import type { Outcome } from './outcome.js';

export const MAIL_KINDS = ['digest', 'confirm', 'preferences'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export const OUTCOMES = ['accepted', 'deferred', 'refused', 'uncertain', 'unsent'] as const;

/** What holds mails back. */
export const HOLDS = ['rate', 'cap', 'domain', 'slowed'] as const;
export type Hold = (typeof HOLDS)[number];

/** A slowed domain as operators see it. */
export interface SlowedStatus {
  domain: string;
  /** Mails a second. */
  rate: number;
  /** Milliseconds since the epoch until which it gets none, `null` when it gets some. */
  pausedUntil: number | null;
}

export interface PaceStatus {
  slowed: SlowedStatus[];
  /** The daily cap that has been used up, else `null`. */
  capReached: { day: Day; cap: number } | null;
  /** How often each limit has kept mails waiting. */
  holds: Record<Hold, number>;
}

/** How a sender is, as plain data that can go from thread to thread. */
export interface SenderStatus {
  connections: number;
  /** Why sending waits, with a code for programs; `null` while it does not. */
  gate: Trouble | null;
  /** Ends of attempts since the sender was made. */
  mails: Record<MailKind, Record<Outcome['kind'], number>>;
  pace: PaceStatus;
}

/** Counts how attempts end. */
export class OutcomeCounts {
  readonly counts: SenderStatus['mails'] = {
    digest: zeros(OUTCOMES),
    confirm: zeros(OUTCOMES),
    preferences: zeros(OUTCOMES),
  };

  add(mail: ClaimedMail | ClaimedNotice, outcome: Outcome): void {
    this.counts['kind' in mail ? mail.kind : 'digest'][outcome.kind]++;
  }
}

export function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
