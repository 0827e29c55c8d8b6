import { withoutPictures } from '../../text/html-text.js';
import { findTagEnd, skipDoctype } from './xml-markup.js';

/** Less than the 100 at which the parser refuses the whole document. */
const MAX_DEPTH = 60;
/** Unpacked attributes of this size are pictures, or an attack on parsers. */
const MAX_TAG = 65_536;
/** Letters of an entry, of which each tag counts as some; none that is read has as many. */
const MAX_ENTRY = 1_000_000;
const TAG_COST = 20;
/** Elements that its end may leave open; more, and it is no document but an attack, or torn. */
const MAX_LEFT_OPEN = 100;

/** By their names without prefix: where entries begin, and what may be HTML that nobody has escaped. */
const ENTRIES = new Set(['item', 'entry']);
const TEXTS = new Set([
  'title',
  'subtitle',
  'description',
  'summary',
  'content',
  'encoded',
  'body',
]);
/** Each bracket that is not closed makes the parser look through the rest of a person's name. */
const PERSONS = new Set(['author', 'managingeditor', 'webmaster', 'contributor', 'name']);
const MAX_BRACKETS = 50;
const CUT_NAME = 300;

const CDATA = '<![CDATA[';
/** What is read up to a mark of its own, by what it begins with. */
const DECLARED: Readonly<Record<string, string>> = { [CDATA]: ']]>', '<!--': '-->', '<?': '?>' };

const NAME = /[\p{L}_:][\p{L}\p{N}\p{M}_:.-]*(?=[\s/>])/uy;
/**
 * Makes a feed fit for a parser that refuses all of it for one fault, or takes very long, so that a
 * broken entry costs itself: elements that are nested too deep lose their tags, tags that are too long
 * their attributes, entries without end what is beyond; and a `<` that begins nothing is text.
 * Declarations, comments, pictures in texts, and the table of contents of RSS 1.0, which repeats what
 * the entries say, are left out. Takes time in proportion to the text.
 * @returns `null` for what has no shape
 */
export function boundXml(text: string): string | null {
  return new XmlBounder(text).run();
}

interface OpenElement {
  /** In lower case. */
  name: string;
  isKept: boolean;
}

class XmlBounder {
  readonly #text: string;
  readonly #out: string[] = [];
  readonly #open: OpenElement[] = [];
  /** How often each name is among the open ones. */
  readonly #counts = new Map<string, number>();
  /** How many were open where a text or the table of contents began; 0 where none has. */
  #textFrom = 0;
  #skipFrom = 0;
  #left = MAX_ENTRY;
  readonly #lastMarks = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  run(): string | null {
    const text = this.#text;
    for (let from = 0; from < text.length; ) {
      const at = text.indexOf('<', from);
      if (at < 0) break;
      if (at > from) this.#writeText(text.slice(from, at));
      const next = this.#readMarkup(at);
      if (next === null) return null;
      // What comes behind the document is none of it.
      if (next > at + 1 && this.#open.length === 0 && this.#counts.size > 0) break;
      from = next;
    }
    return this.#out.join('');
  }

  #writeText(text: string, before = '', behind = ''): void {
    if (this.#skipFrom > 0 || this.#left <= 0) return;
    const inner = this.#open.at(-1);
    const isPerson = inner !== undefined && PERSONS.has(toLocal(inner.name));
    const bound = isPerson ? boundName(text) : withoutPictures(text);
    const fit = bound.slice(0, this.#left);
    this.#left -= fit.length;
    this.#out.push(before + fit + behind);
  }

  /** @returns where it ends, `null` where there is no going on */
  #readMarkup(at: number): number | null {
    switch (this.#text[at + 1]) {
      case '/':
        return this.#readClosing(at);
      case '!':
      case '?':
        return this.#readDeclaration(at);
      default:
        return this.#readOpening(at);
    }
  }

  #readDeclaration(at: number): number {
    const text = this.#text;
    const begin = Object.keys(DECLARED).find((mark) => text.startsWith(mark, at));
    if (begin === undefined) {
      // A document type stands before the document.
      return (this.#counts.size === 0 ? skipDoctype(text, at) : null) ?? this.#writeSign(at);
    }
    const mark = DECLARED[begin] ?? '>';
    const end = this.#findMark(mark, at + begin.length);
    if (end < 0) return this.#writeSign(at);
    if (begin === CDATA) this.#writeText(text.slice(at + begin.length, end), begin, mark);
    return end + mark.length;
  }

  /** -1 where there is none, which is soon known of all that come behind. */
  #findMark(mark: string, from: number): number {
    const last = this.#lastMarks.get(mark) ?? this.#text.lastIndexOf(mark);
    this.#lastMarks.set(mark, last);
    return from > last ? -1 : this.#text.indexOf(mark, from);
  }

  /** A `<` that begins no markup. */
  #writeSign(at: number): number {
    this.#writeText('&lt;');
    return at + 1;
  }

  #readName(at: number): string | null {
    NAME.lastIndex = at;
    return NAME.exec(this.#text)?.[0] ?? null;
  }

  #readOpening(at: number): number | null {
    const name = this.#readName(at + 1);
    const end = name === null ? -1 : findTagEnd(this.#text, at);
    if (name === null || end < 0) return this.#writeSign(at);
    const isLong = end - at > MAX_TAG;
    if (isLong && this.#open.length === 0) return null;
    const isClosed = this.#text[end - 1] === '/';
    const isKept = this.#enter(name.toLowerCase());
    if (isClosed) this.#leave(null, true);
    const whole = this.#text.slice(at, end + 1);
    if (isKept) this.#out.push(isLong ? `<${name}${isClosed ? '/' : ''}>` : whole);
    return end + 1;
  }

  /** @returns whether its tags are kept */
  #enter(name: string): boolean {
    const depth = this.#open.length + 1;
    const local = toLocal(name);
    if (this.#textFrom === 0) {
      if (ENTRIES.has(local)) this.#left = MAX_ENTRY;
      if (TEXTS.has(local)) this.#textFrom = depth;
      else if (local === 'items' && this.#skipFrom === 0) this.#skipFrom = depth;
    }
    const isKept = depth <= MAX_DEPTH && this.#skipFrom === 0 && this.#left > 0;
    if (isKept) this.#left -= TAG_COST;
    this.#open.push({ name, isKept });
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return isKept;
  }

  #readClosing(at: number): number | null {
    const name = this.#readName(at + 2);
    const end = name === null ? -1 : this.#text.indexOf('>', at);
    if (name === null || end < 0) return this.#writeSign(at);
    const known = name.toLowerCase();
    if ((this.#counts.get(known) ?? 0) === 0) {
      // Of HTML that nobody has escaped; elsewhere it would close another element.
      if (this.#textFrom > 0) this.#writeText(this.#text.slice(at, end + 1));
      return end + 1;
    }
    const place = this.#open.findLastIndex((element) => element.name === known);
    if (place === 0 && this.#open.length > MAX_LEFT_OPEN) return null;
    while (this.#open.length > place + 1) this.#leave(null, this.#isInText());
    this.#leave(name, false);
    return end + 1;
  }

  /**
   * In HTML that nobody has escaped, what is left open may be text, as `<think>` is. Elements that are
   * called like the one around have to be closed: the parser counts them.
   */
  #isInText(): boolean {
    if (this.#textFrom === 0 || this.#open.length <= this.#textFrom) return false;
    return this.#open.at(-1)?.name !== this.#open[this.#textFrom - 1]?.name;
  }

  /** @param written its name as it is closed; `null` where nothing closes it */
  #leave(written: string | null, isSilent: boolean): void {
    const depth = this.#open.length;
    const { name = '', isKept } = this.#open.pop() ?? {};
    this.#counts.set(name, (this.#counts.get(name) ?? 1) - 1);
    if (isKept && !isSilent) this.#out.push(`</${written ?? name}>`);
    if (depth === this.#textFrom) this.#textFrom = 0;
    if (depth === this.#skipFrom) this.#skipFrom = 0;
  }
}

function toLocal(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function boundName(text: string): string {
  const brackets = text.match(/[([&]/g)?.length ?? 0;
  return brackets > MAX_BRACKETS ? text.slice(0, CUT_NAME) : text;
}
