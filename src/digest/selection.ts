import type { FullEdition } from '../editions/edition.js';
import type { Preferences } from '../subscribers/preferences.js';

/**
 * The part of `edition` that a subscriber gets: ids of papers, best first.
 * @param had what they get in other digests, which is left out
 */
export function selectPapers(
  edition: FullEdition,
  { length }: Pick<Preferences, 'length'>,
  had: ReadonlySet<string> = new Set(),
): string[] {
  return edition.papers
    .map((paper) => paper.id)
    .filter((id) => !had.has(id))
    .slice(0, length);
}
