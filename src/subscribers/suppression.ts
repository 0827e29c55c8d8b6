import type { SubscriberState } from './subscriber.js';

/**
 * Why an address must not be mailed. `bounce`: servers refused it, by the rules below. `complaint`:
 * the reader reported spam. `operator`: the operator decided so. `owner`: whoever reads its mail said
 * so, by the link of a notice.
 */
export type SuppressionReason = 'bounce' | 'complaint' | 'operator' | 'owner';

/** An address that must not be mailed. */
export interface Suppression {
  email: string;
  reason: SuppressionReason;
  at: number;
  /** The reply of the server or the reason of the operator, for the operator. */
  detail: string | null;
}

/** What was lifted of a mailbox. */
export interface LiftedSuppression {
  /** `null` for one that is kept as a hash. */
  email: string | null;
  reason: SuppressionReason;
}

/** A change of a suppression. `asked`: a request of the owner lifted it. */
export interface SuppressionEvent {
  at: number;
  event: 'suppressed' | 'unsuppressed' | 'asked';
  /** Why it was suppressed, or who lifted it. */
  reason: SuppressionReason;
  detail: string | null;
}

/**
 * What a refusal says of the mailbox. `gone`: it does not exist. `full`, `disabled`: it exists and
 * takes no mail. `refused`: a final refusal that says nothing about the mailbox.
 */
export type RefusalKind = 'gone' | 'full' | 'disabled' | 'refused';

/** What a report says of a mail that bounced. `policy`: it was about us. */
export type BounceKind = 'permanent' | 'temporary' | 'full' | 'policy';

/**
 * What a mail that failed says of the mailbox: by a refusal, or by a bounce. `soft`: it bounced for a
 * while, or its mailbox is disabled.
 */
export type FailureKind = RefusalKind | 'soft';

/** How an earlier mail to the address ended. */
export interface PastAttempt {
  at: number;
  outcome: 'accepted' | FailureKind;
}

export interface Failure {
  /** What the mail says of the mailbox. */
  meaning: FailureKind;
  state: SubscriberState;
  /** Earlier mails to this address, newest first. One that bounced was not accepted. */
  history: readonly PastAttempt[];
  /** The time of the mail that failed. */
  now: number;
}

/** What a bounce says of the mailbox; `null` for one that says nothing of it. */
export function toFailureKind(bounce: BounceKind): FailureKind | null {
  if (bounce === 'permanent') return 'gone';
  if (bounce === 'temporary') return 'soft';
  return bounce === 'full' ? 'full' : null;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Daylight saving shifts a reader's hour, and mails go out a little earlier or later. */
const SLACK = 2 * HOUR;

interface Rule {
  /** Different days, in UTC, with such a failure, including the newest one. */
  days: number;
  /** Least milliseconds from the first of them to the newest. */
  spread: number;
  /** Kinds of failures that count. */
  counts: readonly FailureKind[];
  /** Greatest age of a failure that counts, in milliseconds. */
  within: number;
}

/**
 * When failures, with nothing accepted in between, suppress an address. Each rule wants several days:
 * most faults of a provider are mended on the next day, and nobody notices that they are suppressed
 * by mistake. `decideSuppression` suppresses addresses that never took a mail sooner.
 */
const RULES: Readonly<Record<FailureKind, Rule>> = {
  // Big providers have lost their whole directory for a day. A refusal of two months ago says
  // nothing about today, since mailboxes are created again.
  gone: { days: 2, spread: 2 * DAY, counts: ['gone'], within: 60 * DAY },
  // Usually final, but unpaid or locked accounts come back within days.
  disabled: {
    days: 3,
    spread: 3 * DAY,
    counts: ['gone', 'disabled'],
    within: Number.POSITIVE_INFINITY,
  },
  // May be about the mail, or about a filter that somebody is mending.
  refused: {
    days: 5,
    spread: 5 * DAY,
    counts: ['gone', 'disabled', 'refused', 'soft'],
    within: Number.POSITIVE_INFINITY,
  },
  // A report hides more than a reply does: whether the mailbox is disabled, or its server was away.
  soft: {
    days: 5,
    spread: 0,
    counts: ['gone', 'disabled', 'refused', 'soft'],
    within: 30 * DAY,
  },
  // People clear up when they come back from their holidays.
  full: {
    days: 7,
    spread: 7 * DAY,
    counts: ['gone', 'disabled', 'refused', 'soft', 'full'],
    within: Number.POSITIVE_INFINITY,
  },
};

/** Decides whether an address gets no more mails after a mail to it has failed. */
export function decideSuppression(failure: Failure): 'suppress' | 'keep' {
  const { meaning, state, history } = failure;
  if (state === 'suppressed') return 'keep';
  if (meaning === 'gone') {
    // Never confirmed: a typing error, or made up.
    if (state === 'pending') return 'suppress';
    if (!history.some(({ outcome }) => outcome === 'accepted')) return 'suppress';
  }
  return isBroken(failure, RULES[meaning]) ? 'suppress' : 'keep';
}

function isBroken({ history, now }: Failure, { days, spread, counts, within }: Rule): boolean {
  const accepted = history.findIndex(({ outcome }) => outcome === 'accepted');
  const failures = (accepted < 0 ? history : history.slice(0, accepted)).filter(
    ({ at, outcome }) => outcome !== 'accepted' && counts.includes(outcome) && now - at <= within,
  );
  const times = [now, ...failures.map(({ at }) => at)];
  const different = new Set(times.map((at) => Math.floor(at / DAY)));
  return different.size >= days && now - Math.min(...times) >= spread - SLACK;
}

/**
 * After so long nothing comes back any more of a mail that was accepted: servers give up after four or
 * five days (RFC 5321 §4.5.4.1).
 */
const SETTLED_AFTER = 7 * DAY;

/**
 * Whether later mails show that the mailbox takes mail again: one was accepted long ago, and nothing
 * came back of it.
 */
export function isRefuted(later: readonly PastAttempt[], now: number): boolean {
  return later.some(({ at, outcome }) => outcome === 'accepted' && now - at >= SETTLED_AFTER);
}

/** How old a suppression after a bounce must be before a request of the owner lifts it. */
const OWNER_LIFTS_AFTER = 7 * DAY;

/**
 * Whether a new request at the form lifts the suppression. Only bounces can be lifted: servers err,
 * and mailboxes are created again. All others stay, since anybody can fill the form in.
 */
export function mayOwnerLift({ reason, at }: Suppression, now: number): boolean {
  return reason === 'bounce' && now - at >= OWNER_LIFTS_AFTER;
}

/**
 * Reasons that speak for the whole mailbox: whoever reads its mail wants none that others ask for, by
 * whatever spelling of its address. A bounce is about one spelling, and the operator means what they
 * say.
 */
export const REFUSING: readonly SuppressionReason[] = ['owner', 'complaint'];

/** The reasons that this one replaces: those that are lifted more easily. */
export function overruledBy(reason: SuppressionReason): SuppressionReason[] {
  if (reason === 'bounce') return [];
  return reason === 'owner' ? ['bounce'] : ['bounce', 'owner'];
}
