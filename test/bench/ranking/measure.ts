import type { Row } from './table.js';

const PLACES = 10;

/** How good an order is: 1 when its first ten are those with the most final votes, best first. */
export function ndcg(order: readonly Row[]): number {
  const gains = order.map(({ finalVotes }) => Math.log2(1 + finalVotes));
  const best = dcg([...gains].sort((a, b) => b - a));
  return best === 0 ? 1 : dcg(gains) / best;
}

function dcg(gains: readonly number[]): number {
  return gains.slice(0, PLACES).reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const DRAWS = 2_000;

/**
 * Between which values the mean of all days lies, 19 times out of 20, if months are drawn anew: days
 * of one month are alike, so drawing days would promise too much.
 */
export function interval(months: readonly (readonly number[])[]): [from: number, to: number] {
  const random = randomFrom(20_260_302);
  const means = Array.from({ length: DRAWS }, () => {
    const drawn = months.map(() => months[Math.floor(random() * months.length)] ?? []);
    return mean(drawn.flat());
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.floor(share * DRAWS)] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

/** The same numbers in each run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
