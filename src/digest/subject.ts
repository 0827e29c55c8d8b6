import { shorten } from '../text/clean.js';
import { joined } from '../views/names.js';

/** Phones show about forty letters of a subject, desktops about twice that. */
const ROOM = 70;
const TOP = 3;

/**
 * `DreamX-Phi 1.0, Kimi K3 and 18 more papers`: as many of the top papers as there is room for,
 * behind the `heading`, where there is one.
 */
export function buildSubject(titles: readonly string[], heading?: string): string {
  const [first] = titles;
  if (first === undefined) return 'No papers today';
  const begin = heading === undefined ? '' : `${heading}: `;
  const names = [shortTitle(first)];
  for (const title of titles.slice(1, TOP)) {
    const name = shortTitle(title);
    if (begin.length + [...names, name].join(', ').length > ROOM) break;
    names.push(name);
  }
  const others = titles.length - names.length;
  if (others === 0) return begin + joined(names);
  return `${begin}${names.join(', ')} and ${others} more ${others === 1 ? 'paper' : 'papers'}`;
}

/** What comes before the colon is mostly the name by which a paper becomes known. */
function shortTitle(title: string): string {
  const [, name] = /^([^:]{3,40}): /.exec(title) ?? [];
  return name ?? shorten(title, 60);
}
