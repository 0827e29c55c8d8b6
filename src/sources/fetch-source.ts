import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { Source, SourceOptions } from './source.js';

/** How sources are fetched; each may have a time of its own. */
export interface FetchSourceOptions {
  signal?: AbortSignal | undefined;
  /** The day that it is for whoever asks. */
  today?: Day | undefined;
  /** From when on an answer is new enough not to be fetched again, by the clock. */
  since?: number | undefined;
  /** Milliseconds that a source has for its answer; for ever when left out. */
  limitFor?: (source: string) => number;
}

interface FetchSourceDeps {
  clock: Clock;
  logger: Logger;
}

/**
 * Fetches from one source, and breaks it off when its time is over. Whatever goes wrong in it, a fault of
 * the program too, is the reason why there is no answer, and no matter of the others.
 */
export async function fetchSource<T>(
  { clock, logger }: FetchSourceDeps,
  { name }: Source,
  { signal, today, since, limitFor }: FetchSourceOptions,
  fetch: (options: SourceOptions) => Promise<T>,
): Promise<{ answer: T } | { reason: string }> {
  const limit = limitFor?.(name);
  const until = limit === undefined ? undefined : clock.now() + limit;
  try {
    const work = (inTime: AbortSignal | undefined) =>
      fetch({ signal: inTime, today, since, until });
    if (limit === undefined) return { answer: await work(signal) };
    return { answer: await within(limit, { clock, name, signal }, work) };
  } catch (error) {
    if (error instanceof PaperboyError) return { reason: error.message };
    if (!signal?.aborted)
      logger.error({ event: 'source_broke', source: name, err: error }, 'a source broke');
    return { reason: `${name} could not be read (${toErrorMessage(error)}).` };
  }
}

interface WithinOptions {
  clock: Clock;
  name: string;
  signal: AbortSignal | undefined;
}

/** Waits no longer than `ms`, though the source may not heed its signal. */
async function within<T>(
  ms: number,
  { clock, name, signal }: WithinOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  const late = new Promise<never>((_resolve, reject) => {
    const both = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
    clock.sleep(ms, both).then(() => {
      if (done.signal.aborted) return;
      over.abort();
      reject(
        new PaperboyError('source_failed', `${name} did not answer in the time that there was.`),
      );
    }, reject);
  });
  const inTime = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  try {
    return await Promise.race([work(inTime), late]);
  } finally {
    done.abort();
  }
}
