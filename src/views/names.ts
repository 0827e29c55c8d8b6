/** Authors beyond this many become "and N others". */
const NAMED = 4;
const SHOWN = 2;

/** `A. Author, B. Author and 662 others`; up to four names stand in full. */
export function shortAuthors(authors: readonly string[]): string {
  if (authors.length <= NAMED) return joined(authors);
  const others = authors.length - SHOWN;
  return `${authors.slice(0, SHOWN).join(', ')} and ${others} others`;
}

/** `A, B and C`. */
export function joined(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
