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

/** How an earlier mail to the address ended. */
export interface PastAttempt {
  at: number;
  outcome: 'accepted' | RefusalKind;
}

export interface Refusal {
  /** What the newest refusal says of the mailbox. */
  meaning: RefusalKind;
  state: SubscriberState;
  /** Earlier mails to this address, newest first. */
  history: readonly PastAttempt[];
  /** The time of the newest refusal. */
  now: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Daylight saving shifts a reader's hour, and mails go out a little earlier or later. */
const SLACK = 2 * HOUR;

interface Rule {
  /** Different days, in UTC, with such a refusal, including the newest one. */
  days: number;
  /** Least milliseconds from the first of them to the newest. */
  spread: number;
  /** Kinds of refusals that count. */
  counts: readonly RefusalKind[];
  /** Greatest age of a refusal that counts, in milliseconds. */
  within: number;
}

/**
 * When refusals, with nothing accepted in between, suppress an address. Each rule wants several days:
 * most faults of a provider are mended on the next day, and nobody notices that they are suppressed
 * by mistake. `decideSuppression` suppresses addresses that never took a mail sooner.
 */
const RULES: Readonly<Record<RefusalKind, Rule>> = {
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
    counts: ['gone', 'disabled', 'refused'],
    within: Number.POSITIVE_INFINITY,
  },
  // People clear up when they come back from their holidays.
  full: {
    days: 7,
    spread: 7 * DAY,
    counts: ['gone', 'disabled', 'refused', 'full'],
    within: Number.POSITIVE_INFINITY,
  },
};

/** Decides whether an address gets no more mails after this refusal. */
export function decideSuppression(refusal: Refusal): 'suppress' | 'keep' {
  const { meaning, state, history } = refusal;
  if (state === 'suppressed') return 'keep';
  if (meaning === 'gone') {
    // Never confirmed: a typing error, or made up.
    if (state === 'pending') return 'suppress';
    if (!history.some(({ outcome }) => outcome === 'accepted')) return 'suppress';
  }
  return isBroken(refusal, RULES[meaning]) ? 'suppress' : 'keep';
}

function isBroken({ history, now }: Refusal, { days, spread, counts, within }: Rule): boolean {
  const accepted = history.findIndex(({ outcome }) => outcome === 'accepted');
  const refusals = (accepted < 0 ? history : history.slice(0, accepted)).filter(
    ({ at, outcome }) => outcome !== 'accepted' && counts.includes(outcome) && now - at <= within,
  );
  const times = [now, ...refusals.map(({ at }) => at)];
  const different = new Set(times.map((at) => Math.floor(at / DAY)));
  return different.size >= days && now - Math.min(...times) >= spread - SLACK;
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

/** The reasons that this one replaces: those that are lifted more easily. */
export function overruledBy(reason: SuppressionReason): SuppressionReason[] {
  if (reason === 'bounce') return [];
  return reason === 'owner' ? ['bounce'] : ['bounce', 'owner'];
}
