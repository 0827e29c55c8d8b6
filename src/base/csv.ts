import { CsvError, type Options, parse } from 'csv-parse/sync';
import { detectDelimiter, isOpenAfter, readSeparatorLine } from './csv-dialect.js';

/** One row of CSV: its fields by column, or what is wrong with it. */
export type CsvRow = { line: number } & ({ fields: Record<string, string> } | { reason: string });

export interface CsvOptions {
  /**
   * Whether a row of several lines may be one. With a quote that was never ended, a row takes in the
   * rows that follow; whoever knows the columns can tell.
   * @param lines the fields of each of its lines that would make a whole row by itself
   */
  isPlausible?: (row: Record<string, string>, lines: Record<string, string>[]) => boolean;
  /** Whether whoever reads knows a column, by which the delimiter is found. */
  isKnown?: (heading: string) => boolean;
}

export const LINE_END = /\r\n|\n|\r/;

/** Lines of the longest row. A row that is not over by then has a stray quote. */
const LONGEST_ROW = 100;
const LONGEST_LINE = 1_000_000;

const UNBALANCED = 'the quotes are not balanced';

/**
 * Reads CSV (RFC 4180; a comma, semicolon, tab or bar between fields, or what a line like `sep=;`
 * says) line by line. The first row names the columns, in lower case. A broken row costs its first
 * line only: what follows is read anew.
 */
export class CsvReader {
  readonly #isPlausible: CsvOptions['isPlausible'];
  readonly #isKnown: CsvOptions['isKnown'];
  #headings: string[] | undefined;
  #columns: string[] | undefined;
  #delimiter = ',';
  #isDelimiterTold = false;
  /** Lines that are not read yet, the first of which is number `#line`. */
  #waiting: string[] = [];
  #line = 1;

  constructor({ isPlausible, isKnown }: CsvOptions = {}) {
    this.#isPlausible = isPlausible;
    this.#isKnown = isKnown;
  }

  /** The names that rows have for their fields, no two the same; `null` before the first row. */
  get columns(): readonly string[] | null {
    return this.#columns ?? null;
  }

  /** What the first row says, one for each of `columns`. */
  get headings(): readonly string[] {
    return this.#headings ?? [];
  }

  /** Takes the next line, without its end. Gives the rows that are whole now. */
  push(line: string): CsvRow[] {
    const isFirst = this.#line === 1 && this.#waiting.length === 0;
    this.#waiting.push(isFirst ? line.replace(/^\uFEFF/, '') : line);
    return this.#readRows(false);
  }

  /** Gives what is left when there are no more lines. */
  end(): CsvRow[] {
    return this.#readRows(true);
  }

  #readRows(isEnd: boolean): CsvRow[] {
    const rows: CsvRow[] = [];
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined) return rows;
      if (first.trim() === '') {
        this.#skip(1);
        continue;
      }
      if (!this.#columns && this.#readDialect(first)) {
        this.#skip(1);
        continue;
      }
      const record = this.#parseRecord(first, isEnd);
      if (record === 'more') return rows;
      const row = this.#toRow(record);
      if (row) rows.push(row);
      this.#skip(record.lines);
    }
  }

  /** Finds the delimiter before the columns are read. Returns whether the line said nothing else. */
  #readDialect(line: string): boolean {
    const told = this.#isDelimiterTold ? null : readSeparatorLine(line);
    this.#isDelimiterTold ||= told !== null;
    if (told !== null) this.#delimiter = told;
    if (this.#isDelimiterTold) return told !== null;
    const isKnown = this.#isKnown ?? (() => false);
    this.#delimiter = detectDelimiter(line, (mark) => splitLine(line, mark).filter(isKnown).length);
    return false;
  }

  #skip(lines: number): void {
    this.#waiting.splice(0, lines);
    this.#line += lines;
  }

  /** The record that begins with the first line, `more` where further lines decide. */
  #parseRecord(first: string, isEnd: boolean): Parsed | 'more' {
    if (first.length > LONGEST_LINE) {
      return { lines: 1, reason: `it is longer than ${LONGEST_LINE.toLocaleString('en')} letters` };
    }
    const alone = parseOne(first, this.#delimiter);
    if (alone) return { lines: 1, values: alone };
    const lines = countLines(this.#waiting, this.#delimiter);
    if (lines === null && !isEnd && this.#waiting.length < LONGEST_ROW) return 'more';
    if (lines === null) return { lines: 1, reason: UNBALANCED };
    const whole = this.#waiting.slice(0, lines);
    const values = parseOne(whole.join('\n'), this.#delimiter);
    return values && this.#isWhole(values, whole)
      ? { lines, values }
      : { lines: 1, reason: UNBALANCED };
  }

  #isWhole(values: readonly string[], lines: readonly string[]): boolean {
    const columns = this.#columns;
    if (!columns) return true;
    // With a field too many, it begins in one row and ends in another, and neither may be lost.
    if (hasMore(values, columns)) return false;
    if (!this.#isPlausible) return true;
    const rows = lines
      .map((line) => splitLine(line, this.#delimiter))
      .filter((fields) => fields.length >= columns.length);
    const [row, ...more] = [values, ...rows].map((fields) => toFields(columns, fields));
    return row !== undefined && this.#isPlausible(row, more);
  }

  /** `null` for the row that names the columns. */
  #toRow(record: Parsed): CsvRow | null {
    const line = this.#line;
    const columns = this.#columns;
    if (!columns) {
      this.#headings = 'values' in record ? record.values.map(toHeading) : [];
      this.#columns = toColumns(this.#headings);
      return 'reason' in record ? { line, reason: record.reason } : null;
    }
    if ('reason' in record) return { line, reason: record.reason };
    const { values } = record;
    // Spreadsheets end lines with separators for columns that are empty.
    if (hasMore(values, columns)) {
      const counts = `${values.length} fields, but there are ${columns.length} columns`;
      return { line, reason: `it has ${counts}` };
    }
    return { line, fields: toFields(columns, values) };
  }
}

/** A line break within quotes is a space, and what nobody sees is no part of a name. */
function toHeading(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\p{Cf}/gu, '')
    .trim();
}

/** The second of the same name is `name #2`: what stands there must not hide the first. */
function toColumns(headings: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const name = heading.toLowerCase();
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} #${times}`;
  });
}

function hasMore(values: readonly string[], columns: readonly string[]): boolean {
  return values.slice(columns.length).some((value) => value !== '');
}

function toFields(columns: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map((name, n) => [name, values[n] ?? '']));
}

/** The lines of the record, and its fields or what is wrong with them. */
type Parsed = { lines: number } & ({ values: string[] } | { reason: string });

/** How many lines it takes until no quoted field is open; `null` where one is. */
function countLines(waiting: readonly string[], delimiter: string): number | null {
  let open = false;
  for (const [index, line] of waiting.slice(0, LONGEST_ROW).entries()) {
    open = isOpenAfter(line, delimiter, open);
    if (!open) return index + 1;
  }
  return null;
}

/** The fields of a line that is read alone, whatever it is. */
function splitLine(line: string, delimiter: string): string[] {
  return parseOne(line, delimiter) ?? line.split(delimiter).map((field) => field.trim());
}

/** The fields of a text that is one record; `null` where it is none, or more than one. */
function parseOne(text: string, delimiter: string): string[] | null {
  const options: Options = {
    ...{ delimiter, record_delimiter: '\n', trim: true },
    ...{ relax_quotes: true, relax_column_count: true },
  };
  // Some databases write \" for a quote, which RFC 4180 doubles.
  const escapes = text.includes('\\"') ? ['"', '\\'] : ['"'];
  for (const sign of escapes) {
    try {
      const records: string[][] = parse(text, { ...options, escape: sign });
      return records.length === 1 ? (records[0] ?? null) : null;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
    }
  }
  return null;
}

/** The lines of a text that comes in pieces, without their ends. What is too long is cut. */
export async function* splitLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const text = rest + piece;
    // A line end of Windows may lie on the border of two pieces.
    const isHalf = text.endsWith('\r');
    const lines = (isHalf ? text.slice(0, -1) : text).split(LINE_END);
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE + 1) + (isHalf ? '\r' : '');
    yield* lines;
  }
  yield* rest.split(LINE_END);
}
