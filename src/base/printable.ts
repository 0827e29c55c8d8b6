/** Characters that start a new line in a terminal, a log or a spreadsheet. */
const BREAKS = /[\t-\r\u0085\u2028\u2029]+/gu;
/** Control characters, which command terminals, and format characters, which hide or reorder text. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;

/** Text from outside as one line that is safe to print on a terminal. */
export function printable(text: string): string {
  return text.replace(BREAKS, ' ').replace(UNSEEN, '');
}

/** The same for every string inside a value, at any depth. */
export function printableAll<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cleaned(inner)]));
}
