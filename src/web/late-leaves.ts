import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.js';
import { isStorePassing } from './failure.js';

/** Between two tries. A store waits for its lock by itself in each. */
const AGAIN = 1_000;
/** No program has a store locked for longer that means well; a disk that is full is seen to by then. */
const LONGEST = 10 * 60_000;

/**
 * Leaving that met a store which could not be written: locked by another program, on a full disk, or
 * away. A mail client asks once and looks at no answer (RFC 8058), so what it asked for is tried again
 * until it is done, while the process lives.
 * @returns a function that does the work, or goes on with it behind the answer
 */
export function openLateLeaves(app: FastifyInstance, clock: Clock) {
  const stop = new AbortController();
  app.addHook('onClose', async () => stop.abort());

  const goOn = async (work: () => Promise<unknown>): Promise<void> => {
    const until = clock.steady() + LONGEST;
    while (!stop.signal.aborted && clock.steady() < until) {
      await clock.sleep(AGAIN, stop.signal);
      try {
        await work();
        return;
      } catch (error) {
        if (!isStorePassing(error)) throw error;
      }
    }
  };

  /** @throws whatever `work` throws the first time */
  return async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (isStorePassing(error)) {
        goOn(work).catch((failure: unknown) => app.log.error({ err: failure }));
      }
      throw error;
    }
  };
}
