import type { Random } from '../../base/random.js';
import { createNoticeLimits, type NoticeLimits } from '../../subscribers/notice-limits.js';
import type { KeyStore } from '../../subscribers/secret-key.js';
import { toNoticesPerDay, toRoutesCap } from './notice-budget.js';
import type { RateLimits } from './rate-limits.js';

/** What the settings say of how many notices can be asked for, and how many go out. */
export interface NoticeLimitSettings {
  readonly noticeLimits: Omit<NoticeLimits, 'hash' | 'mostOfDay'>;
  readonly rateLimits: RateLimits;
  readonly routes: readonly { readonly dailyCap: number | null }[];
}

/** Where the key of the counters is kept. */
const KEY = 'notice_counts_key';

/** The key is the store's own: a new SECRET_KEY must not let everybody ask anew. */
export async function openNoticeLimits(
  { noticeLimits, rateLimits, routes }: NoticeLimitSettings,
  { settings, random }: { settings: KeyStore; random: Random },
): Promise<NoticeLimits> {
  const secret = await settings.getOrSet(KEY, random.bytes(32).toString('base64url'));
  const limits = { ...rateLimits, routesCap: toRoutesCap(routes) };
  const mostOfDay = (now: number) => toNoticesPerDay(limits, now);
  return createNoticeLimits(secret, { ...noticeLimits, mostOfDay });
}
