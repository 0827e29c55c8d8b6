import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { PaperboyError } from '../../base/errors.js';
import type { SnsDeps } from './sns.js';

/** Keys that are kept; there is one at a time for each region. */
const MOST_KEPT = 20;
/** How many certificates may be asked for within a minute, since anybody may name one. */
const MOST_ASKED = 10;
const MINUTE = 60_000;
/**
 * For how long one is not asked for again that could not be had: twice as long each time. Amazon sends
 * a notification again for an hour, and a network that was away must be noticed well within it.
 */
const LONGEST_WAIT = 2 * MINUTE;
/** The same where an answer came and was no certificate. */
const LONGEST_WAIT_FOR_OTHERS = 15 * MINUTE;

interface Failure {
  times: number;
  until: number;
}

/**
 * Loads the keys of certificates, each once. One that can't be had, or is none, is left alone for a
 * while: whoever names it again and again must not have us ask Amazon as often.
 * @param fetchText reads an address of Amazon's
 */
export function snsKeys(
  fetchText: (url: URL) => Promise<string>,
  clock: Clock,
): SnsDeps['loadKey'] {
  const kept = new Map<string, KeyObject>();
  const underWay = new Map<string, Promise<KeyObject>>();
  const failures = new Map<string, Failure>();
  let asked: number[] = [];

  const load = async (href: string): Promise<KeyObject> => {
    let longest = LONGEST_WAIT;
    try {
      const text = await fetchText(new URL(href));
      longest = LONGEST_WAIT_FOR_OTHERS;
      const key = createPublicKey(text);
      failures.delete(href);
      keep(kept, href, key);
      return key;
    } catch {
      const times = (failures.get(href)?.times ?? 0) + 1;
      const wait = Math.min(MINUTE * 2 ** (times - 1), longest);
      keep(failures, href, { times, until: clock.steady() + wait });
      throw unchecked();
    } finally {
      underWay.delete(href);
    }
  };

  return async ({ href }) => {
    const known = kept.get(href) ?? underWay.get(href);
    if (known !== undefined) return known;
    const now = clock.steady();
    asked = asked.filter((then) => now - then < MINUTE);
    if (now < (failures.get(href)?.until ?? now) || asked.length >= MOST_ASKED) throw unchecked();
    asked.push(now);
    const loading = load(href);
    underWay.set(href, loading);
    return loading;
  };
}

/** Where there are too many, the oldest goes. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  const [oldest] = map.keys();
  if (map.size >= MOST_KEPT && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}

function unchecked(): PaperboyError {
  return new PaperboyError(
    'hook_unchecked',
    'The certificate of Amazon SNS could not be read; try again later.',
  );
}
