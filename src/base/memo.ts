/** How many results are kept: the editions that most people look at. */
const KEPT = 10;

/**
 * The same function, which does not work out again what it has just been asked: the papers of an
 * edition take a template ten milliseconds, and whoever comes to the front page gets the same. With
 * their papers, ten editions take some megabytes.
 * @param work whose results depend on nothing but its arguments, and these are JSON.
 */
export function remembering<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => R {
  const known = new Map<string, R>();
  return (...args) => {
    const key = JSON.stringify(args);
    const result = known.get(key) ?? work(...args);
    // A map keeps its keys in the order in which they were put in: the first is the longest unused.
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
