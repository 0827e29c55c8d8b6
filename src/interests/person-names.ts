import { toPlain, toPlainWords } from '../text/words.js';

/** A person's name, prepared for comparing. */
export interface PersonName {
  /** The last word. */
  family: string;
  /** All other words or initials. */
  given: readonly string[];
  /** The whole name as one word: `Le Cun` and `LeCun` are one name. */
  joined: string;
}

/** Reads `Jane Doe` or `Doe, Jane`; `null` if the text has no name. */
export function parsePersonName(text: string): PersonName | null {
  const [, last, first] = INVERTED.exec(text) ?? [];
  const words = toPlain(last && first ? `${first} ${last}` : text).split(' ');
  if (/^[js]r$|^i{2,3}$/.test(words.at(-1) ?? '') && words.length > 2) words.pop();
  const family = words.at(-1);
  if (!family) return null;
  return { family, given: words.slice(0, -1), joined: words.join('') };
}

/** `Doe, Jane`, but not `Jane Doe, Jr.` */
const INVERTED = /^([^,]+),(?!\s*(?:[js]r|i{2,3})\b)\s*([^,]+)$/i;

/**
 * Whether two names may belong to one person. Written as one word they are equal; or else the family
 * names are, and given names are equal or one the initial of the other. Middle names may be missing, the
 * first given name may not.
 */
export function isSamePerson(a: PersonName, b: PersonName): boolean {
  if (a.joined === b.joined) return true;
  if (a.family !== b.family) return false;
  const [few, many] = a.given.length <= b.given.length ? [a.given, b.given] : [b.given, a.given];
  if (few.length === 0 || !isSameGiven(few[0], many[0])) {
    return few.length > 0 && isSameGiven(few.join(''), many.join(''), true);
  }
  let at = 1;
  for (const name of few.slice(1)) {
    while (at < many.length && !isSameGiven(name, many[at])) at++;
    if (at++ >= many.length) return false;
  }
  return true;
}

/** @param whole whether initials do not count */
function isSameGiven(a = '', b = '', whole = false): boolean {
  if (a === b) return true;
  return !whole && (a.length === 1 || b.length === 1) && a[0] === b[0];
}

/** Words that do not tell organisations apart. */
const EMPTY = new Set(
  'the inc incorporated ltd limited llc gmbh corp corporation co company ag plc'.split(' '),
);

/** The distinctive words of an organisation's name, or all words if none is distinctive. */
export function splitOrganisation(text: string): string[] {
  const words = toPlainWords(text);
  const telling = words.filter((word) => !EMPTY.has(word));
  return telling.length > 0 ? telling : words;
}
