import type { FullEdition } from '../../editions/edition.js';
import type { Selection, SelectionPreferences, Selector } from '../../interests/selection.js';
import { INTERESTS } from '../../subscribers/preferences.js';
import type { PlanningLedger } from './planning-ledger.js';

type SelectionLedger = Pick<
  PlanningLedger,
  'selectionIds' | 'loadPapers' | 'alsoKnownAs' | 'loadSelections'
>;
type Reader = SelectionPreferences & { id: number };

/** The readers with the same preferences who had the same papers before. */
interface Shared {
  preferences: SelectionPreferences;
  /** Papers of this edition. */
  had: ReadonlySet<string>;
  readers: number[];
}

/**
 * Selections for readers who may have had some papers of an edition in another edition. Those papers
 * are left out.
 */
export class UnseenSelections {
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
   * Selects for these readers and saves the selections.
   * @param ledger in a transaction that has called `lockPlanning`
   * @returns selection ids by subscriber id; a reader who had all papers has none
   */
  async save(
    ledger: SelectionLedger,
    readers: readonly Reader[],
  ): Promise<ReadonlyMap<number, number>> {
    const chosen: { readers: number[]; selection: Selection }[] = [];
    for (const { preferences, had, readers: all } of await this.#group(ledger, readers)) {
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

  /** Groups readers by their preferences and the papers that they had. */
  async #group(ledger: SelectionLedger, readers: readonly Reader[]): Promise<Iterable<Shared>> {
    const before = await ledger.loadSelections(
      this.#sharing,
      readers.map(({ id }) => id),
    );
    const papers = await ledger.loadPapers([...new Set([...before.values()].flat())]);
    const aliases = papers.size > 0 ? await this.#loadAliases(ledger) : new Map<string, string[]>();
    const shared = new Map<string, Shared>();
    for (const reader of readers) {
      const all = (before.get(reader.id) ?? []).flatMap((id) => papers.get(id) ?? []);
      const had = [...new Set(all.flatMap((id) => aliases.get(id) ?? []))].sort();
      const key = JSON.stringify([reader.length, had, ...INTERESTS.map((field) => reader[field])]);
      const known = shared.get(key);
      if (known) known.readers.push(reader.id);
      else shared.set(key, { preferences: reader, had: new Set(had), readers: [reader.id] });
    }
    return shared.values();
  }

  /** The edition's papers by all their ids. Selections hold the ids of their time. */
  async #loadAliases(ledger: SelectionLedger): Promise<ReadonlyMap<string, readonly string[]>> {
    this.#aliases ??= await ledger.alsoKnownAs(this.#edition.papers.map(({ id }) => id));
    return this.#aliases;
  }
}
