import type { FullEdition } from '../../editions/edition.js';
import type { Selection, SelectionPreferences, Selector } from '../../interests/selection.js';
import { INTERESTS } from '../../subscribers/preferences.js';
import type { Planning } from './planning.js';

type OwnLedger = Pick<Planning, 'selectionIds' | 'loadPapers' | 'alsoKnownAs' | 'loadSelections'>;
type Reader = SelectionPreferences & { id: number };

/** Preferences and what was had before it, with all who share both. */
interface Shared {
  preferences: SelectionPreferences;
  /** Papers of this edition. */
  had: ReadonlySet<string>;
  readers: number[];
}

/**
 * The selections of readers who may have had some of an edition's papers in another one. What they
 * had is left out.
 */
export class OwnSelections {
  readonly #edition: FullEdition;
  readonly #selector: Selector;
  readonly #sharing: readonly number[];
  #aliases: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(edition: FullEdition, selector: Selector, sharing: readonly number[]) {
    this.#edition = edition;
    this.#selector = selector;
    this.#sharing = sharing;
  }

  /**
   * @param ledger of a transaction that was begun with `lockPlanning`
   * @returns ids of selections by those of subscribers; who has had everything has none.
   */
  async of(ledger: OwnLedger, readers: readonly Reader[]): Promise<ReadonlyMap<number, number>> {
    const chosen: { readers: number[]; selection: Selection }[] = [];
    for (const { preferences, had, readers: all } of await this.#shared(ledger, readers)) {
      const selection = this.#selector.select(preferences, had);
      if (selection.papers.length > 0) chosen.push({ readers: all, selection });
    }
    const selections = chosen.map(({ selection }) => selection);
    const ids = await ledger.selectionIds(this.#edition.id, selections);
    const found = new Map<number, number>();
    for (const [place, { readers: all }] of chosen.entries()) {
      const id = ids[place];
      if (id !== undefined) for (const reader of all) found.set(reader, id);
    }
    return found;
  }

  async #shared(ledger: OwnLedger, readers: readonly Reader[]): Promise<Iterable<Shared>> {
    const before = await ledger.loadSelections(
      this.#sharing,
      readers.map(({ id }) => id),
    );
    const papers = await ledger.loadPapers([...new Set([...before.values()].flat())]);
    const aliases = papers.size > 0 ? await this.#names(ledger) : new Map<string, string[]>();
    const shared = new Map<string, Shared>();
    for (const preferences of readers) {
      const all = (before.get(preferences.id) ?? []).flatMap((id) => papers.get(id) ?? []);
      const had = [...new Set(all.flatMap((id) => aliases.get(id) ?? []))].sort();
      const key = JSON.stringify([
        preferences.length,
        had,
        ...INTERESTS.map((field) => preferences[field]),
      ]);
      const known = shared.get(key);
      if (known) known.readers.push(preferences.id);
      else shared.set(key, { preferences, had: new Set(had), readers: [preferences.id] });
    }
    return shared.values();
  }

  /** The edition's papers by all their ids: selections hold the ids of their day. */
  async #names(ledger: OwnLedger): Promise<ReadonlyMap<string, readonly string[]>> {
    this.#aliases ??= await ledger.alsoKnownAs(this.#edition.papers.map(({ id }) => id));
    return this.#aliases;
  }
}
