/** Results kept. Most visitors look at the same few editions. */
const KEPT = 10;

/**
 * Keeps the results of the last ten different calls of `work`. Rendering the papers of an edition
 * takes ten milliseconds, and every visitor of the front page gets the same. Ten editions take some
 * megabytes.
 * @param work a function whose result depends on its arguments alone; these must be JSON
 */
export function memoize<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => R {
  const known = new Map<string, R>();
  return (...args) => {
    const key = JSON.stringify(args);
    const result = known.get(key) ?? work(...args);
    // A map iterates in insertion order, so the first key is the least recently used.
    known.delete(key);
    known.set(key, result);
    for (const oldest of known.keys()) {
      if (known.size <= KEPT) break;
      known.delete(oldest);
    }
    return result;
  };
}

/** Makes something when it is first asked for; a failure is tried again the next time. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
