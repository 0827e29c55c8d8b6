import { blackboard, letters, marks, scripts, symbols } from './tex-symbols.js';

/** Deeper nesting is an attack or a mistake. Such commands only lose their backslash. */
const MAX_DEPTH = 40;

/** Commands that only say how their argument looks. */
const FONT =
  /^(?:text[a-z]*|math[a-z]+|emph|underline|boldsymbol|bm|operatorname|mbox|hbox|ensuremath|url|path|(?:eq|auto|[cC])?ref)$/;
/** Switches such as `{\bf …}`, and other commands that leave nothing in the text. */
const SILENT =
  /^(?:bf|it|em|tt|sc|sf|rm|sl|(?:bf|md)series|(?:it|sc|sl)shape|(?:rm|sf|tt)family|normalfont|tiny|small|large|Large|LARGE|[hH]uge|left|right|middle|[bB]igg?[lrm]?|displaystyle|textstyle|limits|nolimits|centering|protect|noindent)$/;
/** Like those, with an argument that is dropped too. */
const UNSEEN = /^(?:label|color|begin|end|[vh]space|[vh]?phantom|vskip|hskip)$/;
const SPACE = /^(?:xspace|(?:small|med|big)skip|newline|linebreak|par|quad|qquad|hfill)$/;
const FRACTION = /^[dts]?frac$/;
const COLOURED = /^(?:textcolor|colorbox)$/;

/** A letter, a digit, or the mark of a piece that was set aside. */
const WORD = /[\p{L}\p{N}\uE000-\uF8FF]/u;

/**
 * Reads the TeX that titles and abstracts use, in one pass over the text. It never fails: unbalanced
 * braces and stray backslashes stay as they are.
 */
export class TexReader {
  readonly #text: string;
  readonly #math: boolean;
  /** For each opening brace, the place of its closing brace. */
  readonly #closing: ReadonlyMap<number, number>;
  #at = 0;
  #depth = 0;

  constructor(text: string, math: boolean) {
    this.#text = text;
    this.#math = math;
    this.#closing = matchBraces(text);
  }

  read(): string {
    return this.#until(this.#text.length, '');
  }

  /** @param last the character before, `{` at the beginning of a group */
  #until(end: number, last: string): string {
    const pieces: string[] = [];
    let before = last;
    while (this.#at < end) {
      const piece = this.#take(/[^\\{}^_]+/y)?.[0] ?? this.#special(before);
      pieces.push(piece);
      before = piece.at(-1) ?? before;
    }
    return pieces.join('');
  }

  #special(last: string): string {
    switch (this.#text[this.#at]) {
      case '\\':
        return this.#command(last);
      case '{':
        return this.#group(last);
      case '^':
        return this.#script('^', last);
      case '_':
        return this.#script('_', last);
      default:
        return this.#character();
    }
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #character(): string {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return character;
  }

  /** Reads a group in braces that begins here; `null` if none does. */
  #braced(): string | null {
    const end = this.#closing.get(this.#at);
    if (end === undefined) return null;
    this.#at += 1;
    const inner = this.#until(end, '{');
    this.#at = end + 1;
    return inner;
  }

  /** Outside math, braces around several words or a list belong to the text. */
  #group(last: string): string {
    const isSwitch = SILENT.test(this.#take(/(?=\{\\([A-Za-z]+))/y)?.[1] ?? '');
    const inner = this.#braced();
    if (inner === null) return this.#character();
    if (inner === ',' && /\d/.test(last)) return inner;
    return this.#math || isSwitch || !/[\s,]/.test(inner) ? inner : `{${inner}}`;
  }

  /** The argument of a command: a group, another command, or one character. */
  #argument(): string {
    this.#take(/ (?=\S)/y);
    if (this.#at >= this.#text.length || this.#text[this.#at] === '}') return '';
    const braced = this.#braced();
    if (braced !== null) return braced;
    return this.#text[this.#at] === '\\' ? this.#command('') : this.#character();
  }

  #script(sign: '^' | '_', last: string): string {
    this.#at += 1;
    if (this.#math) return raised(sign, this.#argument());
    if (!WORD.test(last) && !/[)\]]/.test(last)) return sign;
    if (this.#take(/\\circ(?![A-Za-z])/y)) return sign === '^' ? '°' : '_∘';
    const number = sign === '^' ? this.#take(/[-+]?\d{1,4}(?!\.?\d)/y)?.[0] : undefined;
    const inner = number ?? this.#braced();
    return inner === null ? sign : raised(sign, inner);
  }

  #command(last: string): string {
    const name = this.#take(/\\([A-Za-z]+)(?:\*(?=\{))?/y)?.[1];
    if (name === undefined) return this.#mark(last);
    if (this.#depth >= MAX_DEPTH) return name;
    this.#depth += 1;
    const text = this.#named(name, last);
    this.#depth -= 1;
    return text;
  }

  #named(name: string, last: string): string {
    const letter = letters.get(name);
    if (letter !== undefined) {
      this.#take(/\{\}| (?=[A-Za-z])/y);
      return letter;
    }
    const symbol = symbols.get(name);
    if (symbol !== undefined) {
      this.#take(/\{\}/y);
      return symbol;
    }
    if (name === 'not' && this.#take(/(?=\\[A-Za-z]|[=<>])/y)) return `${this.#argument()}\u0338`;
    const degree = this.#take(/\[([^[\]{}]{0,80})\](?=\{)/y)?.[1];
    const open = this.#closing.has(this.#at);
    if (open || this.#math) {
      const mark = marks.get(name);
      if (mark !== undefined) return marked(this.#argument(), mark);
      if (FRACTION.test(name)) return `${factor(this.#argument())}/${factor(this.#argument())}`;
      if (name === 'sqrt') return `${ROOTS[degree ?? ''] ?? '√'}${factor(this.#argument())}`;
      if (name === 'mathbb') return hollow(this.#argument());
    }
    return open ? this.#withArgument(name, last) : this.#bare(name, last);
  }

  #withArgument(name: string, last: string): string {
    const argument = this.#argument();
    const space = /[\s~([{]/.test(last) || last === '' ? '' : ' ';
    if (name === 'textsuperscript') return raised('^', argument);
    if (name === 'textsubscript') return raised('_', argument);
    if (COLOURED.test(name)) return this.#braced() ?? '';
    if (FONT.test(name)) return argument;
    if (UNSEEN.test(name)) return last === ' ' ? '' : ' ';
    if (SILENT.test(name) || SPACE.test(name)) return `${SPACE.test(name) ? ' ' : ''}${argument}`;
    if (/^[cC]ite[a-z]*$/.test(name)) return `${space}[${argument}]`;
    if (/^(?:footnote|thanks)$/.test(name)) return `${space}(${argument})`;
    if (name === 'href') {
      const label = this.#braced() ?? '';
      return label === '' || label === argument ? argument : `${label} (${argument})`;
    }
    return argument || name;
  }

  #bare(name: string, last: string): string {
    if (SILENT.test(name)) {
      this.#take(name === 'left' || name === 'right' ? /\./y : / /y);
      return '';
    }
    if (SPACE.test(name) || UNSEEN.test(name)) return ' ';
    if (FONT.test(name)) return this.#math ? this.#argument() : '';
    if (name === 'item') return '• ';
    // A regular expression, as in `\d+`.
    if (name.length === 1 && !this.#math) return `\\${name}`;
    // `n\log n`: the name would grow together with the word before it.
    return WORD.test(last) ? ` ${name}` : name;
  }

  /** A backslash before anything but a letter: an accent, a space, or just itself. */
  #mark(last: string): string {
    this.#at += 1;
    const accent = this.#math ? undefined : this.#take(/['`^"~=.](?=\{)/y)?.[0];
    if (accent !== undefined) return marked(this.#braced() ?? '', marks.get(accent) ?? '');
    // Without braces only inside words: elsewhere `\"` is a quotation mark.
    const short = /[\p{L}{]/u.test(last) ? this.#take(/(['`^"~])([aeiouyAEIOUYncNC])/y) : null;
    if (short) return marked(short[2] ?? '', marks.get(short[1] ?? '') ?? '');
    if (this.#take(/[,;:>]/y)) return ' ';
    if (this.#take(/[!/@-]/y)) return '';
    if (this.#take(/\|/y)) return '‖';
    const quote = this.#take(/["'`]/y)?.[0];
    if (quote !== undefined) return quote;
    return /\S/.test(last) && this.#take(/ /y) ? ' ' : '\\';
  }
}

const ROOTS: Readonly<Record<string, string>> = { '': '√', '3': '∛', '4': '∜' };

/** Superscript or subscript characters if Unicode has them all, else `^…` or `_…`. */
function raised(sign: '^' | '_', text: string): string {
  const inner = text.trim();
  const small = [...inner].map((character) => scripts[sign].get(character));
  if (/\p{L}/u.test(inner) ? small.length <= 3 : small.length <= 12) {
    if (!small.includes(undefined)) return small.join('');
  }
  return /^(?:[\p{L}\p{N}\uE000-\uF8FF.*]*|.)$/u.test(inner)
    ? `${sign}${inner}`
    : `${sign}(${inner})`;
}

function hollow(text: string): string {
  return [...text].map((character) => blackboard.get(character) ?? character).join('');
}

/** A letter with an accent. On more than one letter it would sit wrong, so it is left out. */
function marked(text: string, mark: string): string {
  const letter = text.replace('ı', 'i').replace('ȷ', 'j');
  return [...letter].length === 1 ? `${letter}${mark}`.normalize('NFC') : text;
}

/** A part of a product or fraction, in brackets if it is a sum or several words. */
function factor(text: string): string {
  return /^[^\s+−-]*$/.test(text) ? text : `(${text})`;
}

function matchBraces(text: string): ReadonlyMap<number, number> {
  const closing = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: brace, index } of text.matchAll(/[{}]/g)) {
    if (brace === '{') open.push(index);
    else {
      const start = open.pop();
      if (start !== undefined && open.length < MAX_DEPTH) closing.set(start, index);
    }
  }
  return closing;
}
