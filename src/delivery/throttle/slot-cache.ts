import type { Clock } from '../../base/clock.js';
import { LOOKAHEAD } from './gcra.js';
import { takeSlots } from './take-slots.js';
import type { SlotGrant, SlotRequest, ThrottleStore } from './throttle-store.js';

/** Milliseconds after which an unused slot lapses. Slots can't be saved up. */
const LAPSE = 1_000;
/** Names that are kept. Most are domains for which nothing waits any more. */
const MANY_NAMES = 5_000;

interface Entry {
  /** Slots that were granted and not used, in milliseconds of the steady clock, in order. */
  slots: number[];
  /** Until then the store has no more. */
  closedUntil: number;
}

/** The slots that this sender holds, so that it asks the store only now and then. */
export class SlotCache {
  readonly #throttleStore: ThrottleStore;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor({ throttleStore, clock }: { throttleStore: ThrottleStore; clock: Clock }) {
    this.#throttleStore = throttleStore;
    this.#clock = clock;
  }

  /** When there may be a slot for a name, by the steady clock; 0 if there is one. */
  opensAt(name: string): number {
    const { slots, closedUntil } = this.#entry(name);
    return slots.length > 0 ? 0 : closedUntil;
  }

  /** The time of the first unused slot, else the time at which there may be one. */
  nextSlotAt(name: string): number {
    const { slots, closedUntil } = this.#entry(name);
    return slots[0] ?? closedUntil;
  }

  /**
   * Takes slots, earliest first, as many of the wanted ones as there are.
   * @returns for each name the moments, by the steady clock, from which a mail may go
   */
  async take(wanted: readonly SlotRequest[]): Promise<Map<string, number[]>> {
    const taken = new Map<string, number[]>();
    const requests: SlotRequest[] = [];
    for (const request of wanted) {
      const { slots, closedUntil } = this.#entry(request.name);
      const cached = slots.splice(0, request.wanted);
      taken.set(request.name, cached);
      const missing = request.wanted - cached.length;
      if (missing > 0 && closedUntil <= this.#clock.steady())
        requests.push({ ...request, wanted: missing });
    }
    if (requests.length > 0) {
      for (const grant of await takeSlots(this.#throttleStore, requests)) {
        taken.get(grant.name)?.push(...this.#toMoments(grant));
      }
    }
    if (this.#entries.size > MANY_NAMES) this.#tidy();
    return taken;
  }

  /** Puts unused slots back at the front. */
  putBack(name: string, slots: readonly number[]): void {
    if (slots.length > 0) this.#entry(name).slots.unshift(...slots);
  }

  /** Drops the slots of a name whose limit has changed. */
  reset(name: string): void {
    this.#entries.delete(name);
  }

  #toMoments({ name, count, first, interval, next }: SlotGrant): number[] {
    const now = this.#clock.steady();
    // Waits until half of the lookahead is free again. Otherwise each slot would cost a write.
    this.#entry(name).closedUntil = now + Math.ceil(Math.max(0, next - LOOKAHEAD / 2) / 1_000);
    return Array.from({ length: count }, (_, n) => now + Math.ceil((first + n * interval) / 1_000));
  }

  #entry(name: string): Entry {
    let entry = this.#entries.get(name);
    if (!entry) {
      entry = { slots: [], closedUntil: 0 };
      this.#entries.set(name, entry);
    }
    const lapsed = this.#clock.steady() - LAPSE;
    while (entry.slots[0] !== undefined && entry.slots[0] < lapsed) entry.slots.shift();
    return entry;
  }

  #tidy(): void {
    const now = this.#clock.steady();
    for (const [name, { slots, closedUntil }] of this.#entries) {
      if (slots.length === 0 && closedUntil <= now) this.#entries.delete(name);
    }
  }
}
