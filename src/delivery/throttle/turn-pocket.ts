import type { Clock } from '../../base/clock.js';
import type { Paces, TurnsAsked, TurnsGiven } from './pace.js';
import { HORIZON } from './turns.js';

/** Milliseconds after which an unused turn lapses: turns are not saved up. */
const LAPSE = 1_000;
/** Names that are kept in mind; most of them are domains that nothing waits for any more. */
const MANY_NAMES = 5_000;

interface Pocket {
  /** Turns that were taken and not used, in milliseconds of the steady clock, in order. */
  turns: number[];
  /** Until then it is no use to ask for more. */
  closedUntil: number;
}

/** What this sender knows of the turns it may take, so that it asks the store only now and then. */
export class TurnPocket {
  readonly #paces: Paces;
  readonly #clock: Clock;
  readonly #pockets = new Map<string, Pocket>();

  constructor({ paces, clock }: { paces: Paces; clock: Clock }) {
    this.#paces = paces;
    this.#clock = clock;
  }

  /** When there may be a turn for that name, by the steady clock. */
  opensAt(name: string): number {
    const { turns, closedUntil } = this.#pocket(name);
    return turns.length > 0 ? 0 : closedUntil;
  }

  /** When the first turn is that was taken and not used, or when there may be one. */
  firstAt(name: string): number {
    const { turns, closedUntil } = this.#pocket(name);
    return turns[0] ?? closedUntil;
  }

  /**
   * Takes turns, earliest first and as many as there are of those that are wanted.
   * @returns for each name the moments, by the steady clock, from which a mail may go.
   */
  async take(wanted: readonly TurnsAsked[]): Promise<Map<string, number[]>> {
    const taken = new Map<string, number[]>();
    const asked: TurnsAsked[] = [];
    for (const want of wanted) {
      const { turns, closedUntil } = this.#pocket(want.name);
      const kept = turns.splice(0, want.wanted);
      taken.set(want.name, kept);
      const missing = want.wanted - kept.length;
      if (missing > 0 && closedUntil <= this.#clock.steady())
        asked.push({ ...want, wanted: missing });
    }
    if (asked.length > 0) {
      for (const given of await this.#paces.take(asked)) {
        taken.get(given.name)?.push(...this.#toMoments(given));
      }
    }
    if (this.#pockets.size > MANY_NAMES) this.#tidy();
    return taken;
  }

  /** Keeps turns for later that no mail was found for. */
  putBack(name: string, turns: readonly number[]): void {
    if (turns.length > 0) this.#pocket(name).turns.unshift(...turns);
  }

  /** Forgets what is known of a name whose limit has changed. */
  reset(name: string): void {
    this.#pockets.delete(name);
  }

  #toMoments({ name, count, first, gap, next }: TurnsGiven): number[] {
    const now = this.#clock.steady();
    // More only when half of the horizon is free again, or each turn would cost a write.
    this.#pocket(name).closedUntil = now + Math.ceil(Math.max(0, next - HORIZON / 2) / 1_000);
    return Array.from({ length: count }, (_, n) => now + Math.ceil((first + n * gap) / 1_000));
  }

  #pocket(name: string): Pocket {
    let pocket = this.#pockets.get(name);
    if (!pocket) {
      pocket = { turns: [], closedUntil: 0 };
      this.#pockets.set(name, pocket);
    }
    const lapsed = this.#clock.steady() - LAPSE;
    while (pocket.turns[0] !== undefined && pocket.turns[0] < lapsed) pocket.turns.shift();
    return pocket;
  }

  #tidy(): void {
    const now = this.#clock.steady();
    for (const [name, { turns, closedUntil }] of this.#pockets) {
      if (turns.length === 0 && closedUntil <= now) this.#pockets.delete(name);
    }
  }
}
