import { shorten } from '../text/clean.js';
import { joined } from '../views/names.js';

/** Phones show about forty letters of a subject, desktops about twice as many. */
const MAX_NAMES_LENGTH = 70;
const TOP = 3;

/**
 * `DreamX-Phi 1.0, Kimi K3 and 18 more papers`: names as many of the top papers as fit, after the
 * `heading` if there is one.
 * @param titles of all papers of the digest, best first
 */
export function buildSubject(titles: readonly string[], heading?: string): string {
  const [first] = titles;
  if (first === undefined) return 'No papers today';
  const begin = heading === undefined ? '' : `${heading}: `;
  const names = [shortTitle(first)];
  for (const title of titles.slice(1, TOP)) {
    const name = shortTitle(title);
    if (begin.length + [...names, name].join(', ').length > MAX_NAMES_LENGTH) break;
    names.push(name);
  }
  const others = titles.length - names.length;
  if (others === 0) return begin + joined(names);
  return `${begin}${names.join(', ')} and ${others} more ${others === 1 ? 'paper' : 'papers'}`;
}

/** The text before a colon is usually the name by which a paper becomes known. */
function shortTitle(title: string): string {
  const [, name] = /^([^:]{3,40}): /.exec(title) ?? [];
  return name ?? shorten(title, 60);
}
