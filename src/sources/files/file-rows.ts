import { CsvError, type Options, parse } from 'csv-parse/sync';
import { toErrorMessage } from '../../base/errors.js';
import { endOfString, parseJson } from '../json.js';

/** One row of a file: what stands there, or what is wrong with it. */
export type FileRow = { line: number } & ({ fields: Record<string, unknown> } | { reason: string });

export type FileFormat = 'json' | 'lines' | 'csv';

/** By the name's ending, else by what it begins with. */
export function detectFormat(name: string, text: string): FileFormat {
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return 'lines';
  if (/\.(?:csv|tsv)$/i.test(name)) return 'csv';
  const [first = ''] = text.trimStart().split('\n', 1);
  if (first.startsWith('{')) return isRow(first) ? 'lines' : 'json';
  return first.startsWith('[') || /\.json$/i.test(name) ? 'json' : 'csv';
}

/** A whole object that does not hold the list of all papers. */
function isRow(line: string): boolean {
  const read = parseObject(line);
  return 'fields' in read && !Object.values(read.fields).some(isListOfObjects);
}

function isListOfObjects(value: unknown): boolean {
  const [first]: unknown[] = Array.isArray(value) ? value : [];
  return typeof first === 'object' && first !== null && 'title' in first;
}

export const readRows: Readonly<Record<FileFormat, (text: string) => FileRow[]>> = {
  json: jsonRows,
  lines: (text) =>
    text.split('\n').flatMap((line, index) => {
      return line.trim() === '' ? [] : [{ line: index + 1, ...parseObject(line) }];
    }),
  csv: csvRows,
};

function parseObject(text: string): { fields: Record<string, unknown> } | { reason: string } {
  try {
    const value = parseJson(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { fields: { ...value } } : { reason: 'it is not an object' };
  } catch (error) {
    return { reason: `it is not JSON (${toErrorMessage(error).slice(0, 100)})` };
  }
}

/**
 * The items of the first list of objects in a JSON text, each read by itself: a broken one costs itself only,
 * as long as its brackets and quotes are whole.
 */
function jsonRows(text: string): FileRow[] {
  const inside = text.trimStart().startsWith('[') ? -1 : text.search(/\[\s*\{/);
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
    if (item !== '') rows.push({ line: lineAt(begin), ...parseObject(item) });
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

function csvRows(given: string): FileRow[] {
  // The parser takes CRLF within quotes for two lines.
  const text = given.replace(/\r\n?/g, '\n');
  const [header = ''] = text.split('\n', 1);
  const delimiter = [',', ';', '\t'].find((mark) => header.includes(mark)) ?? ',';
  const [columns, ...rows] = parseRecords(text, delimiter) ?? recordsLineByLine(text, delimiter);
  const names = columns && 'values' in columns ? columns.values : [];
  return rows.map((row) => ('values' in row ? toFileRow(names, row) : row));
}

type CsvRecord = { line: number } & ({ values: string[] } | { reason: string });

function toFileRow(names: string[], { line, values }: { line: number; values: string[] }): FileRow {
  if (values.slice(names.length).some((value) => value !== '')) {
    return {
      line,
      reason: `it has ${values.length} fields, but there are ${names.length} columns`,
    };
  }
  return { line, fields: Object.fromEntries(names.map((name, n) => [name, values[n] ?? ''])) };
}

/** `null` where the quotes are not balanced somewhere. */
function parseRecords(text: string, delimiter: string): CsvRecord[] | null {
  const options: Options = {
    ...{ bom: true, info: true, delimiter, trim: true, relax_column_count: true },
    ...{ skip_empty_lines: true, relax_quotes: true },
  };
  try {
    let next = 1;
    const parsed = parse(text, options) as unknown as Parsed[];
    const lines = text.split('\n');
    return parsed.map(({ record, info }) => {
      while (lines[next - 1]?.trim() === '') next++;
      const line = next;
      next = info.lines + 1;
      return { line, values: record };
    });
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

interface Parsed {
  record: string[];
  info: { lines: number };
}

/** Lines of the longest row that is looked for. */
const LONGEST_ROW = 100;

/** Slower, but a row whose quotes are not balanced takes none of the others with it. */
function recordsLineByLine(text: string, delimiter: string): CsvRecord[] {
  const lines = text.split('\n');
  const records: CsvRecord[] = [];
  for (let at = 0; at < lines.length; ) {
    const length = rowLength(lines, at);
    const [only, ...more] = parseRecords(lines.slice(at, at + length).join('\n'), delimiter) ?? [];
    const line = at + 1;
    const isBlank = lines[at]?.trim() === '';
    if (only && more.length === 0) records.push({ ...only, line });
    else if (!isBlank) records.push({ line, reason: 'the quotes are not balanced' });
    at += only ? length : 1;
  }
  return records;
}

/** How many lines it takes until the quotes are balanced; 1 where they never are. */
function rowLength(lines: readonly string[], start: number): number {
  let quotes = 0;
  for (let length = 1; length <= LONGEST_ROW && start + length <= lines.length; length++) {
    quotes += (lines[start + length - 1] ?? '').split('"').length - 1;
    if (quotes % 2 === 0) return length;
  }
  return 1;
}
