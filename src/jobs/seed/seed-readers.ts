import { confirmSubscription } from '../../delivery/confirm.js';
import { SelectorCache } from '../../interests/selection.js';
import { importSubscribers } from '../../subscribers/import.js';
import { pause, unsubscribe } from '../../subscribers/leave.js';
import { CONFIRM_HOURS, requestSubscription } from '../../subscribers/subscribe.js';
import { suppressByOperator, unsuppress } from '../../subscribers/suppress.js';
import type { Chance } from './chance.js';
import type { MadeUpReader } from './made-up-readers.js';
import type { SeedDeps } from './seed-store.js';

const HOUR = 3_600_000;
/** Days after which readers do what they do in the end. */
const [SOONEST, LATEST] = [2, 20];

/** Lets readers join and do what they do, a few of them a day. */
export class SeedReaders {
  readonly #deps: SeedDeps;
  readonly #chance: Chance;
  readonly #selectors = new SelectorCache();
  /** Who has joined and does something more, with the number of the day. */
  #waiting: { reader: MadeUpReader; day: number }[] = [];

  constructor(deps: SeedDeps, chance: Chance) {
    this.#deps = deps;
    this.#chance = chance;
  }

  async join(readers: readonly MadeUpReader[], day: number): Promise<void> {
    const { atomically } = this.#deps.store;
    const { clock, languages } = this.#deps;
    const rows = readers.flatMap(({ via, row }) =>
      via === 'import' ? [{ row, as: 'active' as const }] : [],
    );
    const asking = readers.filter(({ via }) => via === 'form');
    await atomically(async (stores) => {
      await importSubscribers({ ...stores, clock, languages }, rows, {
        via: 'import',
        remind: false,
      });
      for (const { row } of asking) {
        await requestSubscription(
          { ...stores, clock, languages, limits: null },
          row,
          this.#origin('form'),
        );
      }
    });
    for (const reader of asking) if (reader.fate !== 'ignores') await this.#confirm(reader);
    this.#waiting.push(
      ...readers
        .filter(({ fate }) => fate !== 'stays' && fate !== 'ignores')
        .map((reader) => ({ reader, day: day + this.#chance.number(SOONEST, LATEST) })),
    );
  }

  async #confirm({ row }: MadeUpReader): Promise<void> {
    const { store, clock, logger, languages } = this.#deps;
    const known = await store.subscribers.findByEmail(row.email);
    if (!known) return;
    const { id: subscriberId, round } = known;
    const expiresAt = clock.now() + CONFIRM_HOURS * HOUR;
    await confirmSubscription(
      {
        ...{ ...store, clock, logger, freezeAfter: 0, selectors: this.#selectors },
        defaultLanguage: languages.own,
      },
      { subscriberId, round, expiresAt },
      this.#origin('link'),
    );
  }

  /** Does what is to be done up to a day. */
  async act(day: number): Promise<void> {
    const now = this.#waiting.filter((one) => one.day <= day);
    this.#waiting = this.#waiting.filter((one) => one.day > day);
    for (const { reader } of now) await this.#meetFate(reader);
  }

  async #meetFate({ row: { email }, fate }: MadeUpReader): Promise<void> {
    const { store, clock, languages } = this.#deps;
    await store.atomically(async (stores) => {
      const deps = { ...stores, clock, languages };
      const known = await stores.subscribers.findByEmail(email);
      if (!known) return;
      if (fate === 'pauses') await pause(deps, known.id, this.#origin('link'));
      if (fate === 'leaves') await unsubscribe(deps, known.id, this.#origin('one-click'));
      if (fate === 'complains') {
        const detail = 'reported as spam';
        await stores.subscribers.suppress({ email, reason: 'complaint', at: clock.now(), detail });
      }
      if (fate === 'shut-out' || fate === 'let-in-again') {
        await suppressByOperator(deps, { email, reason: 'asked for it by phone' });
      }
      if (fate === 'let-in-again') {
        await unsuppress(deps, { email, reason: 'it was a mistake' }, { confirmed: false });
      }
    });
  }

  /** Addresses are of the range for documentation (RFC 5737). */
  #origin(via: string) {
    return { via, ip: `203.0.113.${this.#chance.number(1, 254)}` };
  }
}
