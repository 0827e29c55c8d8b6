import type { Day } from '../../base/day.js';
import type { ClaimedMail, ClaimedNotice } from '../delivery.js';
import type { Outcome } from '../outcome.js';
import type { Trouble } from './circuit-breaker.js';
import type { Hold, HoldCode } from './holds.js';

export const MAIL_KINDS = ['digest', 'confirm', 'preferences'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export const OUTCOMES = ['accepted', 'deferred', 'refused', 'uncertain', 'held', 'unsent'] as const;

/** What keeps mails waiting for their slots. */
export const LIMITERS = ['rate', 'cap', 'domain', 'throttled'] as const;
export type Limiter = (typeof LIMITERS)[number];

/** A throttled domain or route, the latter behind a `*`, as operators see it. */
export interface ThrottledScope {
  domain: string;
  /** Mails a second. */
  rate: number;
  /** Milliseconds since the epoch until which it gets none, `null` when it gets some. */
  pausedUntil: number | null;
}

export interface ThrottleStatus {
  throttled: ThrottledScope[];
  /** The daily cap that has been used up, else `null`. */
  capReached: { day: Day; cap: number } | null;
  /** How often each limit has kept mails waiting. */
  waits: Record<Limiter, number>;
}

/** How a sender is, as plain data that can go from thread to thread. */
export interface SenderStatus {
  connections: number;
  /** Mails that it holds and has not begun. */
  waiting: number;
  /** Why sending waits, with a code for programs; `null` while it does not. */
  trouble: Trouble | null;
  /** What has to be mended before sending goes on, `null` where nothing is held. */
  held: HeldStatus | null;
  relays: RelayStatus[];
  /** Ends of attempts since the sender was made. */
  mails: Record<MailKind, Record<Outcome['kind'], number>>;
  throttling: ThrottleStatus;
}

/** A hold as operators see it; times are milliseconds since the epoch. */
export interface HeldStatus {
  /** One sentence. */
  reason: string;
  route: string;
  /** '' for all domains. */
  domain: string;
  /** The server's own words. */
  reply: string;
  since: number;
  /** When the next probe may be sent. */
  next: number;
}

/** A route as operators see it. */
export interface RelayStatus {
  name: string;
  /** Connections that are open, and that its server allows as far as is known. */
  connections: number;
  allowed: number;
  mailsPerConnection: number;
  trouble: Trouble | null;
  held: HeldStatus | null;
  /** Whether its mails of the day are used up. */
  capped: boolean;
}

const SENTENCES: Readonly<Record<HoldCode, string>> = {
  login: 'refuses the login',
  relaying: 'does not relay for us',
  sender: 'refuses the sender address',
  helo: 'refuses the name by which we greet it',
  quota: 'says that our quota is used up',
  sandbox: 'sends to verified addresses only',
  reputation: 'blocks us for our reputation',
  authentication: 'finds the mail not authenticated (SPF, DKIM or DMARC)',
  policy: 'refuses the mail by its policy',
  size: 'finds the mail too large',
  tls: 'wants another kind of encryption',
  'same-refusal': 'gives one reader after the other the same refusal',
};

/** What is wrong, in one sentence. */
export function formatHold({
  route,
  domain,
  code,
}: Pick<Hold, 'route' | 'domain' | 'code'>): string {
  const where = domain === '' ? '' : ` for ${domain}`;
  return `Sending is held${where}: the server of the route ${route} ${SENTENCES[code]}.`;
}

/** A hold as programs are told of it. */
export interface HeldJson {
  reason: string;
  since: string;
  reply: string;
  next: string;
}

/** Of readers nothing is told to strangers. */
const ADDRESS = /[^\s<>()"',;:]+@[^\s<>()"',;:]+/g;

export function toHeldJson(held: HeldStatus | null): HeldJson | null {
  if (held === null) return null;
  const { reason, since, next } = held;
  const reply = held.reply.replace(ADDRESS, '…');
  return {
    reason,
    since: new Date(since).toISOString(),
    reply,
    next: new Date(next).toISOString(),
  };
}

/** Why sending waits in one sentence, `null` while it does not. */
export function findTrouble({
  held,
  trouble,
}: Pick<SenderStatus, 'held' | 'trouble'>): string | null {
  return held === null ? (trouble?.reason ?? null) : `${held.reason} It said: ${held.reply}`;
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
