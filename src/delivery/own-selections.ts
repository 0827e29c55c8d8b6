import { selectPapers } from '../digest/selection.js';
import type { FullEdition } from '../editions/edition.js';
import type { Planning, ReaderWish } from './planning.js';

/**
 * The selections of readers who may have had some of an edition's papers in another one. What they
 * had is left out. Make one for each transaction, begun with `planAlone`.
 */
export class OwnSelections {
  readonly #ledger: Pick<Planning, 'selectionId' | 'selection' | 'alsoKnownAs' | 'selectionsOf'>;
  readonly #edition: FullEdition;
  readonly #sharing: readonly number[];
  /** By their length and what was had. */
  readonly #ids = new Map<string, Promise<number | null>>();

  constructor(
    ledger: Pick<Planning, 'selectionId' | 'selection' | 'alsoKnownAs' | 'selectionsOf'>,
    edition: FullEdition,
    sharing: readonly number[],
  ) {
    this.#ledger = ledger;
    this.#edition = edition;
    this.#sharing = sharing;
  }

  /** @returns ids of selections by those of subscribers; who has had everything has none. */
  async of(
    readers: readonly (Pick<ReaderWish, 'length'> & { id: number })[],
  ): Promise<ReadonlyMap<number, number>> {
    const ids = readers.map(({ id }) => id);
    const had = await this.#ledger.selectionsOf(this.#sharing, ids);
    const found = new Map<number, number>();
    for (const { id, length } of readers) {
      const selectionId = await this.#idOf(length, had.get(id) ?? []);
      if (selectionId !== null) found.set(id, selectionId);
    }
    return found;
  }

  #idOf(length: number, had: readonly number[]): Promise<number | null> {
    const key = `${length} ${had.join()}`;
    const known = this.#ids.get(key);
    if (known) return known;
    const id = this.#make(length, had);
    this.#ids.set(key, id);
    return id;
  }

  async #make(length: number, had: readonly number[]): Promise<number | null> {
    const papers = await Promise.all(had.map((id) => this.#ledger.selection(id)));
    const known = await this.#ledger.alsoKnownAs(papers.flat());
    const chosen = selectPapers(this.#edition, { length }, known);
    return chosen.length === 0 ? null : this.#ledger.selectionId(this.#edition.id, chosen);
  }
}
