import type { Day } from '../../base/day.js';
import type { DomainFault } from '../../mail/domain-check.js';
import { hideAddresses } from '../../mail/replies/secrets.js';
import { NOTICE_KINDS } from '../../subscribers/subscribe.js';
import type { ClaimedMail, ClaimedNotice } from '../delivery.js';
import type { Outcome } from '../outcome.js';
import type { Trouble } from './circuit-breaker.js';
import { ALL_ROUTES, type Hold, type HoldCode, type PauseCode } from './holds.js';

export const MAIL_KINDS = ['digest', ...NOTICE_KINDS] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export const OUTCOMES = ['accepted', 'deferred', 'refused', 'uncertain', 'held', 'unsent'] as const;

/** The limits that keep mails waiting. */
export const LIMITERS = ['rate', 'cap', 'domain', 'throttled'] as const;
export type Limiter = (typeof LIMITERS)[number];

/** A throttled domain or route, as operators see it. */
export interface ThrottledScope {
  /** A domain, or `*` and the name of a route. */
  domain: string;
  /** Mails a second. */
  rate: number;
  /** Until when it gets no mail, in milliseconds since the epoch; `null` if it gets some. */
  pausedUntil: number | null;
}

export interface ThrottleStatus {
  throttled: ThrottledScope[];
  /** The daily cap, if it is used up. */
  capReached: { day: Day; cap: number } | null;
  /** How often each limit has kept mails waiting. */
  waits: Record<Limiter, number>;
  /** Whether notices wait for their budget. */
  noticesWait: boolean;
}

/** The status of a sender, as plain data that can be passed between threads. */
export interface SenderStatus {
  connections: number;
  /** Claimed mails that have not begun. */
  waiting: number;
  /** Why sending waits; `null` while it does not. */
  trouble: Trouble | null;
  /** What has to be mended before sending goes on; `null` if nothing is held. */
  held: HeldStatus | null;
  relays: RelayStatus[];
  /** Ended attempts since the start of the sender. */
  mails: Record<MailKind, Record<Outcome['kind'], number>>;
  /** Notices that were not sent, since no mail can reach their domains. */
  undeliverable: Readonly<Record<DomainFault, number>>;
  throttling: ThrottleStatus;
}

/** A hold as operators see it. Times are milliseconds since the epoch. */
export interface HeldStatus {
  /** A sentence for people. */
  reason: string;
  route: string;
  /** '' for all domains. */
  domain: string;
  /** The server's reply; of a pause the figures. */
  reply: string;
  since: number;
  /** When the next probe may be sent, or when a pause may end by itself. */
  next: number;
}

/** A route as operators see it. */
export interface RelayStatus {
  name: string;
  /** Open connections, and connections that its server allows as far as is known. */
  connections: number;
  allowed: number;
  mailsPerConnection: number;
  trouble: Trouble | null;
  held: HeldStatus | null;
  /** Whether its daily cap is used up. */
  capped: boolean;
}

const SENTENCES: Readonly<Record<HoldCode | PauseCode, string>> = {
  complaints: 'too many of its readers report them as spam',
  bounces: 'too many of its mailboxes do not exist',
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

/** A hold as one sentence for people. */
export function formatHold({
  route,
  domain,
  code,
}: Pick<Hold, 'route' | 'domain' | 'code'>): string {
  if (route === ALL_ROUTES) return `Digests to ${domain} are paused: ${SENTENCES[code]}.`;
  const where = domain === '' ? '' : ` for ${domain}`;
  return `Sending is held${where}: the server of the route ${route} ${SENTENCES[code]}.`;
}

/** A hold in JSON output. */
export interface HeldJson {
  reason: string;
  since: string;
  reply: string;
  next: string;
}

/** Turns a hold into JSON, without readers' addresses. */
export function toHeldJson(held: HeldStatus | null): HeldJson | null {
  if (held === null) return null;
  const { reason, since, next } = held;
  const reply = hideAddresses(held.reply);
  return {
    reason,
    since: new Date(since).toISOString(),
    reply,
    next: new Date(next).toISOString(),
  };
}

/** A hold as operators see it. */
export function toHeldStatus(hold: Hold): HeldStatus {
  const { route, domain, reply, since, nextAt } = hold;
  return { reason: formatHold(hold), route, domain, reply, since, next: nextAt };
}

/** Why sending is held, with the server's words or the figures. */
export function formatHeld({ route, reason, reply }: HeldStatus): string {
  return `${reason} ${route === ALL_ROUTES ? '' : 'It said: '}${reply}`;
}

/** Why sending waits, in one sentence; `null` while it does not. */
export function findTrouble({
  held,
  trouble,
}: Pick<SenderStatus, 'held' | 'trouble'>): string | null {
  return held === null ? (trouble?.reason ?? null) : formatHeld(held);
}

/** Counts how attempts end. */
export class OutcomeCounts {
  readonly counts: SenderStatus['mails'] = {
    digest: zeros(OUTCOMES),
    confirm: zeros(OUTCOMES),
    preferences: zeros(OUTCOMES),
    paused: zeros(OUTCOMES),
  };

  add(mail: ClaimedMail | ClaimedNotice, outcome: Outcome): void {
    this.counts['kind' in mail ? mail.kind : 'digest'][outcome.kind]++;
  }
}

/** A count of 0 for each name. */
export function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
