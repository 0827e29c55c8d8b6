/** Time as the rest of the program sees it: passed in, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch; a machine's clock may be set back, or ahead. */
  now(): number;
  /**
   * Milliseconds since some moment, which nobody sets back or ahead: for what measures a span. It
   * means nothing to another process, nor in the store.
   */
  steady(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => Math.floor(performance.now()),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener('abort', finish, { once: true });
    }),
};
