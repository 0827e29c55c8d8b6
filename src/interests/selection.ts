import { isDeepStrictEqual } from 'node:util';
import type { FullEdition } from '../editions/edition.js';
import { hasInterests, type Interests, type Preferences } from '../subscribers/preferences.js';
import { Matcher, type Reason } from './matcher.js';

/** The part of an edition that a subscriber gets. */
export interface Selection {
  /** Ids of papers: first those that match the reader's interests, then trending ones, best first. */
  papers: readonly string[];
  /** The reasons of the first papers, by place. Trending papers have none. */
  reasons: readonly (readonly Reason[])[];
}

/** What decides what a digest holds. */
export type SelectionPreferences = Interests & Pick<Preferences, 'length'>;

/** Selects from one edition, for any number of readers. */
export class Selector {
  readonly #edition: FullEdition;
  #matcher: Matcher | undefined;

  constructor(edition: FullEdition) {
    this.#edition = edition;
  }

  /**
   * Selects papers for one reader, up to the length that they chose.
   * @param had ids of papers that they get in other digests; these are left out
   */
  select(preferences: SelectionPreferences, had: ReadonlySet<string> = new Set()): Selection {
    const papers: string[] = [];
    const reasons: Reason[][] = [];
    const chosen = new Uint8Array(this.#edition.papers.length);
    for (const match of this.#findMatches(preferences)) {
      const id = this.#edition.papers[match.paper]?.id;
      if (id === undefined || had.has(id)) continue;
      chosen[match.paper] = 1;
      papers.push(id);
      reasons.push(match.reasons);
      if (papers.length === preferences.length) break;
    }
    for (const [place, { id }] of this.#edition.papers.entries()) {
      if (papers.length >= preferences.length) break;
      if (!chosen[place] && !had.has(id)) papers.push(id);
    }
    return { papers, reasons };
  }

  #findMatches(preferences: SelectionPreferences) {
    if (!hasInterests(preferences)) return [];
    return this.#loadMatcher().match(preferences);
  }

  /** Builds the index for readers with interests ahead of time, since that takes a while. */
  prepare(): void {
    this.#loadMatcher();
  }

  /** Whether the index is built. */
  get ready(): boolean {
    return this.#matcher !== undefined;
  }

  #loadMatcher(): Matcher {
    // Built on first use: many lists have no reader with interests.
    this.#matcher ??= new Matcher(this.#edition.papers);
    return this.#matcher;
  }
}

/** Editions kept: hardly ever more than the newest one is in use. */
const KEPT = 2;

/** Keeps the selectors of the editions that were used last. */
export class SelectorCache {
  readonly #kept = new Map<number, { edition: FullEdition; selector: Selector }>();

  /** @param edition if it is a draft that has changed since, it gets a new selector */
  get(edition: FullEdition): Selector {
    const known = this.#kept.get(edition.id);
    if (known && isDeepStrictEqual(known.edition.papers, edition.papers)) return known.selector;
    const selector = new Selector(edition);
    this.#kept.delete(edition.id);
    this.#kept.set(edition.id, { edition, selector });
    for (const id of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(id);
    return selector;
  }
}
