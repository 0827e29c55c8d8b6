/** What begins another line somewhere: in a terminal, a log, a spreadsheet. */
const BREAKS = /[\t-\r\u0085\u2028\u2029]+/gu;
/** Controls, which command terminals, and format characters, which hide or reorder what stands there. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;

/** A text from outside as one line that a terminal only shows. */
export function printable(text: string): string {
  return text.replace(BREAKS, ' ').replace(UNSEEN, '');
}

/** The same of every text in an answer, however deep it stands. */
export function printableAll<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cleaned(inner)]));
}
