import type { Clock } from '../base/clock.js';
import { FieldReader } from '../base/errors.js';
import { chooseLanguage, type Languages } from '../base/languages.js';
import { parseAddress } from './address.js';
import {
  NOTICES_PER_DAY,
  type NoticeCounts,
  type NoticeLimits,
  withinNoticeLimits,
} from './notice-limits.js';
import { type Preferences, type RawPreferences, readPreferences } from './preferences.js';
import type { Origin, SubscriberState } from './subscriber.js';
import type { SubscriberStore, SubscriptionRequest } from './subscriber-store.js';
import { mayOwnerLift, REFUSING, type Suppression } from './suppression.js';

/** How long a confirmation link works. */
export const CONFIRM_HOURS = 48;
/** How long a confirmation of an import may wait for its turn: later nobody remembers the list. */
export const IMPORT_WAITS = 90 * 24 * 3_600_000;

/** The words under the button of the form that a subscriber agrees to. Kept with each consent. */
export const WORDING =
  'One digest a day, no account, one click to leave. No digest is sent until you confirm.';

/**
 * Kinds of mails outside editions: to confirm, and to subscribers whose address was entered again, the
 * active and the paused. What a notice says is settled when it is queued, so that a repeat is the same.
 */
export const NOTICE_KINDS = ['confirm', 'preferences', 'paused'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/**
 * Who has caused a notice, in the order in which they go. `reader`: it goes to a subscriber. `stranger`:
 * somebody asked for an address that is none. `crowd`: the same, from a network that has asked for
 * many. `import`: the operator brought a list in.
 */
export const NOTICE_CAUSES = ['reader', 'stranger', 'crowd', 'import'] as const;
export type NoticeCause = (typeof NOTICE_CAUSES)[number];

/** The outbox of notices. */
export interface NoticeBox {
  /**
   * Queues a notice unless this subscriber has had as many as the limit says. One that an import has
   * queued, and that has not begun, goes as the new one would.
   * @returns whether it was queued
   */
  enqueue(notice: NewNotice, limit: NoticeLimit): Promise<boolean>;
  /**
   * The same for many, each subscriber at most once.
   * @returns the ids of the subscribers whose notices were queued
   */
  enqueueAll(notices: readonly NewNotice[], limit: NoticeLimit): Promise<number[]>;
}

export interface NewNotice {
  kind: NoticeKind;
  cause: NoticeCause;
  subscriberId: number;
  round: number;
  createdAt: number;
  /** What it is written in: fixed now, so that a repeat is the same whatever is chosen since. */
  language: string;
  /** What was chosen with the request. It counts once the notice is confirmed. */
  preferences?: Partial<Preferences>;
}

export interface NoticeLimit {
  /** Notices of any kind since `since`. */
  max: number;
  /** Confirmations of the same round that went out since `since`, or are still to go. */
  maxConfirmations: number;
  since: number;
}

/** Another confirmation says nothing new: the link of the first one works for longer. */
const CONFIRMATIONS_PER_DAY = 1;
/** The limit of an address whose suppression was lifted, until it is confirmed. */
const NOTICES_ON_TRIAL = 1;
const DAY = 24 * 3_600_000;

export interface SubscribeDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
  languages: Languages;
}

export interface StrangerDeps extends SubscribeDeps {
  noticeCounts: NoticeCounts;
  /** `null`: none, for made-up readers. */
  limits: NoticeLimits | null;
}

/**
 * Takes a request to subscribe and queues a notice: a confirmation for a new address, how it is and a
 * preferences link for a subscriber. A suppressed address gets nothing, unless the request lifts the
 * suppression, nor does one whose mailbox has refused such mail.
 * The result is the same in all cases, so that nobody learns who subscribes. Call it in a
 * transaction.
 * @throws FieldError `bad_address`, `bad_preferences`
 */
export async function requestSubscription(
  deps: StrangerDeps,
  request: { email: string } & RawPreferences,
  origin: Origin,
): Promise<{ email: string }> {
  const { email, preferences } = readRequest(request, deps.languages.all);
  const queue = async (cause: NoticeCause): Promise<number> => {
    const suppression = await deps.subscribers.findSuppression(email);
    // Looked for whoever it is: it must take as long for each address.
    const isRefused = (await deps.subscribers.findRefusing([email], REFUSING)).length > 0;
    if (isRefused && cause !== 'reader') return 0;
    if (suppression && !(await liftForOwner(deps, suppression, origin))) return 0;
    const max = (await isOnTrial(deps, email)) ? NOTICES_ON_TRIAL : NOTICES_PER_DAY;
    // Whoever asks has not shown yet that the address is theirs, so what they chose waits with the mail.
    const requests = [{ email, preferences: {} }];
    return (await requestAll(deps, requests, origin, { max, cause, preferences })).queued;
  };
  const { limits } = deps;
  if (limits === null) {
    await queue('stranger');
  } else {
    const isReader = isReading((await deps.subscribers.findByEmail(email))?.state);
    await withinNoticeLimits({ ...deps, limits }, { email, ip: origin.ip, isReader }, queue);
  }
  return { email };
}

export function isReading(state: SubscriberState | undefined): boolean {
  return state === 'active' || state === 'paused';
}

/** @throws FieldError `bad_address`, `bad_preferences` */
export function readRequest(
  request: { email: string } & RawPreferences,
  languages: readonly string[],
): SubscriptionRequest {
  const reader = new FieldReader();
  const email = reader.read('email', () => parseAddress(request.email));
  const preferences = reader.read('form', () => readPreferences(request, languages));
  reader.check();
  return { email: email ?? '', preferences: preferences ?? {} };
}

/** What holds for all of several requests. */
export interface AskingOptions {
  /** Who has caused it; what goes to readers counts as theirs. */
  cause: NoticeCause;
  /** Notices that each address may get in a day. */
  max?: number;
  /** What is chosen by whoever confirms. */
  preferences?: Partial<Preferences>;
}

/**
 * Takes requests for addresses that are not suppressed, each at most once.
 * @returns how many notices were queued, and how many of them ask to confirm
 */
export async function requestAll(
  { subscribers, notices, clock, languages }: SubscribeDeps,
  requests: readonly SubscriptionRequest[],
  origin: Origin,
  { cause, max = NOTICES_PER_DAY, preferences }: AskingOptions,
): Promise<{ queued: number; confirming: number }> {
  if (requests.length === 0) return { queued: 0, confirming: 0 };
  const now = clock.now();
  const requested = await subscribers.requestAll(requests, now);
  const wanted = requested
    .filter(({ state }) => state !== 'suppressed')
    .map(({ id, state, round, language: own }): NewNotice => {
      const kind = toNoticeKind(state);
      const chosen = kind === 'confirm' && preferences ? { preferences } : {};
      const by = isReading(state) ? 'reader' : cause;
      // Anybody can ask for a reader's address, so what the reader has chosen goes first.
      const asked = preferences?.language;
      const wanted = isReading(state) ? [own, asked] : [asked, own];
      const language = chooseLanguage(languages, ...wanted);
      return { kind, cause: by, subscriberId: id, round, createdAt: now, language, ...chosen };
    });
  const limit = { max, maxConfirmations: CONFIRMATIONS_PER_DAY, since: now - DAY };
  const queued = new Set(await notices.enqueueAll(wanted, limit));
  // Requests beyond the limit are not recorded, so that they can't fill the store.
  const confirming = wanted.filter(
    ({ kind, subscriberId }) => kind === 'confirm' && queued.has(subscriberId),
  );
  await subscribers.addConsents(
    confirming.map(({ subscriberId }) => subscriberId),
    { at: now, event: 'requested', wording: WORDING, ...origin },
  );
  return { queued: queued.size, confirming: confirming.length };
}

export function toNoticeKind(state: SubscriberState): NoticeKind {
  if (state === 'pending') return 'confirm';
  return state === 'paused' ? 'paused' : 'preferences';
}

interface OwnerRequestDeps {
  subscribers: SubscriberStore;
  clock: Clock;
}

/**
 * Lifts a suppression because the owner of the address asks to be subscribed, if the rules allow it.
 * The subscriber, if there is one, becomes pending in a new round.
 * @returns whether the suppression was lifted, so that a confirmation may follow
 */
async function liftForOwner(
  { subscribers, clock }: OwnerRequestDeps,
  suppression: Suppression,
  origin: Origin,
): Promise<boolean> {
  const now = clock.now();
  if (!mayOwnerLift(suppression, now)) return false;
  const event = { at: now, event: 'asked', reason: 'owner', detail: origin.via } as const;
  if (!(await subscribers.unsuppress(suppression, event))) return false;
  const subscriber = await subscribers.readmit(suppression.email, 'pending', now);
  if (subscriber) {
    const consent = { at: now, event: 'unsuppressed', wording: null, ...origin } as const;
    await subscribers.addConsent(subscriber.id, consent);
  }
  return true;
}

/** Whether `liftForOwner` let the address in within the last day and it is not confirmed yet. */
async function isOnTrial(
  { subscribers, clock }: OwnerRequestDeps,
  email: string,
): Promise<boolean> {
  const since = clock.now() - DAY;
  const events = await subscribers.suppressionEvents(email);
  if (!events.some(({ event, at }) => event === 'asked' && at > since)) return false;
  return (await subscribers.findByEmail(email))?.state === 'pending';
}
