import type { Clock } from '../base/clock.js';
import type { EndedMail, SubscriberStore } from './subscriber-store.js';
import { decideSuppression, type PastAttempt, type RefusalKind } from './suppression.js';

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

/**
 * Suppresses the address of a refused mail if the rules say so. It makes no difference whether the
 * refusal is in the ledger yet. Call it in a transaction, since it reads and then writes.
 * @returns the decision
 */
export async function suppressAfterRefusal(
  { subscribers, readRefusal, clock }: SuppressAfterRefusalDeps,
  { subscriberId, email, reply, meaning }: RefusedMail,
): Promise<'suppress' | 'keep'> {
  const subscriber = await subscribers.find(subscriberId);
  if (!subscriber) return 'keep';
  const now = clock.now();
  const ended = await subscribers.endedMails(subscriberId, MAX_HISTORY);
  // Mails before the last lifted suppression do not count.
  const events = await subscribers.suppressionEvents(email);
  const again = events.filter(({ event }) => event !== 'suppressed').map(({ at }) => at);
  const since = Math.max(0, ...again);
  const history = ended
    .filter(({ at }) => at > since)
    .flatMap((mail) => toAttempt(mail, readRefusal));
  const decision = decideSuppression({ meaning, state: subscriber.state, history, now });
  if (decision === 'suppress') {
    await subscribers.suppress({ email, reason: 'bounce', at: now, detail: reply });
  }
  return decision;
}

/** Leaves out mails that expired while they were deferred, unless the reply was about the mailbox. */
function toAttempt(
  { at, state, reply }: EndedMail,
  readRefusal: SuppressAfterRefusalDeps['readRefusal'],
): PastAttempt[] {
  if (state === 'accepted') return [{ at, outcome: 'accepted' }];
  const outcome = readRefusal(reply ?? '');
  const isFinal = reply?.startsWith('5') ?? false;
  return isFinal || outcome !== 'refused' ? [{ at, outcome }] : [];
}
