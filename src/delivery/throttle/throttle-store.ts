import type { Day } from '../../base/day.js';
import type { Hold } from '../sending/holds.js';
import type { Throttle } from './throttle.js';
import type { WarmupDay } from './warmup.js';

/** The name under which the slots of all mails together are kept. No domain has it. */
export const ALL_MAILS = '*';

/** What is counted beside the mails of a day: replies that slow a warm-up. No route has this name. */
export const SLOWED = '*slowed';

export interface SlotRequest {
  /** A domain, a route's scope, or `ALL_MAILS`. */
  name: string;
  wanted: number;
  /** Emission interval by the settings in microseconds; 0 if they set no limit. */
  interval: number;
  /** Whether the mails go in any case and are only counted. */
  urgent?: boolean;
}

/** Slots that no other sender has. Times are microseconds from now by the store's clock. */
export interface SlotGrant {
  name: string;
  count: number;
  /** When the first slot may be used; each other follows one interval after the one before. */
  first: number;
  /** 0 if nothing limits the name any more. */
  interval: number;
  /** When there may be more. */
  next: number;
}

/** The slots and the throttle of a name, as the store knows them. */
export interface SlotState {
  name: string;
  /** Milliseconds by the store's clock. */
  now: number;
  /** The first slot that is not granted yet, in microseconds; 0 if none was granted before. */
  nextSlot: number;
  /** Microseconds; 0 if it is not throttled. */
  throttledInterval: number;
  /** Until then it gets no mail at all, in milliseconds. */
  notBefore: number;
}

/** Moves the next slot of a name from `previous` to `nextSlot`, which takes the slots between. */
export interface SlotMove {
  name: string;
  nextSlot: number;
  previous: number;
}

/** Milliseconds after which shared state is deleted. */
export interface Forgetting {
  /** Throttles that were not changed. */
  throttles: number;
  /** Slots that nobody took. */
  slots: number;
  /** Holds that have ended, and holds of domains that nobody asks for any more. */
  holds: number;
}

export const FORGET_AFTER: Forgetting = {
  throttles: 24 * 3_600_000,
  slots: 3_600_000,
  // Held time counts for three days after a mail was due. A week is enough for that.
  holds: 7 * 24 * 3_600_000,
};

/** The state of rate limits and throttles that all senders of one store share. */
export interface ThrottleStore {
  loadSlots(names: readonly string[]): Promise<SlotState[]>;
  /**
   * Takes slots in one conditional write: those of a name only if its next slot is still the one that
   * was read.
   * @returns the names whose slots were taken
   */
  moveSlots(moves: readonly SlotMove[]): Promise<ReadonlySet<string>>;
  /**
   * Takes up to `wanted` mails of what the cap leaves of that day.
   * @param route whose mails are counted, '' for all
   * @returns how many were taken
   */
  takeOfDay(day: Day, route: string, wanted: number, cap: number): Promise<number>;
  /** Adds to the count of that day, whatever the cap. A negative `count` gives mails back. */
  addToDay(day: Day, route: string, count: number): Promise<void>;
  /** How many mails are counted on that day. */
  ofDay(day: Day, route: string): Promise<number>;
  /** The days from `from` to the one before `before` for which `SLOWED` is counted. */
  slowedDays(from: Day, before: Day): Promise<WarmupDay[]>;
  /** Reads all throttles and holds. */
  look(): Promise<ThrottleState>;
  /**
   * Changes a throttle in one conditional write. `step` is called again if another sender was
   * quicker. It returns the new throttle, `'free'` for none, or `null` for no change.
   * @returns whether anything was changed
   */
  change(scope: string, step: ThrottleStep): Promise<boolean>;
  /** Deletes old state that no longer matters. */
  forget(after: Forgetting): Promise<void>;
}

/** All throttles and holds. */
export interface ThrottleState {
  /** Now by the store's clock, which the times of throttles and holds follow too. */
  now: number;
  throttles: Throttle[];
  holds: Hold[];
}

export type ThrottleStep = (known: Throttle | null, now: number) => Throttle | 'free' | null;
