import type { Clock } from '../../base/clock.js';
import { LOOKAHEAD } from './gcra.js';
import type { SlotGrant, SlotRequest, ThrottleStore } from './rate-limits.js';
import { takeSlots } from './take-slots.js';

/** Milliseconds after which an unused slot lapses: slots are not saved up. */
const LAPSE = 1_000;
/** Names that are kept in mind; most of them are domains that nothing waits for any more. */
const MANY_NAMES = 5_000;

interface Pocket {
  /** Slots that were taken and not used, in milliseconds of the steady clock, in order. */
  slots: number[];
  /** Until then it is no use to ask for more. */
  closedUntil: number;
}

/** What this sender knows of the slots it may take, so that it asks the store only now and then. */
export class SlotCache {
  readonly #throttleStore: ThrottleStore;
  readonly #clock: Clock;
  readonly #pockets = new Map<string, Pocket>();

  constructor({ throttleStore, clock }: { throttleStore: ThrottleStore; clock: Clock }) {
    this.#throttleStore = throttleStore;
    this.#clock = clock;
  }

  /** When there may be a slot for that name, by the steady clock. */
  opensAt(name: string): number {
    const { slots, closedUntil } = this.#pocket(name);
    return slots.length > 0 ? 0 : closedUntil;
  }

  /** When the first slot is that was taken and not used, or when there may be one. */
  firstAt(name: string): number {
    const { slots, closedUntil } = this.#pocket(name);
    return slots[0] ?? closedUntil;
  }

  /**
   * Takes slots, earliest first and as many as there are of those that are wanted.
   * @returns for each name the moments, by the steady clock, from which a mail may go.
   */
  async take(wanted: readonly SlotRequest[]): Promise<Map<string, number[]>> {
    const taken = new Map<string, number[]>();
    const asked: SlotRequest[] = [];
    for (const want of wanted) {
      const { slots, closedUntil } = this.#pocket(want.name);
      const kept = slots.splice(0, want.wanted);
      taken.set(want.name, kept);
      const missing = want.wanted - kept.length;
      if (missing > 0 && closedUntil <= this.#clock.steady())
        asked.push({ ...want, wanted: missing });
    }
    if (asked.length > 0) {
      for (const given of await takeSlots(this.#throttleStore, asked)) {
        taken.get(given.name)?.push(...this.#toMoments(given));
      }
    }
    if (this.#pockets.size > MANY_NAMES) this.#tidy();
    return taken;
  }

  /** Keeps slots for later that no mail was found for. */
  putBack(name: string, slots: readonly number[]): void {
    if (slots.length > 0) this.#pocket(name).slots.unshift(...slots);
  }

  /** Forgets what is known of a name whose limit has changed. */
  reset(name: string): void {
    this.#pockets.delete(name);
  }

  #toMoments({ name, count, first, interval, next }: SlotGrant): number[] {
    const now = this.#clock.steady();
    // More only when half of the lookahead is free again, or each slot would cost a write.
    this.#pocket(name).closedUntil = now + Math.ceil(Math.max(0, next - LOOKAHEAD / 2) / 1_000);
    return Array.from({ length: count }, (_, n) => now + Math.ceil((first + n * interval) / 1_000));
  }

  #pocket(name: string): Pocket {
    let pocket = this.#pockets.get(name);
    if (!pocket) {
      pocket = { slots: [], closedUntil: 0 };
      this.#pockets.set(name, pocket);
    }
    const lapsed = this.#clock.steady() - LAPSE;
    while (pocket.slots[0] !== undefined && pocket.slots[0] < lapsed) pocket.slots.shift();
    return pocket;
  }

  #tidy(): void {
    const now = this.#clock.steady();
    for (const [name, { slots, closedUntil }] of this.#pockets) {
      if (slots.length === 0 && closedUntil <= now) this.#pockets.delete(name);
    }
  }
}
