import { parse } from 'csv-parse/sync';
import { messageOf } from '../../base/errors.js';

/** One row of a file: what stands there, or what is wrong with it. */
export type FileRow = { line: number } & ({ fields: Record<string, unknown> } | { reason: string });

export type FileFormat = 'json' | 'lines' | 'csv';

/** By the name's ending, else by what it begins with. */
export function formatOf(name: string, text: string): FileFormat {
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return 'lines';
  if (/\.(?:csv|tsv)$/i.test(name)) return 'csv';
  const [first] = text.trimStart();
  if (first === '{') return isPaper(text) ? 'lines' : 'json';
  return first === '[' || /\.json$/i.test(name) ? 'json' : 'csv';
}

/** Whether the first line is one paper, and not all of them below some name. */
function isPaper(text: string): boolean {
  const [line = ''] = text.trimStart().split('\n', 1);
  if (!/\}\s*$/.test(line)) return false;
  const row = objectOf(line);
  if ('reason' in row) return !/^\{\s*"[^"]*"\s*:\s*\[/.test(line);
  return !Object.values(row.fields).some(isPaperList);
}

function isPaperList(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.some((one: unknown) => {
    return typeof one === 'object' && one !== null && /"title":/i.test(JSON.stringify(one));
  });
}

export const readRows: Readonly<Record<FileFormat, (text: string) => FileRow[]>> = {
  json: jsonRows,
  lines: (text) =>
    text.split('\n').flatMap((line, index) => {
      return line.trim() === '' ? [] : [{ line: index + 1, ...objectOf(line) }];
    }),
  csv: csvRows,
};

function objectOf(text: string): { fields: Record<string, unknown> } | { reason: string } {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { fields: { ...value } } : { reason: 'it is not an object' };
  } catch (error) {
    return { reason: `it is not JSON (${messageOf(error).slice(0, 100)})` };
  }
}

/**
 * The items of the first list in a JSON text, each read by itself: a broken one costs itself only,
 * as long as its brackets and quotes are whole.
 */
function jsonRows(text: string): FileRow[] {
  const [whole] = text.trimStart();
  const inside = whole === '[' ? -1 : text.search(/\[\s*\{/);
  const start = inside < 0 ? text.indexOf('[') : inside;
  if (start < 0) return [{ line: 1, reason: 'there is no list of papers' }];
  const rows: FileRow[] = [];
  const place = { at: 0, line: 1 };
  const lineAt = (index: number): number => {
    for (; place.at < index; place.at++) if (text[place.at] === '\n') place.line++;
    return place.line;
  };
  let depth = 0;
  let begin = -1;
  const end = (index: number) => {
    const item = begin < 0 ? '' : text.slice(begin, index).trim();
    if (item !== '') rows.push({ line: lineAt(begin), ...objectOf(item) });
    begin = -1;
  };
  for (let index = start + 1; index < text.length; index++) {
    const mark = text[index] ?? '';
    if (begin < 0 && /[^\s,\]]/.test(mark)) begin = index;
    if (mark === '"') index = endOfString(text, index);
    else if (mark === '{' || mark === '[') depth++;
    else if (depth > 0 && (mark === '}' || mark === ']')) depth--;
    else if (depth === 0 && mark === ',') end(index);
    else if (depth === 0 && mark === ']') {
      end(index);
      return rows;
    }
  }
  const line = lineAt(begin < 0 ? text.length : begin);
  return [...rows, { line, reason: 'the file breaks off' }];
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index;
}

/** A file with more is no table; each costs a new beginning. */
const MAX_BROKEN = 100;

/** A record that can't be parsed costs its first line only: reading goes on with the next one. */
function csvRows(text: string): FileRow[] {
  // The parser takes CRLF within quotes for two lines.
  const lines = text.split(/\r\n?|\n/);
  const rows: FileRow[] = [];
  let names: string[] | null = null;
  let next = 0;
  const take = (record: string[], end: number) => {
    const line = firstFilled(lines, next) + 1;
    next = end;
    if (names === null) names = record.map((name) => name.trim());
    else rows.push({ line, ...fieldsOf(names, record) });
  };
  for (let broken = 0; next < lines.length; broken++) {
    try {
      parseCsv(lines, next, take);
      break;
    } catch (error) {
      if (names === null) throw error;
      next = firstFilled(lines, next) + 1;
      rows.push({ line: next, reason: 'the quotes are not balanced' });
      if (broken < MAX_BROKEN) continue;
      rows.push({ line: next + 1, reason: 'too many rows are broken; the rest was not read' });
      break;
    }
  }
  return rows;
}

/** @param take gets each record and the number of lines up to its end */
function parseCsv(
  lines: readonly string[],
  from: number,
  take: (record: string[], end: number) => void,
): void {
  const delimiter = [',', ';', '\t'].find((mark) => lines[0]?.includes(mark)) ?? ',';
  parse(lines.slice(from).join('\n'), {
    ...{ delimiter, trim: true, relax_column_count: true, skip_empty_lines: true },
    // Between tabs a quote is mostly one.
    relax_quotes: delimiter === '\t',
    on_record: (record: string[], { lines: read }) => {
      take(record, from + read);
      return null;
    },
  });
}

function firstFilled(lines: readonly string[], from: number): number {
  let index = from;
  while (index < lines.length - 1 && lines[index]?.trim() === '') index++;
  return index;
}

function fieldsOf(
  names: readonly string[],
  record: readonly string[],
): { fields: Record<string, unknown> } | { reason: string } {
  if (record.slice(names.length).some((value) => value !== '')) {
    return { reason: `it has ${record.length} fields, but there are ${names.length} columns` };
  }
  return { fields: Object.fromEntries(names.map((name, index) => [name, record[index] ?? ''])) };
}
