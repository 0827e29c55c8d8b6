import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import { parseAddress } from './address.js';
import { type NoticeBox, requestAll } from './subscribe.js';
import type { Subscriber } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';
import { overruledBy, type Suppression } from './suppression.js';

export interface SuppressDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
}

/** What the operator says of an address, and why. */
export interface OperatorsWord {
  email: string;
  reason: string | null;
}

const ORIGIN = { via: 'command', ip: null };

/**
 * Suppresses an address by the operator's word; a bounce that it is suppressed for already gives way,
 * since the owner's own request would lift that.
 * @returns what holds from now on, and whether it is new
 * @throws PaperboyError `bad_address`
 */
export async function suppressByOperator(
  { subscribers, clock }: Omit<SuppressDeps, 'notices'>,
  word: OperatorsWord,
): Promise<{ suppression: Suppression; added: boolean }> {
  const email = parseAddress(word.email);
  const wanted = { email, reason: 'operator', at: clock.now(), detail: word.reason } as const;
  for (;;) {
    const added = await subscribers.suppress(wanted, overruledBy('operator'));
    if (added) return { suppression: wanted, added };
    const known = await subscribers.findSuppression(email);
    // Else it was taken back in this very moment.
    if (known) return { suppression: known, added };
  }
}

/** What unsuppressing led to. */
export interface Unsuppressed {
  email: string;
  /** `null` for an address that is nobody's. */
  state: Subscriber['state'] | null;
  /** Whether its owner is asked to confirm by a mail. */
  asked: boolean;
}

/**
 * Takes a suppression back by the operator's word. The subscriber becomes pending in a new round and
 * is asked to confirm or, where their owner has agreed elsewhere (`confirmed`), active. Who had left
 * before stays away unless they have agreed. Call it in a transaction.
 * @throws PaperboyError `bad_address`, `not_suppressed`
 */
export async function unsuppress(
  deps: SuppressDeps,
  word: OperatorsWord,
  { confirmed }: { confirmed: boolean },
): Promise<Unsuppressed> {
  const { subscribers, clock } = deps;
  const email = parseAddress(word.email);
  const now = clock.now();
  const event = {
    at: now,
    event: 'unsuppressed',
    reason: 'operator',
    detail: word.reason,
  } as const;
  const suppression = await subscribers.findSuppression(email);
  if (!suppression || !(await subscribers.unsuppress(suppression, event))) {
    throw new PaperboyError('not_suppressed', `${email} is not suppressed.`);
  }
  const known = await subscribers.findByEmail(email);
  if (!known) return { email, state: null, asked: false };
  const state = confirmed ? 'active' : (await hadLeft(deps, known)) ? 'unsubscribed' : 'pending';
  const subscriber = (await subscribers.readmit(email, state, now)) ?? known;
  const consent = { at: now, wording: null, ...ORIGIN };
  await subscribers.addConsent(subscriber.id, { ...consent, event: 'unsuppressed' });
  if (confirmed) await subscribers.addConsent(subscriber.id, { ...consent, event: 'imported' });
  const asked =
    subscriber.state === 'pending' &&
    (await requestAll(deps, [{ email: subscriber.email, preferences: {} }], ORIGIN)) > 0;
  return { email: subscriber.email, state: subscriber.state, asked };
}

/** Whether leaving was the last that somebody did before their address was suppressed. */
async function hadLeft({ subscribers }: SuppressDeps, { id }: Subscriber): Promise<boolean> {
  const consents = await subscribers.consents(id);
  const last = consents.findLast(({ event }) => !event.endsWith('suppressed'));
  return last?.event === 'unsubscribed';
}
