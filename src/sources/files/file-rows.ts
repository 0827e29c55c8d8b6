import { CsvReader, LINE_END } from '../../base/csv.js';
import { toErrorMessage } from '../../base/errors.js';

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

/** However deep so much JSON is nested, it is read within half a second. */
const LONGEST_ITEM = 4 * 1024 * 1024;

/** A whole object that does not hold the list of all papers. */
function isRow(line: string): boolean {
  const read = parseObject(line);
  if (!('fields' in read)) return false;
  const values = Object.values(read.fields);
  // Crossref has its list within a message.
  const inner = 'title' in read.fields ? [] : values.flatMap((one) => Object.values(one ?? {}));
  return ![...values, ...inner].some(isListOfObjects);
}

function isListOfObjects(value: unknown): boolean {
  const [first]: unknown[] = Array.isArray(value) ? value : [];
  return (
    typeof first === 'object' &&
    first !== null &&
    ['title', 'content', 'data'].some((name) => name in first)
  );
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
  if (text.length > LONGEST_ITEM) return { reason: 'it has more than 4 MB' };
  try {
    const value: unknown = JSON.parse(text);
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

function csvRows(text: string): FileRow[] {
  const reader = new CsvReader();
  return [...text.split(LINE_END).flatMap((line) => reader.push(line)), ...reader.end()];
}

/** Where the string that begins at `start` has its closing quote; the end of a text without it. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    let slash = quote;
    while (slash > from && text[slash - 1] === '\\') slash--;
    if ((quote - slash) % 2 === 0) return quote;
    from = quote + 1;
  }
}
