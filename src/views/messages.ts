import { IntlMessageFormat } from 'intl-messageformat';
import type { Day } from '../base/day.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import { escapeHtml } from './escape.js';

/** A language that readers can choose. */
export interface Language {
  /** As in BCP 47; the name of its folder in `locales/`. */
  readonly code: string;
  /** What its speakers call it. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  /** How its dates and numbers are written: a locale of Intl. */
  readonly locale: string;
}

export type MessageValues = Readonly<
  Record<string, string | number | boolean | Date | null | undefined>
>;

/** How a day can be written; all without a time, so in UTC. */
const DAY_STYLES = {
  long: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  medium: { weekday: 'long', day: 'numeric', month: 'long' },
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type DayStyle = keyof typeof DAY_STYLES;

/** HTML that is ready, among texts that are not. */
class Html {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Wrap = (tag: string, children: readonly unknown[]) => string | Html;

/**
 * The texts of one language, in ICU MessageFormat. What was read of them is kept: reading a message
 * takes longer than using it a hundred times.
 */
export class Messages {
  readonly language: Language;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #fallback: Messages | null;
  readonly #formats = new Map<string, IntlMessageFormat>();
  readonly #days = new Map<DayStyle, Intl.DateTimeFormat>();
  readonly #numbers: Intl.NumberFormat;
  readonly #lists: Intl.ListFormat;

  /** @param fallback has the messages that are missing here */
  constructor(
    language: Language,
    texts: ReadonlyMap<string, string>,
    fallback: Messages | null = null,
  ) {
    this.language = language;
    this.#texts = texts;
    this.#fallback = fallback;
    this.#numbers = new Intl.NumberFormat(language.locale);
    this.#lists = new Intl.ListFormat(language.locale, { type: 'conjunction' });
  }

  /** Whether there is a message of that key, in this language or the one that it falls back to. */
  has(key: string): boolean {
    return this.#texts.has(key) || (this.#fallback?.has(key) ?? false);
  }

  /**
   * A message as plain text. Tags in it vanish.
   * @throws PaperboyError `message_missing`, `message_fault`
   */
  t(key: string, values: MessageValues = {}): string {
    return this.#use(key, (format) =>
      String(format.format<string>(withTags(format, values, (_tag, parts) => parts.join('')))),
    );
  }

  /**
   * A message as HTML. Its words and the values are escaped. A tag in it, like `<link>here</link>`,
   * becomes the value of that name, which is an opening tag of HTML, like `<a href="/">`.
   * @throws PaperboyError `message_missing`, `message_fault`
   */
  rich(key: string, values: MessageValues = {}): string {
    const wrap: Wrap = (tag, parts) => {
      const opening = String(values[tag] ?? '');
      const [, element] = /^<([a-z][a-z0-9]*)/i.exec(opening) ?? [];
      const inner = parts.map(toHtml).join('');
      return new Html(element === undefined ? inner : `${opening}${inner}</${element}>`);
    };
    return this.#use(key, (format) =>
      format
        .formatToParts<Html>(withTags(format, values, wrap))
        .map(({ value }) => toHtml(value))
        .join(''),
    );
  }

  /** A day in the way of the language. */
  day(day: Day, style: DayStyle = 'long'): string {
    let format = this.#days.get(style);
    if (!format) {
      const options = { ...DAY_STYLES[style], timeZone: 'UTC' };
      format = new Intl.DateTimeFormat(this.language.locale, options);
      this.#days.set(style, format);
    }
    const text = format.format(new Date(`${day}T00:00:00Z`));
    // Node 20 puts a comma after the day of the week, Node 24 does not.
    return this.language.locale === 'en-GB' ? text.replace(',', '') : text;
  }

  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** `A, B and C`. */
  list(names: readonly string[]): string {
    return this.#lists.format(names);
  }

  #use(key: string, say: (format: IntlMessageFormat) => string): string {
    if (!this.#texts.has(key) && this.#fallback) return this.#fallback.#use(key, say);
    try {
      return say(this.#formats.get(key) ?? this.#read(key));
    } catch (error) {
      if (error instanceof PaperboyError) throw error;
      throw new PaperboyError(
        'message_fault',
        `The message ${key} of locales/${this.language.code} has a fault: ${toErrorMessage(error)}`,
        { cause: error },
      );
    }
  }

  #read(key: string): IntlMessageFormat {
    const text = this.#texts.get(key);
    if (text === undefined) {
      throw new PaperboyError('message_missing', `No language has a message ${key}.`);
    }
    const format = new IntlMessageFormat(text, this.language.locale);
    this.#formats.set(key, format);
    return format;
  }
}

type Values = Record<string, MessageValues[string] | ((parts: unknown[]) => string | Html)>;

/** The values of a message with a function for each tag in it, as its format wants them. */
function withTags(format: IntlMessageFormat, values: MessageValues, wrap: Wrap) {
  const all: Values = { ...values };
  for (const tag of findTags(format.getAst())) all[tag] = (parts) => wrap(tag, parts);
  // Its own type is made for React, and leaves out what may be missing.
  return all as Parameters<IntlMessageFormat['formatToParts']>[0] & Record<string, never>;
}

type Ast = ReturnType<IntlMessageFormat['getAst']>;
const TAG = 8;
const known = new WeakMap<Ast, readonly string[]>();

function findTags(ast: Ast): readonly string[] {
  const found = known.get(ast);
  if (found) return found;
  const tags = ast.flatMap((element) => {
    const inner = 'children' in element ? findTags(element.children) : [];
    const options =
      'options' in element
        ? Object.values(element.options).flatMap(({ value }) => findTags(value))
        : [];
    return [...(element.type === TAG ? [element.value] : []), ...inner, ...options];
  });
  known.set(ast, tags);
  return tags;
}

function toHtml(part: unknown): string {
  return part instanceof Html ? part.html : escapeHtml(String(part));
}
