import type { SelectionWish, Selector } from '../digest/selection.js';
import type { FullEdition } from '../editions/edition.js';
import { INTERESTS } from '../subscribers/preferences.js';
import type { Planning } from './planning.js';

type OwnLedger = Pick<Planning, 'selectionIds' | 'selection' | 'alsoKnownAs' | 'selectionsOf'>;

/**
 * The selections of readers who may have had some of an edition's papers in another one. What they
 * had is left out. Make one for each transaction, begun with `planAlone`.
 */
export class OwnSelections {
  readonly #ledger: OwnLedger;
  readonly #edition: FullEdition;
  readonly #selector: Selector;
  readonly #sharing: readonly number[];
  /** By what was wished and what was had. */
  readonly #ids = new Map<string, Promise<number | null>>();

  constructor(
    ledger: OwnLedger,
    edition: FullEdition,
    selector: Selector,
    sharing: readonly number[],
  ) {
    this.#ledger = ledger;
    this.#edition = edition;
    this.#selector = selector;
    this.#sharing = sharing;
  }

  /** @returns ids of selections by those of subscribers; who has had everything has none. */
  async of(
    readers: readonly (SelectionWish & { id: number })[],
  ): Promise<ReadonlyMap<number, number>> {
    const ids = readers.map(({ id }) => id);
    const had = await this.#ledger.selectionsOf(this.#sharing, ids);
    const found = new Map<number, number>();
    for (const reader of readers) {
      const { id } = reader;
      const selectionId = await this.#idOf(reader, had.get(id) ?? []);
      if (selectionId !== null) found.set(id, selectionId);
    }
    return found;
  }

  #idOf(wish: SelectionWish, had: readonly number[]): Promise<number | null> {
    const key = JSON.stringify([wish.length, had, ...INTERESTS.map((field) => wish[field])]);
    const known = this.#ids.get(key);
    if (known) return known;
    const id = this.#make(wish, had);
    this.#ids.set(key, id);
    return id;
  }

  async #make(wish: SelectionWish, had: readonly number[]): Promise<number | null> {
    const before = await Promise.all(had.map((id) => this.#ledger.selection(id)));
    const known = await this.#ledger.alsoKnownAs(before.flatMap(({ papers }) => papers));
    const chosen = this.#selector.select(wish, known);
    if (chosen.papers.length === 0) return null;
    const [id = null] = await this.#ledger.selectionIds(this.#edition.id, [chosen]);
    return id;
  }
}
