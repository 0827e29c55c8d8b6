import { mayBeBareTex, restoreBareTex, restoreDollars } from './bare-tex.js';
import { readLinksAndCode, withoutEmphasis } from './markdown.js';
import { TexReader } from './tex-reader.js';

/**
 * Turns the TeX in titles and abstracts into text that reads well in HTML, plain text and a subject
 * line. What can't be converted stays legible and is never dropped.
 * @param text without private-use characters, which serve as marks here
 */
export function texToText(text: string): string {
  if (!SIGNS.test(text) && !mayBeBareTex(text)) return text;
  const aside = new Aside();
  const linked = readLinksAndCode(text, (piece) => aside.set(piece));
  const literal = setLiteralsAside(restoreDollars(linked), aside);
  const restored = restoreBareTex(withoutEmphasis(literal));
  const words = setMathAside(restored, aside);
  return aside.restore(typography(new TexReader(words, false).read())).normalize('NFC');
}

/** Without these, nothing is TeX or Markdown. */
const SIGNS = /[\\$^_~`{}*]|--|''|\]\(/;

/** The private use area of Unicode: one character stands for each piece. */
const FIRST = 0xe000;
const LAST = 0xf8ff;

/** Keeps finished pieces of text out of the way: a mark stands for each while the rest is read. */
class Aside {
  readonly #pieces: string[] = [];
  readonly #marks = new Map<string, string>();

  /** The mark that stands for `piece`; the piece itself when all marks are taken. */
  set(piece: string): string {
    const whole = this.restore(piece);
    const known = this.#marks.get(whole);
    if (known !== undefined) return known;
    if (FIRST + this.#pieces.length > LAST) return whole;
    const mark = String.fromCharCode(FIRST + this.#pieces.length);
    this.#pieces.push(whole);
    this.#marks.set(whole, mark);
    return mark;
  }

  restore(text: string): string {
    return text.replace(
      /[\uE000-\uF8FF]/g,
      (mark) => this.#pieces[mark.charCodeAt(0) - FIRST] ?? '',
    );
  }
}

/** A URL with a scheme, or a host and a path; a label in braces may follow, as in TeX. */
const URL_IN_TEXT =
  /((?:https?:\/\/|\b(?:[A-Za-z\d-]{1,63}\.){1,5}[a-z]{2,10}\/)(?:\\[_%#&~]|[^\s{}<>"\\$])*)(?:\{([^{}]{1,80})\})?/g;
const PATH_OF_WINDOWS = /\b[A-Z]:(?:\\[\w.-]+)+(?![\w.{\\-])/g;
const LITERAL_COMMAND =
  /\\text(backslash|ascii(?:tilde|circum)|underscore)(?:\{\}| |(?![A-Za-z]))/g;
const LITERALS: Readonly<Record<string, string>> = {
  backslash: '\\',
  asciitilde: '~',
  asciicircum: '^',
  underscore: '_',
};

/** Sets URLs, paths and escaped characters aside: nothing in them is TeX. */
function setLiteralsAside(text: string, aside: Aside): string {
  return text
    .replace(URL_IN_TEXT, (_whole, url: string, label?: string) => {
      const [, bare = '', stars = ''] = /^(.*?)(\**)$/s.exec(url) ?? [];
      const address = aside.set(bare.replace(/\\(.)/g, '$1'));
      return label === undefined ? address + stars : `${address} (${label})`;
    })
    .replace(PATH_OF_WINDOWS, (path) => aside.set(path))
    .replace(LITERAL_COMMAND, (_whole, name: string) => aside.set(LITERALS[name] ?? ''))
    .replace(/\\([~^])\{\}/g, (_whole, sign: string) => aside.set(sign))
    .replace(/\\([\\%&$#_{}])/g, (_whole, sign: string) => (sign === '\\' ? ' ' : aside.set(sign)));
}

/**
 * Sets math aside. `$…$` counts as math by the rule of Markdown dialects, so that "$5 and $6" stays
 * money: no space inside the dollars, and no digit after the closing one unless TeX stands between.
 */
function setMathAside(text: string, aside: Aside): string {
  const set = (whole: string, math: string) => {
    // What stands between two formulas is none: `{$k$}{k} and {$k$}`.
    if (!isBalanced(math)) return whole;
    const read = new TexReader(math, true).read();
    return aside.set(read.replaceAll('~', ' ').replace(/\s+/g, ' ').trim());
  };
  return text
    .replace(/\$\$([^$]{1,300})\$\$/g, set)
    .replace(/\$(?!\s)(?=[^$]{0,300}(?:[\\^]|_\{))([^$]{1,300})(?<!\s)\$/g, set)
    .replace(/\$(?!\s)([^$]{1,300})(?<!\s)\$(?!\d)/g, set)
    .replace(/\\\((.{1,300}?)\\\)/g, set)
    .replace(/\\\[(.{1,300}?)\\\]/g, set);
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const { 0: brace } of text.matchAll(/[{}]/g)) {
    depth += brace === '{' ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Quotation marks, dashes and spaces. Each kind is looked for only where its sign is. */
function typography(text: string): string {
  const quoted = text.includes('`') ? withQuotes(text) : text;
  const dashed = quoted.includes('--') ? withDashes(quoted) : quoted;
  return dashed.includes('~') ? withTies(dashed) : dashed;
}

function withQuotes(text: string): string {
  return text
    .replace(/``([^`]{1,300}?)''/g, '“$1”')
    .replace(/``([^`"]{1,300})"/g, '“$1”')
    .replace(/(?<![\p{L}\p{N}`])`([^\s`'](?:[^`']{0,80}[^\s`'])?)'(?![\p{L}\p{N}'])/gu, '‘$1’');
}

function withDashes(text: string): string {
  return text
    .replace(/(?<=[^\s-]) ?---(?!-) ?(?=\S)/g, ' — ')
    .replace(/(?<=[^\s-]) -- (?=[^\s-])/g, ' – ')
    .replace(/(?<=[\p{L}\p{N}%×°)\]’”\uE000-\uF8FF])--(?=[\p{L}\p{N}∼≈([“‘$\uE000-\uF8FF])/gu, '–');
}

function withTies(text: string): string {
  return text
    .replace(/(?<=[\p{L}.,;:)\]’”\uE000-\uF8FF])~(?=[\p{L}\p{N}([“‘$\uE000-\uF8FF])/gu, ' ')
    .replace(/(?<=\p{N})~(?=[\p{L}([\uE000-\uF8FF])/gu, ' ');
}
