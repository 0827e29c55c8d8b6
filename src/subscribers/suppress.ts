import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import type { Languages } from '../base/languages.js';
import { parseAddress } from './address.js';
import { type NoticeBox, requestAll } from './subscribe.js';
import type { Subscriber } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';
import {
  type LiftedSuppression,
  overruledBy,
  REFUSING,
  type Suppression,
  type SuppressionEvent,
  type SuppressionReason,
} from './suppression.js';

export interface SuppressDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
  languages: Languages;
}

/** An operator's decision about an address. */
export interface OperatorDecision {
  email: string;
  reason: string | null;
}

const ORIGIN = { via: 'command', ip: null };

/**
 * Suppresses an address for the operator. It replaces a suppression after a bounce, since the owner's
 * own request could lift that.
 * @returns the suppression that is in force now, and whether it is new
 * @throws PaperboyError `bad_address`
 */
export async function suppressByOperator(
  { subscribers, clock }: Omit<SuppressDeps, 'notices' | 'languages'>,
  decision: OperatorDecision,
): Promise<{ suppression: Suppression; added: boolean }> {
  const email = parseAddress(decision.email);
  const wanted = { email, reason: 'operator', at: clock.now(), detail: decision.reason } as const;
  for (;;) {
    const added = await subscribers.suppress(wanted, overruledBy('operator'));
    if (added) return { suppression: wanted, added };
    const known = await subscribers.findSuppression(email);
    // Otherwise it was lifted just now: try again.
    if (known) return { suppression: known, added };
  }
}

/** The result of lifting a suppression. */
export interface Unsuppressed {
  email: string;
  /** `null` if no subscriber has the address. */
  state: Subscriber['state'] | null;
  /** Whether the owner is asked by mail to confirm. */
  asked: boolean;
  /** What else was lifted, of other spellings of the address. */
  others: LiftedSuppression[];
  /** What is still said of the mailbox, of other spellings. */
  left: SuppressionReason[];
}

/**
 * Lifts a suppression for the operator. The subscriber becomes pending in a new round and is asked to
 * confirm. With `confirmed`, they have agreed elsewhere and become active. Somebody who had
 * unsubscribed before stays unsubscribed, unless `confirmed`. What was said of the mailbox by another
 * spelling of its address is lifted too, unless this address was suppressed for what is its alone, as a
 * bounce: then whoever lifts that has not spoken of the mailbox. Call it in a transaction.
 * @throws PaperboyError `bad_address`, `not_suppressed`
 */
export async function unsuppress(
  deps: SuppressDeps,
  decision: OperatorDecision,
  { confirmed, shown }: { confirmed: boolean; shown?: string },
): Promise<Unsuppressed> {
  const { subscribers, clock } = deps;
  const email = parseAddress(decision.email);
  const now = clock.now();
  const event = {
    at: now,
    event: 'unsuppressed',
    reason: 'operator',
    detail: decision.reason,
  } as const;
  const suppression = await subscribers.findSuppression(email);
  const isLifted = suppression !== null && (await subscribers.unsuppress(suppression, event));
  const isOfMailbox = suppression === null || REFUSING.includes(suppression.reason);
  const others = isOfMailbox ? await openMailbox(deps, email, event) : [];
  if (!isLifted && others.length === 0) {
    throw new PaperboyError('not_suppressed', `${email} is not suppressed.`);
  }
  const left = await findLeft(deps, email);
  const known = await subscribers.findByEmail(email);
  if (!known) return { email, state: null, asked: false, others, left };
  const state = confirmed ? 'active' : (await hadLeft(deps, known)) ? 'unsubscribed' : 'pending';
  const subscriber = (await subscribers.readmit(email, state, now)) ?? known;
  const consent = { at: now, wording: null, ...ORIGIN };
  await subscribers.addConsent(subscriber.id, { ...consent, event: 'unsuppressed' });
  if (confirmed) await subscribers.addConsent(subscriber.id, { ...consent, event: 'imported' });
  const isAsked = subscriber.state === 'pending' && left.length === 0;
  const requests = isAsked ? [subscriber.email] : [];
  const { confirming } = await requestAll(
    deps,
    requests.map((one) => ({ email: one, preferences: {} })),
    { ...ORIGIN, ...(shown !== undefined && { shown }) },
    { cause: 'stranger' },
  );
  return { email: subscriber.email, state: subscriber.state, asked: confirming > 0, others, left };
}

/** Takes back what was said of the mailbox by other spellings of its address. */
async function openMailbox(
  { subscribers }: SuppressDeps,
  email: string,
  event: SuppressionEvent,
): Promise<LiftedSuppression[]> {
  const lifted = await subscribers.unsuppressMailbox(email, REFUSING, event);
  for (const other of lifted) {
    if (other.email !== null) await subscribers.readmit(other.email, 'unsubscribed', event.at);
  }
  return lifted;
}

/** What keeps mail that others ask for from the mailbox. */
async function findLeft(
  { subscribers }: SuppressDeps,
  email: string,
): Promise<SuppressionReason[]> {
  const left: SuppressionReason[] = [];
  for (const reason of REFUSING) {
    if ((await subscribers.findRefusing([email], [reason])).length > 0) left.push(reason);
  }
  return left;
}

/** Whether somebody had unsubscribed before their address was suppressed. */
async function hadLeft({ subscribers }: SuppressDeps, { id }: Subscriber): Promise<boolean> {
  const consents = await subscribers.consents(id);
  const last = consents.findLast(({ event }) => !event.endsWith('suppressed'));
  return last?.event === 'unsubscribed';
}
