import type { Term, TextQuery } from '../search/query.js';
import type { Interests } from '../subscribers/preferences.js';

/** The interests that a list of papers stands for. */
export type Follow = Partial<Interests>;

/**
 * A search as interests. Its authors are followed, its phrases become keywords, and so do its other
 * words, together: interests are matched as phrases whose words stand near each other. What must not
 * be there is left out, because interests only add.
 */
export function toInterests({ all }: Pick<TextQuery, 'all'>): Follow {
  // A family name alone is followed by nobody: too many have it.
  const authors = all.filter(({ author, words }) => author && words.length > 1).map(toText);
  const phrases = all.filter(({ author, words }) => !author && words.length > 1).map(toText);
  const words = all.filter(({ author, words: { length } }) => !author && length === 1).map(toText);
  const keywords = [...phrases, ...(words.length > 0 ? [words.join(' ')] : [])];
  return {
    ...(keywords.length > 0 && { keywords }),
    ...(authors.length > 0 && { authors }),
  };
}

function toText({ words }: Term): string {
  return words.join(' ');
}
