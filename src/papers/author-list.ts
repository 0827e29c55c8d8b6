import { cleanText } from '../text/clean.js';
import { withoutAsides } from './author-asides.js';
import {
  asWritten,
  countWords,
  endsInGroup,
  formatName,
  fromFamilyInitials,
  invert,
  isEastern,
  isEasternName,
  isGiven,
  isGivenBehind,
  isGroup,
  isParticleFamily,
  LONGEST_NAME,
  type Piece,
  toPieces,
} from './author-shapes.js';

/** No honest list of authors is longer: three thousand names, and where each works. */
const LONGEST_LIST = 100_000;

/**
 * The authors that a source tells of a paper, in any number of texts of one or more each, given name
 * first: `Li, X., Wang, Y.`, `A. One, B. Two and C. Three`, `One, Ann; Two, Bo`. What may be one name
 * as well as two stays together, as it was written.
 */
export function parseAuthors(texts: readonly string[]): string[] {
  const lists = texts.map(toPlainList).filter((list) => list !== '');
  // Of several texts, each of which may be an inverted name, each is one.
  const isInverted = lists.length > 1 && areInverted(lists);
  return lists.flatMap((list) => (isInverted ? readInverted(list) : readList(list)));
}

/** Of a source that puts given names first and commas between authors, whatever they look like. */
export function parseGivenFirst(text: string): string[] {
  return toPieces(toPlainList(text)).map(formatName);
}

function toPlainList(text: string): string {
  return withoutAsides(cleanText(joinLines(text.slice(0, LONGEST_LIST))));
}

/** Reference managers have a line for each author; elsewhere lines end where they are full. */
function joinLines(text: string): string {
  const lines = text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const isEach = lines.length > 1 && lines.every((line) => /^[^,;]+,\s*[^,;]+$/.test(line));
  return isEach ? lines.join('; ') : text;
}

/** BibTeX keeps a name together with braces: `{Barnes and Noble} and Doe, Jane`. */
const PROTECTED = /(?<=^|[,;]\s?|\sand\s)\{([^{}]{1,200})\}(?=$|[,;]|\sand\s)/;

function readList(list: string): string[] {
  return list.split(PROTECTED).flatMap((part, place) => {
    if (place % 2 === 0) return readOpenList(trimJoints(part));
    return /\p{L}/u.test(part) ? [part.trim()] : [];
  });
}

function readOpenList(list: string): string[] {
  const isEastern = /\p{Script=Han}/u.test(list);
  const parts = list
    .replaceAll('，', isEastern ? '、' : ',')
    .split(isEastern ? /[;；、|•]/u : /[;；|•]/u);
  const names = parts.map(trimJoints).filter((part) => part !== '');
  return names.length > 1 ? readParts(names) : names.flatMap(readWeak);
}

function trimJoints(text: string): string {
  return text.replace(/^(?:[\s,;]|(?:and|&)\s)+/, '').replace(/[\s,;]*(?:\s(?:and|&)\s*)?$/, '');
}

/** Between semicolons stands one author each, unless some have commas and some have none. */
function readParts(parts: readonly string[]): string[] {
  const each = parts.flatMap((part) => splitAtAnd(part));
  const indexed = each.map((part) => readIndexed(toPieces(part)));
  if (indexed.every((name) => name !== null)) return indexed;
  return areInverted(each) ? each.flatMap(readInverted) : each.flatMap(readWeak);
}

function readIndexed([piece, ...others]: readonly Piece[]): string | null {
  return piece && others.length === 0 ? fromFamilyInitials(piece) : null;
}

/** Whether each is a family name, a comma and a given name, or people who go by one name. */
function areInverted(names: readonly string[]): boolean {
  const people = names.filter((name) => !isGroup(name) && !isEastern(name));
  return people.length > 0 && people.every((name) => toPieces(name).length === 2);
}

function readInverted(name: string): string[] {
  const pieces = toPieces(name);
  const [family, given] = pieces;
  if (family && given && pieces.length === 2 && !isGroup(name)) return [invert(family, given)];
  return isGroup(name) ? [trimJoints(name)] : pieces.map(formatName);
}

/** Commas, which may stand between authors or within one, and `and`. */
function readWeak(text: string): string[] {
  const chunks = splitAtAnd(text);
  if (chunks.length > 1 && areInverted(chunks)) return chunks.flatMap(readInverted);
  return chunks.flatMap((chunk, index) => {
    const [next, ...others] = toPieces(chunks[index + 1] ?? '');
    return readChunk(toPieces(chunk), others.length === 0 ? next : undefined);
  });
}

function readChunk(pieces: readonly Piece[], next: Piece | undefined): string[] {
  const names: string[] = [];
  let run: Piece[] = [];
  const endRun = () => {
    names.push(...readRun(run, next));
    run = [];
  };
  for (const piece of pieces) {
    if (!isGroup(piece.text)) run.push(piece);
    else {
      endRun();
      names.push(formatName(piece));
    }
  }
  endRun();
  return names;
}

/** @param next the one author behind the `and` that follows, where it is one without a comma */
function readRun(run: readonly Piece[], next: Piece | undefined): string[] {
  if (run.length < 2 || run.every(isEasternName)) return run.map(formatName);
  const indexed = run.map(fromFamilyInitials);
  // `Ada L., Bo K.` may be first names, too.
  const isSure = run.some(({ text }) => !/\p{Ll}\s\p{Lu}\.$/u.test(text));
  if (isSure && indexed.every((name) => name !== null)) return indexed;
  const names: string[] = [];
  let open: Piece[] = [];
  for (let at = 0; at < run.length; at++) {
    const [family, given] = [run[at], run[at + 1]];
    if (family && given && isPair(family, given)) {
      names.push(...readOpen(open, next), invert(family, given));
      open = [];
      at++;
    } else if (family) open.push(family);
  }
  return [...names, ...readOpen(open, next)];
}

/** Whether these are certainly one name. */
function isPair(family: Piece, given: Piece): boolean {
  if (isGiven(family)) return false;
  if (isGiven(given) || isGivenBehind(family, given)) return true;
  return isParticleFamily(family) && !isParticleFamily(given);
}

/** Names without initials, of which it takes more to see how they are written. */
function readOpen(open: readonly Piece[], next: Piece | undefined): string[] {
  const words = open.map(({ text }) => countWords(text));
  const [first, second, ...others] = open;
  if (!first || !second) return open.map(formatName);
  // `Ada, Bob and Carl`: nobody there has a family name.
  if (next && countWords(next.text) === 1 && words.every((count) => count === 1)) {
    return open.map(formatName);
  }
  if (open.length % 2 === 1) {
    // Only the first is inverted: `Lovelace, Ada, Alan Turing, and Grace Hopper`.
    const isFirstOnly = words.every((count, place) => (count === 1) === place < 2);
    return isFirstOnly ? [invert(first, second), ...others.map(formatName)] : open.map(formatName);
  }
  const pairs = open.flatMap((family, place) => {
    const given = open[place + 1];
    return place % 2 === 0 && given ? [{ family, given }] : [];
  });
  const isList = pairs.some(({ family, given }) => isLong(family) && isLong(given));
  if (isList) return open.map(formatName);
  // `Garcia Marquez, Gabriel`, or `Ada Lovelace, Plato`.
  const isOpen = pairs.every(({ family }) => isLong(family));
  return pairs.map(({ family, given }) => {
    return isOpen ? asWritten(family, given) : invert(family, given);
  });
}

function isLong({ text }: Piece): boolean {
  return countWords(text) > 1;
}

/** Splits at each `and` that certainly stands between two authors. */
function splitAtAnd(text: string): string[] {
  const words = /(,?)\s+(and|&|und|et)\s+/g;
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(words)) {
    const [whole, comma, word = ''] = match;
    const left = text.slice(from, match.index);
    const right = text.slice(match.index + whole.length);
    if (comma === '' && !isBetweenAuthors(lastPiece(left), firstPiece(right), word)) continue;
    parts.push(left);
    from = match.index + whole.length;
  }
  return [...parts, text.slice(from)].map(trimJoints).filter((part) => part !== '');
}

function lastPiece(text: string): string {
  return text.slice(-LONGEST_NAME).split(/[,;]/).at(-1)?.trim() ?? '';
}

function firstPiece(text: string): string {
  const [first = ''] = text.slice(0, LONGEST_NAME).split(/[,;]|\s(?:and|&|und|et)\s/);
  return first.trim();
}

function isBetweenAuthors(left: string, right: string, word: string): boolean {
  if (!isGroup(left) && !isGroup(right)) {
    // Companies: `Marks & Spencer`.
    if (word === '&') return countWords(left) > 1 || countWords(right) > 1;
    // Nobility: `von Thurn und Taxis`.
    return !(word === 'und' && /(?:^|\s)(?:von|zu)\s+\S+$/.test(left));
  }
  if (/^the\s/i.test(right)) return isGroup(right);
  if (endsInGroup(left)) return endsInGroup(right) || (countWords(right) > 1 && !isGroup(right));
  if (isGroup(left)) return false;
  const hasInitial = /(?:^|[\s-])\p{Lu}\.(?=[\s-])/u.test(left);
  return hasInitial || (countWords(left) > 1 && /^\p{Lu}{2}/u.test(right));
}
