import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';

/** Lets requests through no faster than a source wants them. */
export interface RequestLimit {
  /** Waits for the turn of one request, and does it. */
  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/**
 * At most `burst` requests at once and one more each `gap` milliseconds after that, so never more
 * than `burst` + T / `gap` within T milliseconds.
 */
export function burstLimit(clock: Clock, burst: number, gap: number): RequestLimit {
  let next = Number.NEGATIVE_INFINITY;
  return {
    async run(request, signal) {
      const now = clock.steady();
      next = Math.max(next, now - burst * gap) + gap;
      if (next > now) await clock.sleep(next - now, signal);
      return request();
    },
  };
}

/** What only one process at a time may do, as the store keeps it. */
interface Leases {
  take(name: string, holder: string, ms: number): Promise<boolean>;
}

interface TurnOptions {
  clock: Clock;
  leases: Leases;
  /** Of the lease. */
  name: string;
  /** This process, by a name of its own among all that use the store. */
  holder: string;
  /** Milliseconds from the end of one request to the next. */
  gap: number;
  /** For how long one request may take. */
  longest: number;
}

/** How often it looks whether another process has done its request. */
const LOOK_EVERY = 500;

/** One request at a time and a gap between two, across all processes that share a store. */
export function oneAtATime(options: TurnOptions): RequestLimit {
  const { clock, leases, name, holder, gap, longest } = options;
  let before: Promise<unknown> = Promise.resolve();
  let nextAt = Number.NEGATIVE_INFINITY;

  const turn = async <T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const wait = nextAt - clock.steady();
    if (wait > 0) await clock.sleep(wait, signal);
    while (!(await leases.take(name, holder, longest))) {
      await clock.sleep(LOOK_EVERY, signal);
      signal?.throwIfAborted();
    }
    try {
      return await request();
    } finally {
      nextAt = clock.steady() + gap;
      // Not given back: until the gap is over, nobody else may ask either.
      await leases.take(name, holder, gap);
    }
  };
  return {
    run(request, signal) {
      const mine = before.then(() => turn(request, signal));
      before = mine.catch(messageOf);
      return mine;
    },
  };
}
