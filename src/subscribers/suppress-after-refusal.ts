import type { Clock } from '../base/clock.js';
import type { Subscriber, SubscriberState } from './subscriber.js';
import type { EndedMail, SubscriberStore } from './subscriber-store.js';
import {
  type BounceKind,
  decideSuppression,
  isRefuted,
  type PastAttempt,
  type RefusalKind,
  toFailureKind,
} from './suppression.js';

/** How many earlier mails are read. No rule looks back further. */
const MAX_HISTORY = 60;

export interface SuppressAfterRefusalDeps {
  subscribers: Pick<SubscriberStore, 'find' | 'endedMails' | 'suppress' | 'suppressionEvents'>;
  /** Reads what a reply says of the mailbox. */
  readRefusal(reply: string): RefusalKind;
  clock: Clock;
}

/** A mail to a subscriber that a server refused for good. */
export interface RefusedMail {
  subscriberId: number;
  /** The address that it went to, which may have changed since. */
  email: string;
  reply: string;
  meaning: RefusalKind;
}

/** A mail to a subscriber that a server accepted, and that came back. */
export interface BouncedMail {
  subscriberId: number;
  email: string;
  reply: string;
  bounce: BounceKind;
  /** When it was accepted: bounces of several days may be read at once. */
  acceptedAt: number;
}

/**
 * Suppresses the address of a refused mail if the rules say so. It makes no difference whether the
 * refusal is in the ledger yet. Call it in a transaction, since it reads and then writes.
 * @returns the decision
 */
export async function suppressAfterRefusal(
  deps: SuppressAfterRefusalDeps,
  { subscriberId, email, reply, meaning }: RefusedMail,
): Promise<'suppress' | 'keep'> {
  const subscriber = await deps.subscribers.find(subscriberId);
  if (!subscriber) return 'keep';
  const now = deps.clock.now();
  const { history } = await loadHistory(deps, subscriber, email);
  const decision = decideSuppression({ meaning, state: subscriber.state, history, now });
  if (decision === 'suppress') await suppress(deps, email, reply);
  return decision;
}

/**
 * The same of a mail that bounced, which has to be in the ledger. It is judged by how the mails before it
 * ended, unless the mailbox has taken mails since. So are those after it that failed: bounces come in any
 * order, and until now this one counted as accepted.
 * @returns whether this has suppressed the address
 */
export async function suppressAfterBounce(
  deps: SuppressAfterRefusalDeps,
  { subscriberId, email, reply, bounce, acceptedAt }: BouncedMail,
): Promise<boolean> {
  const meaning = toFailureKind(bounce);
  const subscriber = await deps.subscribers.find(subscriberId);
  if (!subscriber || meaning === null) return false;
  const { history, since } = await loadHistory(deps, subscriber, email);
  if (acceptedAt <= since) return false;
  const failures = history.filter(({ at, outcome }) => at > acceptedAt && outcome !== 'accepted');
  const all: PastAttempt[] = [{ at: acceptedAt, outcome: meaning }, ...failures];
  const now = deps.clock.now();
  const isOver = all.some((failure) => isTooMuch(failure, subscriber.state, history, now));
  return isOver && (await suppress(deps, email, reply));
}

/** Whether the rules suppress an address because of this failure of all that are known by now. */
function isTooMuch(
  { at, outcome }: PastAttempt,
  state: SubscriberState,
  history: readonly PastAttempt[],
  now: number,
): boolean {
  if (outcome === 'accepted') return false;
  const later = history.filter((other) => other.at > at);
  const earlier = history.filter((other) => other.at <= at);
  const failure = { meaning: outcome, state, history: earlier, now: at };
  return !isRefuted(later, now) && decideSuppression(failure) === 'suppress';
}

function suppress(
  { subscribers, clock }: SuppressAfterRefusalDeps,
  email: string,
  detail: string,
): Promise<boolean> {
  return subscribers.suppress({ email, reason: 'bounce', at: clock.now(), detail });
}

/** How mails to a subscriber ended since their last suppression was lifted; older ones do not count. */
async function loadHistory(
  { subscribers, readRefusal }: SuppressAfterRefusalDeps,
  { id }: Subscriber,
  email: string,
): Promise<{ history: PastAttempt[]; since: number }> {
  const ended = await subscribers.endedMails(id, MAX_HISTORY);
  const events = await subscribers.suppressionEvents(email);
  const again = events.filter(({ event }) => event !== 'suppressed').map(({ at }) => at);
  const since = Math.max(0, ...again);
  const counting = ended.filter(({ at }) => at > since);
  return { history: counting.flatMap((mail) => toAttempt(mail, readRefusal)), since };
}

/** Leaves out mails that expired while they were deferred, unless the reply was about the mailbox. */
function toAttempt(
  { at, state, reply, bounce }: EndedMail,
  readRefusal: SuppressAfterRefusalDeps['readRefusal'],
): PastAttempt[] {
  if (state === 'accepted') return [{ at, outcome: 'accepted' }];
  if (state === 'bounced') {
    const failure = bounce === null ? null : toFailureKind(bounce);
    return failure === null ? [] : [{ at, outcome: failure }];
  }
  const outcome = readRefusal(reply ?? '');
  const isFinal = reply?.startsWith('5') ?? false;
  return isFinal || outcome !== 'refused' ? [{ at, outcome }] : [];
}
