import type { FullEdition } from '../editions/edition.js';
import type { Preferences } from '../subscribers/preferences.js';

/** The part of `edition` that a subscriber gets: ids of papers, best first. */
export function selectPapers(
  edition: FullEdition,
  { length }: Pick<Preferences, 'length'>,
): string[] {
  return edition.papers.slice(0, length).map((paper) => paper.id);
}
