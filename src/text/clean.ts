import { withoutHidden } from './hidden.js';
import { withoutBlockMarks } from './markdown.js';
import { findSentenceEnds } from './sentences.js';
import { texToText } from './tex.js';

/**
 * Turns a title, abstract or name from outside into one line of readable Unicode (NFC). TeX becomes
 * text, white space is folded and hidden characters are removed. Angle brackets stay: they are text
 * here, and HTML output escapes them.
 */
export function cleanText(raw: string): string {
  return foldSpace(texToText(cleanLine(withoutBlockMarks(raw))).replace(MARKS_TOO_MANY, '$1'));
}

/** The same for plain text that people type, in which nothing is TeX. */
export function cleanLine(raw: string): string {
  return foldSpace(
    withoutHidden(raw.toWellFormed().replaceAll(BRAILLE_BLANK, ' '))
      // Before normalizing as well: sorting thousands of combining marks takes long.
      .replace(MARKS_TOO_MANY, '$1')
      .normalize('NFC')
      .replace(MARKS_TOO_MANY, '$1'),
  );
}

/** A symbol that looks like a space. */
const BRAILLE_BLANK = '\u2800';

/** More than five combining marks in a row: no language needs them, and they cover other lines. */
const MARKS_TOO_MANY =
  /([\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]{5})[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]+/gu;

/** White space that is not a single space already; replacing each space takes long. */
const WIDE_SPACE = / [\s\u0085]+|(?! )[\s\u0085]+/gu;

function foldSpace(text: string): string {
  return text.replace(WIDE_SPACE, ' ').trim();
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
 * At most `max` UTF-16 units of prose. Keeps whole sentences if they fill more than about half of
 * `max`, else cuts like `shorten`.
 */
export function shortenProse(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = findSentenceEnds(text.slice(0, max + LOOK_AHEAD)).findLast((place) => place <= max);
  return end !== undefined && end > max * 0.55 ? text.slice(0, end) : shorten(text, max);
}

/** What follows a full stop decides whether a sentence ends there. */
const LOOK_AHEAD = 60;
