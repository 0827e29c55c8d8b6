import type { Clock } from '../base/clock.js';
import { chooseLanguage, type Languages } from '../base/languages.js';
import { NOTICES_PER_DAY } from './notice-limits.js';
import { type NoticeBox, toNoticeKind } from './subscribe.js';
import type { Subscriber } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';

export interface RenewLinksDeps {
  subscribers: Pick<SubscriberStore, 'renewLinks'>;
  notices: NoticeBox;
  clock: Clock;
  languages: Languages;
}

/**
 * Makes all links worthless that a reader was sent, but one to confirm, and mails them new ones. Call
 * it in a transaction.
 * @returns whether a mail follows
 */
export async function renewLinks(
  deps: RenewLinksDeps,
  { id }: Pick<Subscriber, 'id'>,
): Promise<boolean> {
  const subscriber = await deps.subscribers.renewLinks(id);
  return subscriber !== null && mailFreshLinks(deps, subscriber);
}

/**
 * Mails a reader the links that are good now; they go to nobody but the address.
 * @returns whether a mail follows: whoever gets no digests has nothing to do with links, and an
 *   address gets only so many notices a day
 */
export async function mailFreshLinks(
  { notices, clock, languages }: Omit<RenewLinksDeps, 'subscribers'>,
  { id, state, round, language: own }: Subscriber,
): Promise<boolean> {
  if (state !== 'active' && state !== 'paused') return false;
  const createdAt = clock.now();
  const kind = toNoticeKind(state);
  const language = chooseLanguage(languages, own);
  const notice = { kind, cause: 'reader', subscriberId: id, round, createdAt, language } as const;
  const since = createdAt - 24 * 3_600_000;
  const limit = { max: NOTICES_PER_DAY, maxConfirmations: 0, since };
  return notices.enqueue(notice, limit);
}
