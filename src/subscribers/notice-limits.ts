import { createHmac } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { hasTag, isBigDomain, toCanonicalMailbox, toCountedDomain } from './canonical-mailbox.js';
import { toClientNetwork } from './client-network.js';

/** What limits how many notices strangers can have sent, in the order in which it is told. */
export const NOTICE_LIMITS = ['mailbox', 'domain', 'network', 'all'] as const;
export type NoticeLimitName = (typeof NOTICE_LIMITS)[number];

/** How many notices may be asked for in 24 hours. */
export interface NoticeLimits {
  /** A keyed hash: nothing that somebody typed is kept for counting. */
  hash(text: string): string;
  perDomain: number;
  perNetwork: number;
  inAll: number;
  /** How many can go out on that day, by caps that change. */
  mostOfDay?: ((now: number) => number) | undefined;
}

/** Stretches of time that have notices in them, by their numbers, with how many. */
export type CountedStretches = readonly (readonly [stretch: number, count: number])[];

export interface NoticeCount {
  key: string;
  counts: CountedStretches;
  /** When nothing of it counts any more. */
  expiresAt: number;
}

/** Counters that all processes share. */
export interface NoticeCounts {
  /**
   * Reads counters. Until the transaction ends, nobody else reads them this way, so that what follows
   * from them is still true when they are written.
   */
  lock(keys: readonly string[], now: number): Promise<ReadonlyMap<string, CountedStretches>>;
  save(counts: readonly NoticeCount[]): Promise<void>;
  /** Counts a notice that one of the limits has withheld; `null` for none. Always writes. */
  addWithheld(limitedBy: NoticeLimitName | null): Promise<void>;
  /** Reads a counter as it is, without keeping anybody waiting. */
  look(key: string): Promise<CountedStretches>;
  /** How many were withheld, ever. */
  withheld(): Promise<Record<NoticeLimitName, number>>;
  /** Forgets counters of which nothing counts any more. @returns how many */
  forget(now: number): Promise<number>;
}

const DAY = 24 * 3_600_000;
/** Limits how often anybody can have mails sent to a stranger's mailbox. */
export const NOTICES_PER_DAY = 3;
/**
 * Of these, how many may be for addresses that no reader has, so that a reader of that mailbox gets
 * theirs; and of those, how many for addresses with a tag, of which there are any number, so that the
 * plain address gets one.
 */
const OF_STRANGERS = 2;
const WITH_TAGS = 1;
/** A big provider has so many times the mailboxes of others. */
const BIG = 10;
/** Milliseconds of a counted stretch: few notices are counted exactly, many by the hour. */
const EXACT = 1;
const HOURLY = 3_600_000;
/** A network that asks for more, or for such a part of a day's, is a crowd: others go before it. */
const CROWD = 5;
const OF_NETWORK = 1 / 5;
/** The part of all crowds together, so that they leave room for others. */
const OF_CROWDS = 1 / 4;
/** A notice waits for two days, so that what can't go out today may be asked for. */
const DAYS_IN_ALL = 2;

/** @param secret that stays: when it changes, counters begin anew */
export function createNoticeLimits(
  secret: string,
  limits: Omit<NoticeLimits, 'hash'>,
): NoticeLimits {
  const key = createHmac('sha256', secret).update('paperboy notice counts v1').digest();
  const hash = (text: string) =>
    createHmac('sha256', key).update(text).digest().subarray(0, 16).toString('base64url');
  return { ...limits, hash };
}

/** Somebody's request for a notice. */
export interface NoticeRequest {
  email: string;
  /** The client's address; `null` if it is not known. */
  ip: string | null;
  /** Whether the address is a reader's. Their requests have counters of their own. */
  isReader: boolean;
}

interface Counter {
  name: NoticeLimitName;
  key: string;
  max: number;
  size: number;
  /** Whom alone it limits and counts; everybody when left out. */
  of?: 'crowd' | 'others';
}

type CountedCounter = Counter & { counts: CountedStretches; used: number };

/** Who has caused a request that is within the limits. */
export type RequestCause = 'reader' | 'stranger' | 'crowd';

interface LimitDeps {
  noticeCounts: NoticeCounts;
  limits: NoticeLimits;
  clock: Clock;
}

/**
 * Does `queue` unless a limit is reached, and counts the notices that it queued. The steps are the same
 * whether or not one is reached. Call it in a transaction.
 * @param queue returns how many notices it queued
 */
export async function withinNoticeLimits(
  { noticeCounts, limits, clock }: LimitDeps,
  request: NoticeRequest,
  queue: (cause: RequestCause) => Promise<number>,
): Promise<void> {
  const now = clock.now();
  const counters = buildCounters(limits, request, now);
  const known = await noticeCounts.lock(
    counters.map(({ key }) => key),
    now,
  );
  const states = counters.map((counter) => {
    const counts = keepCounting(known.get(counter.key) ?? [], counter.size, now);
    return { ...counter, counts, used: toSum(counts) };
  });
  const cause = toCause(request, states, toMostOfDay(limits, now));
  const ofNone = cause === 'crowd' ? 'others' : 'crowd';
  const reached = states.find(({ of, used, max }) => of !== ofNone && used >= max);
  const queued = reached ? 0 : await queue(cause);
  await noticeCounts.save(
    states.map(({ key, size, counts, of }) => ({
      key,
      counts: addTo(counts, Math.floor(now / size), of === ofNone ? 0 : queued),
      expiresAt: now + DAY + size,
    })),
  );
  await noticeCounts.addWithheld(reached?.name ?? null);
}

/**
 * How many notices strangers have asked for in the last 24 hours, and how many they may: once there are
 * so many, nobody new gets a mail.
 */
export async function countOfStrangers({
  noticeCounts,
  limits,
  clock,
}: {
  noticeCounts: Pick<NoticeCounts, 'look'>;
  limits: NoticeLimits;
  clock: Pick<Clock, 'now'>;
}): Promise<{ used: number; max: number }> {
  const now = clock.now();
  const { key, size, max } = counterOfAll(limits, 'stranger', now);
  return { used: toSum(keepCounting(await noticeCounts.look(key), size, now)), max };
}

function toMostOfDay({ inAll, mostOfDay }: NoticeLimits, now: number): number {
  return Math.min(inAll, mostOfDay?.(now) ?? inAll);
}

function counterOfAll(limits: NoticeLimits, who: string, now: number): Counter {
  const max = Math.min(limits.inAll, DAYS_IN_ALL * toMostOfDay(limits, now));
  return { name: 'all', key: `${who}:all`, max, size: HOURLY, of: 'others' };
}

function buildCounters(
  limits: NoticeLimits,
  { email, ip, isReader }: NoticeRequest,
  now: number,
): Counter[] {
  const { hash, perDomain, perNetwork } = limits;
  const mailbox = toCanonicalMailbox(email);
  const domain = toCountedDomain(mailbox);
  const network = toClientNetwork(ip);
  // Strangers must not use up what readers may ask for.
  const who = isReader ? 'reader' : 'stranger';
  const ofDomain = isBigDomain(domain) ? perDomain * BIG : perDomain;
  const ofNetwork = network === null ? Number.POSITIVE_INFINITY : perNetwork;
  return [
    ...mailboxCounters(hash(mailbox), isReader, hasTag(email)),
    { name: 'domain', key: `${who}:domain:${hash(domain)}`, max: ofDomain, size: HOURLY },
    {
      ...{ name: 'network', key: `${who}:network:${hash(network ?? '')}` },
      ...{ max: ofNetwork, size: HOURLY },
    },
    {
      // It is other networks that it keeps room for.
      ...{ name: 'network', key: `${who}:crowds`, size: HOURLY, of: 'crowd' },
      max: atLeastOne(toMostOfDay(limits, now) * OF_CROWDS),
    },
    counterOfAll(limits, who, now),
  ];
}

/** As many for each request, so that it takes as long: what does not limit it has no limit. */
function mailboxCounters(hash: string, isReader: boolean, isTagged: boolean): Counter[] {
  const none = Number.POSITIVE_INFINITY;
  const [who, spelling] = [isReader ? 'reader' : 'stranger', isTagged ? 'tagged' : 'plain'];
  const ofTags = isReader || !isTagged ? none : WITH_TAGS;
  return [
    { name: 'mailbox', key: `mailbox:${hash}`, max: NOTICES_PER_DAY, size: EXACT },
    {
      ...{ name: 'mailbox', key: `${who}:mailbox:${hash}`, size: EXACT },
      max: isReader ? none : OF_STRANGERS,
    },
    { name: 'mailbox', key: `${who}:${spelling}:${hash}`, max: ofTags, size: EXACT },
  ];
}

function toCause(
  { isReader }: NoticeRequest,
  counters: readonly CountedCounter[],
  mostOfDay: number,
): RequestCause {
  if (isReader) return 'reader';
  const network = counters.find(({ name }) => name === 'network');
  const few = Math.min(CROWD, atLeastOne(mostOfDay * OF_NETWORK));
  const isCrowd = network && Number.isFinite(network.max) && network.used >= few;
  return isCrowd ? 'crowd' : 'stranger';
}

function atLeastOne(number: number): number {
  return Math.max(1, Math.floor(number));
}

function toSum(counts: CountedStretches): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

/**
 * What still counts: all of a stretch while any of it is younger than a day. What is of tomorrow was
 * counted before the clock was set back.
 */
function keepCounting(counts: CountedStretches, size: number, now: number): CountedStretches {
  return counts.filter(
    ([stretch]) => (stretch + 1) * size - 1 > now - DAY && stretch * size <= now + DAY,
  );
}

function addTo(counts: CountedStretches, stretch: number, queued: number): CountedStretches {
  if (queued === 0) return counts;
  const same = counts.find(([other]) => other === stretch)?.[1] ?? 0;
  return [...counts.filter(([other]) => other !== stretch), [stretch, same + queued]];
}
