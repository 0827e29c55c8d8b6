/** Characters that start a new line in a terminal, a log or a spreadsheet. */
const BREAKS = /[\t-\r\u0085\u2028\u2029]+/gu;
/** Control characters, which command terminals, and format characters, which hide or reorder text. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const UNSEEN_IN_LINES = /(?!\r\n|[\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text from outside as one line that is safe to print on a terminal. */
export function printable(text: string): string {
  return text.replace(BREAKS, ' ').replace(UNSEEN, '');
}

/** Several lines that are safe to print: only the ends of lines and tabs stay of what commands a terminal. */
export function printableLines(text: string): string {
  return text.replace(UNSEEN_IN_LINES, '');
}

/** JSON that is safe to print and reads as the same value. `JSON.stringify` escapes only a part. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, (unit) =>
    unit
      .split('')
      .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** The same for every string inside a value, at any depth. */
export function printableAll<T>(value: T): T {
  return cleaned(value) as T;
}

/** A stack has a line for each call. */
const LINES_IN = 'stack';

/** Nothing that is told lies deeper; what leads back to itself ends there. */
const DEEPEST = 20;

function cleaned(value: unknown, depth = 0, name?: string): unknown {
  if (typeof value === 'string' && name === LINES_IN) return printableLines(value);
  if (typeof value === 'string') return printable(value);
  if (value instanceof Error) return cleaned(toFacts(value), depth);
  if (!Array.isArray(value) && !isPlain(value)) return value;
  if (depth === DEEPEST) return '…';
  if (Array.isArray(value)) return value.map((inner) => cleaned(inner, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, cleaned(inner, depth + 1, key)]),
  );
}

/** What an error says stands in fields that are not counted among its own. */
function toFacts(error: Error): object {
  const { message, stack, cause } = error;
  const own = { ...error, message, stack };
  return { type: error.constructor.name, ...own, ...(cause ? { cause } : {}) };
}

/** Dates, addresses and the like know themselves how they are written. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
