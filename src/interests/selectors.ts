import { isDeepStrictEqual } from 'node:util';
import type { FullEdition } from '../editions/edition.js';
import { Selector } from './selection.js';

/** Editions from which somebody selects at once; hardly ever more than the newest. */
const KEPT = 2;

/** The selectors of the editions that were asked for last, each made once. */
export class Selectors {
  readonly #kept = new Map<number, { edition: FullEdition; selector: Selector }>();

  /** @param edition a draft may change, and then gets another selector */
  of(edition: FullEdition): Selector {
    const known = this.#kept.get(edition.id);
    if (known && isDeepStrictEqual(known.edition.papers, edition.papers)) return known.selector;
    const selector = new Selector(edition);
    this.#kept.delete(edition.id);
    this.#kept.set(edition.id, { edition, selector });
    for (const id of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(id);
    return selector;
  }
}
