import type { Clock } from '../base/clock.js';
import type { EndedMail, SubscriberStore } from './subscriber-store.js';
import { decideSuppression, type PastAttempt, type RefusalKind } from './suppression.js';

/** Of how many mails the replies are read: no rule looks back further. */
const LOOKED_BACK = 60;

export interface BounceDeps {
  subscribers: Pick<SubscriberStore, 'find' | 'endedMails' | 'suppress' | 'suppressionEvents'>;
  /** What a reply says of the mailbox. */
  toKind(reply: string): RefusalKind;
  clock: Clock;
}

/** A final no to a mail of a subscriber. */
export interface RefusedMail {
  subscriberId: number;
  /** Where it went. */
  email: string;
  reply: string;
  meaning: RefusalKind;
}

/**
 * Suppresses the address of a refused mail if the rules say so. Whether the refusal is in the ledger
 * already makes no difference. Call it in a transaction, since it reads and then writes.
 */
export async function suppressAfterRefusal(
  { subscribers, toKind, clock }: BounceDeps,
  { subscriberId, email, reply, meaning }: RefusedMail,
): Promise<'suppress' | 'keep'> {
  const subscriber = await subscribers.find(subscriberId);
  if (!subscriber) return 'keep';
  const now = clock.now();
  const ended = await subscribers.endedMails(subscriberId, LOOKED_BACK);
  // Whoever was let in again begins anew.
  const events = await subscribers.suppressionEvents(email);
  const again = events.filter(({ event }) => event !== 'suppressed').map(({ at }) => at);
  const since = Math.max(0, ...again);
  const history = ended.filter(({ at }) => at > since).flatMap((mail) => toAttempt(mail, toKind));
  const decision = decideSuppression({ meaning, state: subscriber.state, history, now });
  if (decision === 'suppress') {
    await subscribers.suppress({ email, reason: 'bounce', at: now, detail: reply });
  }
  return decision;
}

/** Nothing for what was put off until it was too late without a word about the mailbox. */
function toAttempt({ at, state, reply }: EndedMail, toKind: BounceDeps['toKind']): PastAttempt[] {
  if (state === 'accepted') return [{ at, outcome: 'accepted' }];
  const outcome = toKind(reply ?? '');
  const isFinal = reply?.startsWith('5') ?? false;
  return isFinal || outcome !== 'refused' ? [{ at, outcome }] : [];
}
