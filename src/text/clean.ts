import { withoutHidden } from './hidden.js';
import { texToText } from './tex.js';

/**
 * A title, abstract or name from outside as one line of readable Unicode: TeX turned into text,
 * newlines and runs of space folded, hidden characters removed, NFC. Angle brackets stay: they
 * are text here, and whoever puts the text into HTML escapes it.
 */
export function cleanText(raw: string): string {
  return foldSpace(texToText(cleanLine(raw)));
}

/** The same for what people type as plain text: nothing in it is TeX. */
export function cleanLine(raw: string): string {
  return foldSpace(
    withoutHidden(raw.toWellFormed().replaceAll(BRAILLE_BLANK, ' '))
      // Before as well: thousands of marks in a row would take long to bring in order.
      .replace(MARKS_TOO_MANY, '$1')
      .normalize('NFC')
      .replace(MARKS_TOO_MANY, '$1'),
  );
}

/** Counts as a sign, but is seen as a space. */
const BRAILLE_BLANK = '\u2800';

/** Stacked as no language does, they cover the lines around them. */
const MARKS_TOO_MANY =
  /([\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]{5})[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]+/gu;

function foldSpace(text: string): string {
  return text.replace(/[\s\u0085]+/gu, ' ').trim();
}

/**
 * At most `max` UTF-16 units of `text`, cut at the end of a word and marked with an ellipsis.
 * Never cuts through a surrogate pair.
 */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max < 1) return '';
  const room = text.slice(0, max - 1);
  const space = room.lastIndexOf(' ');
  const cut = space > room.length * 0.6 ? room.slice(0, space) : room;
  return `${cut.replace(/[\uD800-\uDBFF]$/, '').replace(/[\s,;:.–—-]+$/u, '')}…`;
}

/**
 * At most `max` UTF-16 units of prose: whole sentences where they fill most of the room, else cut
 * like `shorten`. A stop counts as an end only before a capital, so that "e.g." and "vs." do not.
 */
export function shortenProse(text: string, max: number): string {
  if (text.length <= max) return text;
  const ends = [...text.slice(0, max + 2).matchAll(/[.!?](?=\s+\p{Lu})/gu)].map(
    ({ index }) => index + 1,
  );
  const end = ends.findLast((place) => place <= max) ?? 0;
  return end > max * 0.55 ? text.slice(0, end) : shorten(text, max);
}
