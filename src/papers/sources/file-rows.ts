import { type Options, parse } from 'csv-parse/sync';
import { messageOf } from '../../base/errors.js';

/** One row of a file: what stands there, or what is wrong with it. */
export type FileRow = { line: number } & ({ fields: Record<string, unknown> } | { reason: string });

export type FileFormat = 'json' | 'lines' | 'csv';

/** By the name's ending, else by what it begins with. */
export function formatOf(name: string, text: string): FileFormat {
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return 'lines';
  if (/\.(?:csv|tsv)$/i.test(name)) return 'csv';
  const [first] = text.trimStart();
  if (first === '{') return /^\s*\{[^\n]*\}\s*(?:\n|$)/.test(text) ? 'lines' : 'json';
  return first === '[' || /\.json$/i.test(name) ? 'json' : 'csv';
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
  const start = text.indexOf('[');
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

function csvRows(text: string): FileRow[] {
  const [header = ''] = text.split('\n', 1);
  const delimiter = [',', ';', '\t'].find((mark) => header.includes(mark)) ?? ',';
  const rows: FileRow[] = [];
  const options: Options = {
    ...{ bom: true, info: true, delimiter, trim: true, relax_column_count: true },
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      const line = Number(error?.['lines']) || 1;
      rows.push({ line, reason: 'the quotes are not balanced' });
      return undefined;
    },
  };
  const parsed = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[];
  const [columns, ...records] = parsed;
  const names = columns?.record.map((name) => name.trim()) ?? [];
  let next = (columns?.info.lines ?? 0) + 1;
  for (const { record, info } of records) {
    const line = next;
    next = info.lines + 1;
    if (record.slice(names.length).some((value) => value !== '')) {
      const reason = `it has ${record.length} fields, but there are ${names.length} columns`;
      rows.push({ line, reason });
      continue;
    }
    const fields = names.map((name, index) => [name, record[index] ?? '']);
    rows.push({ line, fields: Object.fromEntries(fields) });
  }
  return rows.sort((a, b) => a.line - b.line);
}
