import { toPlain } from '../text/words.js';

/** A name of a person, ready to be compared. */
export interface PersonName {
  /** The last word of it. */
  family: string;
  /** All others; perhaps only their initials. */
  given: readonly string[];
  /** All of it as one word: `Le Cun` and `LeCun` are one name. */
  joined: string;
}

/** `null` for what holds no name. */
export function personName(text: string): PersonName | null {
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
 * Whether two names may be those of one person: the family name is the same, and so is each given
 * name, or one is the other's initial. Names in the middle may be missing, the first may not.
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

/** @param whole initials do not count */
function isSameGiven(a = '', b = '', whole = false): boolean {
  if (a === b) return true;
  return !whole && (a.length === 1 || b.length === 1) && a[0] === b[0];
}

/** What says nothing of which organisation it is. */
const EMPTY = new Set(
  'the inc incorporated ltd limited llc gmbh corp corporation co company ag plc'.split(' '),
);

/** The words by which an organisation is known. */
export function organisationWords(text: string): string[] {
  const words = toPlain(text)
    .split(' ')
    .filter((word) => word !== '');
  const telling = words.filter((word) => !EMPTY.has(word));
  return telling.length > 0 ? telling : words;
}
