import type { Clock } from '../base/clock.js';
import { toErrorMessage } from '../base/errors.js';
import type { Leases } from '../base/leases.js';
import type { Logger } from '../base/logger.js';

/** Lets requests through no faster than a source wants them. */
export interface RequestLimit {
  /** Waits for the slot of one request, and does it. */
  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/**
 * At most `burst` requests at once and one more each `interval` milliseconds after that, so never more
 * than `burst` + T / `interval` within T milliseconds.
 */
export function burstLimit(clock: Clock, burst: number, interval: number): RequestLimit {
  let next = Number.NEGATIVE_INFINITY;
  return {
    async run(request, signal) {
      const now = clock.steady();
      next = Math.max(next, now - burst * interval) + interval;
      if (next > now) await clock.sleep(next - now, signal);
      return request();
    },
  };
}

interface OneAtATimeOptions {
  clock: Clock;
  logger: Logger;
  leases: Leases;
  /** Of the lease. */
  name: string;
  /** This process, by a name of its own among all that use the store. */
  holder: string;
  /** Milliseconds from the end of one request to the next. */
  interval: number;
  /** For how long one request may take. */
  longest: number;
}

/** How often it looks whether another process has done its request. */
const LOOK_EVERY = 500;
/** How long whoever is next may be silent before another is: more than a few looks. */
const NEXT_LEASE = 10_000;

/**
 * One request at a time and an interval between two, across all processes that share a store. Before it
 * may ask, a process has to be the one that is next, which it is until its request begins. So one
 * with a long row of requests waits behind each of the others, who came to be next meanwhile.
 */
export function oneAtATime(options: OneAtATimeOptions): RequestLimit {
  const { clock, logger, leases, name, holder, interval, longest } = options;
  const next = `${name}: next`;
  let before: Promise<unknown> = Promise.resolve();
  let nextAt = Number.NEGATIVE_INFINITY;

  /** The lease runs out by itself; over that no answer is lost, nor why there is none. */
  const afterwards = async (done: () => Promise<unknown>): Promise<void> => {
    await done().catch((error: unknown) => {
      logger.warn(
        { event: 'lease_not_handed_on', err: error, lease: name, holder },
        'a lease was not handed on in time',
      );
    });
  };

  const waitForSlot = async (signal?: AbortSignal): Promise<void> => {
    try {
      for (;;) {
        signal?.throwIfAborted();
        const isNext = await leases.take(next, holder, NEXT_LEASE);
        if (isNext && (await leases.take(name, holder, longest))) return;
        await clock.sleep(LOOK_EVERY, signal);
      }
    } finally {
      await afterwards(() => leases.release(next, holder));
    }
  };

  const slot = async <T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const wait = nextAt - clock.steady();
    if (wait > 0) await clock.sleep(wait, signal);
    await waitForSlot(signal);
    try {
      return await request();
    } finally {
      nextAt = clock.steady() + interval;
      // Not given back: until the interval is over, nobody else may ask either.
      await afterwards(() => leases.take(name, holder, interval));
    }
  };
  return {
    run(request, signal) {
      const mine = before.then(() => slot(request, signal));
      before = mine.catch(toErrorMessage);
      return mine;
    },
  };
}
