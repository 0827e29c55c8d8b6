import { findAccented } from './tex-accents.js';
import { FONT, FRACTION, type Shape, SILENT, SPACE, shapes, UNSEEN } from './tex-commands.js';
import { factor, marked, raised, rooted } from './tex-forms.js';
import { letters, marks, symbols } from './tex-symbols.js';

/** Deeper nesting is an attack or a mistake. Such commands only lose their backslash. */
const MAX_DEPTH = 40;

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
    if (!WORD.test(last) && !/[)\]∑∏∫]/.test(last)) return sign;
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
    if (marks.has(name) || shapes.has(name)) this.#take(/ (?=\{)/y);
    const open = this.#closing.has(this.#at);
    if (open || this.#math) {
      const mark = marks.get(name);
      if (mark !== undefined) return this.#marked(mark);
      if (FRACTION.test(name)) return `${factor(this.#argument())}/${factor(this.#argument())}`;
      if (name === 'sqrt') return rooted(this.#argument(), degree);
      const shape = shapes.get(name);
      if (shape !== undefined) return this.#shaped(shape);
    }
    return open ? this.#withArgument(name, last) : (this.#accented(name) ?? this.#bare(name, last));
  }

  #shaped({ arguments: count, write }: Shape): string {
    const given = [this.#argument()];
    // Outside math, only what stands in braces is an argument.
    while (given.length < count) {
      this.#take(/ (?=\{)/y);
      given.push(this.#math ? this.#argument() : (this.#braced() ?? ''));
    }
    const [first = '', second = '', third = ''] = given;
    return write(first, second, third);
  }

  /** The next argument with a mark; in words on its first letter, as TeX does it. */
  #marked(mark: string): string {
    const text = this.#argument();
    const [, first = '', rest = ''] = this.#math ? [] : (/^(\p{L})(\p{L}+)$/u.exec(text) ?? []);
    return first === '' ? marked(text, mark) : `${marked(first, mark)}${rest}`;
  }

  /** A letter behind a command for an accent, as in `Erd\H os`. */
  #accented(name: string): string | null {
    const found = this.#math ? null : findAccented(this.#text, name, this.#at);
    if (found === null || !marks.has(name)) return null;
    this.#at = found.end;
    return marked(found.letter, marks.get(name) ?? '');
  }

  #withArgument(name: string, last: string): string {
    const argument = this.#argument();
    const space = /[\s~([{]/.test(last) || last === '' ? '' : ' ';
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
    if (accent !== undefined) return this.#marked(marks.get(accent) ?? '');
    const sign = this.#text[this.#at] ?? '';
    const short =
      this.#math || !marks.has(sign) ? null : findAccented(this.#text, sign, this.#at + 1);
    if (short) {
      this.#at = short.end;
      return marked(short.letter, marks.get(sign) ?? '');
    }
    if (this.#take(/[,;:>]/y)) return ' ';
    if (this.#take(/[!/@-]/y)) return '';
    if (this.#take(/\|/y)) return '‖';
    const quote = this.#take(/["'`]/y)?.[0];
    if (quote !== undefined) return quote;
    return /\S/.test(last) && this.#take(/ /y) ? ' ' : '\\';
  }
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
