export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('There is no median of nothing.');
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** @param share 0.99 for the 99th percentile; nearest rank */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new Error('There is no percentile of nothing.');
  return found;
}

/**
 * The median of the ratios of each round: what slows the machine down for a while slows both sides
 * of a round, and leaves their ratio alone.
 */
export function medianRatio(numbers: readonly number[], references: readonly number[]): number {
  return median(numbers.map((number, round) => number / (references[round] ?? Number.NaN)));
}
