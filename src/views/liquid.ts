import { fileURLToPath } from 'node:url';
import { Liquid, LiquidError, type Template } from 'liquidjs/dist/liquid.node.mjs';
import type { Day } from '../base/day.js';
import { PaperboyError, toErrorMessage } from '../base/errors.js';
import type { DayStyle, Messages, MessageValues } from './messages.js';

/** The folder of all templates. */
export const TEMPLATES = fileURLToPath(new URL('../../templates/', import.meta.url));

/** Dates come in words already; without it, each engine asks the machine, which takes a while. */
const LOCALE = { locale: 'en-GB' };

/** An engine whose every output is escaped for HTML unless it is marked `raw`. */
export function htmlEngine(root: string): Liquid {
  const engine = new Liquid({
    root,
    extname: '.liquid',
    outputEscape: 'escape',
    strictFilters: true,
    jsTruthy: false,
    cache: true,
    ...LOCALE,
  });
  addMessages(engine);
  engine.registerFilter('rich', {
    raw: true,
    handler(key: unknown, ...values: unknown[]) {
      return toMessages(this.context.globals).rich(String(key), toValues(values));
    },
  });
  return engine;
}

/** An engine for plain text: nothing is escaped, `wrap` breaks lines, and `link` closes a URL. */
export function textEngine(root: string): Liquid {
  const engine = new Liquid({
    root,
    extname: '.liquid',
    strictFilters: true,
    cache: true,
    ...LOCALE,
  });
  addMessages(engine);
  engine.registerFilter('wrap', (text: unknown, width: number, indent = '') =>
    wrap(String(text ?? ''), width, String(indent)),
  );
  engine.registerFilter('link', (url: unknown) => closedUrl(String(url ?? '')));
  return engine;
}

/**
 * What a template says comes from the catalogue: `{{ 'paper.votes' | t: count: 3 }}`, or `rich` where
 * there are tags in the message. Days, numbers and lists of names are written as in its language.
 */
function addMessages(engine: Liquid): void {
  engine.registerFilter('t', function (key: unknown, ...values: unknown[]) {
    return toMessages(this.context.globals).t(String(key), toValues(values));
  });
  engine.registerFilter('day', function (day: Day, style?: DayStyle) {
    return toMessages(this.context.globals).day(day, style);
  });
  engine.registerFilter('number', function (value: unknown) {
    return toMessages(this.context.globals).number(Number(value));
  });
  engine.registerFilter('names', function (names: unknown) {
    return toMessages(this.context.globals).list(Array.isArray(names) ? names.map(String) : []);
  });
}

/** What templates get whatever they are given, in each of their parts. */
export function toMessages(globals: object): Messages {
  if ('messages' in globals) return globals.messages as Messages;
  throw new PaperboyError('template_fault', 'A template was rendered without a language.');
}

/** LiquidJS gives named arguments as pairs. */
function toValues(pairs: readonly unknown[]): MessageValues {
  return Object.fromEntries(pairs.filter((pair) => Array.isArray(pair)));
}

/**
 * Parses a template.
 * @throws PaperboyError `template_fault` that names the file and what is wrong in it.
 */
export function parse(engine: Liquid, source: string, file: string): Template[] {
  try {
    return engine.parse(source, file);
  } catch (error) {
    throw templateFault(file, error);
  }
}

/** @throws PaperboyError `template_fault` */
export function render(
  engine: Liquid,
  template: Template[],
  { context, messages }: { context: object; messages: Messages },
  file: string,
): string {
  try {
    return engine.renderSync(template, context, { globals: { messages } }) as string;
  } catch (error) {
    throw templateFault(file, error);
  }
}

export function templateFault(file: string, error: unknown): PaperboyError {
  const reason =
    error instanceof LiquidError ? error.message.split('\n')[0] : mjmlReason(toErrorMessage(error));
  return new PaperboyError(
    'template_fault',
    `The template ${shortName(file)} has a fault: ${reason}`,
    { cause: error },
  );
}

/** As an operator knows it. */
export function shortName(file: string): string {
  return file.replace(TEMPLATES, 'templates/');
}

/** MJML's report on one line, without the folder that it takes for the file. */
function mjmlReason(report: string): string {
  return report
    .replace(/^ValidationError:/, '')
    .replace(/(Line \d+) of \S+/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * Mail programs that make links of plain text take punctuation at the end for that of the sentence.
 * Encoded, it leads to the same place (RFC 3986 §2.3; the others as servers read paths).
 */
function closedUrl(url: string): string {
  return url.replace(
    /[-_.~!*'(),;:]$/,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Breaks `text` into lines of at most `width` columns, each after `indent`; words stay whole. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(indent + line);
  return lines.join('\n');
}
