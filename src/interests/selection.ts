import type { FullEdition } from '../editions/edition.js';
import { hasInterests, type Interests, type Preferences } from '../subscribers/preferences.js';
import { Matcher, type Reason } from './matcher.js';

/** The part of an edition that a subscriber gets. */
export interface Selection {
  /** Ids of papers: first those for the reader, then those that are trending, each best first. */
  papers: readonly string[];
  /** Why each of the first of them is there; who has no reasons gets what is trending. */
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

  /** @param had what they get in other digests, which is left out */
  select(preferences: SelectionPreferences, had: ReadonlySet<string> = new Set()): Selection {
    const papers: string[] = [];
    const reasons: Reason[][] = [];
    const chosen = new Uint8Array(this.#edition.papers.length);
    for (const match of this.#matches(preferences)) {
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

  #matches(preferences: SelectionPreferences) {
    if (!hasInterests(preferences)) return [];
    return this.#matching().match(preferences);
  }

  /** Makes ready for readers with interests, which takes a while. */
  prepare(): void {
    this.#matching();
  }

  /** Whether nobody has to wait for that any more. */
  get ready(): boolean {
    return this.#matcher !== undefined;
  }

  #matching(): Matcher {
    // Most lists have nobody with interests: they need no index.
    this.#matcher ??= new Matcher(this.#edition.papers);
    return this.#matcher;
  }
}
