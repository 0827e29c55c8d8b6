import { decodeWords } from 'postal-mime';

/** A header field, or one of a status report: they have the same form (RFC 3464 §2.1.1). */
export interface Field {
  /** In lower case. */
  name: string;
  value: string;
}

/** Far more than any honest mail has. */
const MOST_FIELDS = 500;
const MOST_VALUE = 4_000;
const FIELD = /^([\w-]{1,80}) ?:[ \t]?(.*)$/;

/** Reads fields up to the first line that is none. Folded lines are joined (RFC 5322 §2.2.3). */
export function parseFields(lines: readonly string[]): Field[] {
  const fields: { name: string; lines: string[] }[] = [];
  for (const line of lines) {
    const last = fields.at(-1);
    if (last && /^[ \t]+\S/.test(line)) {
      last.lines.push(line.trim());
      continue;
    }
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || fields.length >= MOST_FIELDS) break;
    fields.push({ name: name.toLowerCase(), lines: [value ?? ''] });
  }
  return fields.map(({ name, lines: parts }) => ({ name, value: toValue(parts.join(' ')) }));
}

/** A value as people read it, with encoded words (RFC 2047). */
export function toValue(raw: string): string {
  return decodeWords(raw.slice(0, MOST_VALUE)).trim();
}

export function findField(fields: readonly Field[], ...names: string[]): string | undefined {
  for (const name of names) {
    const found = fields.find((field) => field.name === name && field.value !== '');
    if (found) return found.value;
  }
  return undefined;
}

export function findFields(fields: readonly Field[], ...names: string[]): string[] {
  return fields
    .filter(({ name, value }) => names.includes(name) && value !== '')
    .map(({ value }) => value);
}
