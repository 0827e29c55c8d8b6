import type { SubscriberState } from './subscriber.js';

/**
 * Why an address must not be mailed. `bounce`: servers refused it, by the rules below. `complaint`:
 * the reader called it spam. `operator`: the operator said so.
 */
export type SuppressionReason = 'bounce' | 'complaint' | 'operator';

/** An address that must not be mailed. */
export interface Suppression {
  email: string;
  reason: SuppressionReason;
  at: number;
  /** What the server or the operator said, for the operator. */
  detail: string | null;
}

/** What became of an address: `asked` is its owner's fresh request, which lifts a suppression. */
export interface SuppressionEvent {
  at: number;
  event: 'suppressed' | 'unsuppressed' | 'asked';
  /** Why it was suppressed, or at whose word it no longer is. */
  reason: SuppressionReason | 'owner';
  detail: string | null;
}

/**
 * What a refusal says of the mailbox. `gone`: there is none. `full`, `disabled`: there is one that
 * takes nothing. `refused`: a final no that says nothing about it.
 */
export type RefusalKind = 'gone' | 'full' | 'disabled' | 'refused';

/** How an earlier mail to the address ended. */
export interface PastAttempt {
  at: number;
  outcome: 'accepted' | RefusalKind;
}

export interface Refusal {
  /** What the newest refusal says. */
  meaning: RefusalKind;
  state: SubscriberState;
  /** Earlier mails to this address, newest first. */
  history: readonly PastAttempt[];
  /** When the newest refusal came. */
  now: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A reader's hour moves with daylight saving, and a mail goes out a little earlier or later. */
const SLACK = 2 * HOUR;

interface Rule {
  /** Different days, in UTC, with such a refusal; the newest one counts. */
  days: number;
  /** How long it is at least from the first of them to the newest. */
  spread: number;
  /** Refusals that say as much. */
  counts: readonly RefusalKind[];
  /** How old a refusal may be that still counts. */
  within: number;
}

/**
 * From when on refusals with nothing accepted in between suppress an address that has taken mail, or
 * of which a refusal does not say that it does not exist. Several days each, since what goes wrong at
 * a provider's is mostly mended on the next one; whoever is suppressed by mistake does not notice.
 */
const RULES: Readonly<Record<RefusalKind, Rule>> = {
  // Directories of big providers have lost all mailboxes for a day. Mailboxes come and go again:
  // what was gone two months ago says nothing of today.
  gone: { days: 2, spread: 2 * DAY, counts: ['gone'], within: 60 * DAY },
  // Mostly for good, but unpaid or locked accounts come back within days.
  disabled: {
    days: 3,
    spread: 3 * DAY,
    counts: ['gone', 'disabled'],
    within: Number.POSITIVE_INFINITY,
  },
  // A no that may be about the mail, or a filter that somebody is mending.
  refused: {
    days: 5,
    spread: 5 * DAY,
    counts: ['gone', 'disabled', 'refused'],
    within: Number.POSITIVE_INFINITY,
  },
  // People come back from their holidays and clear up.
  full: {
    days: 7,
    spread: 7 * DAY,
    counts: ['gone', 'disabled', 'refused', 'full'],
    within: Number.POSITIVE_INFINITY,
  },
};

/** Whether a refusal is the one after which an address gets no more mails. */
export function decideSuppression(refusal: Refusal): 'suppress' | 'keep' {
  const { meaning, state, history } = refusal;
  if (state === 'suppressed') return 'keep';
  if (meaning === 'gone') {
    // Nobody has shown that they own it: a typing error, or made up.
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

/** How long a bounce keeps its owner's own request from letting a confirmation through. */
const ASK_AGAIN_AFTER = 7 * DAY;

/**
 * Whether the owner's fresh request lifts the suppression. Servers err, and mailboxes are made anew;
 * who complained, or whom the operator shut out, stays out.
 */
export function mayOwnerLift({ reason, at }: Suppression, now: number): boolean {
  return reason === 'bounce' && now - at >= ASK_AGAIN_AFTER;
}

/** The reasons in whose place this one comes: those that a request of the owner would lift. */
export function overruledBy(reason: SuppressionReason): SuppressionReason[] {
  return reason === 'bounce' ? [] : ['bounce'];
}
