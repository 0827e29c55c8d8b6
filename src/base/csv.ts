import { CsvError, type Options, parse } from 'csv-parse/sync';

/** One row of CSV: its fields by column, or what is wrong with it. */
export type CsvRow = { line: number } & ({ fields: Record<string, string> } | { reason: string });

export interface CsvOptions {
  /**
   * Whether a row of several lines may be one. With a quote that was never ended, a row takes in the
   * rows that follow; whoever knows the columns can tell.
   * @param others the fields of each further line, read as a row of its own
   */
  isPlausible?: (row: Record<string, string>, others: Record<string, string>[]) => boolean;
}

export const LINE_END = /\r\n|\n|\r/;

/** Lines of the longest row. A row that is not over by then has a stray quote. */
const LONGEST_ROW = 100;
const LONGEST_LINE = 1_000_000;

const DELIMITERS = [',', ';', '\t'];
const UNBALANCED = 'the quotes are not balanced';

/**
 * Reads CSV (RFC 4180; comma, semicolon or tab between fields) line by line. The first row names the
 * columns, in lower case. A broken row costs its first line only: what follows is read anew.
 */
export class CsvReader {
  readonly #isPlausible: CsvOptions['isPlausible'];
  #columns: string[] | undefined;
  #delimiter = ',';
  /** Lines that are not read yet, the first of which is number `#line`. */
  #waiting: string[] = [];
  #line = 1;

  constructor({ isPlausible }: CsvOptions = {}) {
    this.#isPlausible = isPlausible;
  }

  /** What the first row says; `null` before it was read. */
  get columns(): readonly string[] | null {
    return this.#columns ?? null;
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
      if (!this.#columns) this.#delimiter = detectDelimiter(first);
      const record = this.#parseRecord(first, isEnd);
      if (record === 'more') return rows;
      const row = this.#toRow(record);
      if (row) rows.push(row);
      this.#skip(record.lines);
    }
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
    const [, ...others] = this.#waiting.slice(0, lines);
    const values = parseOne([first, ...others].join('\n'), this.#delimiter);
    return values && this.#isWhole(values, others)
      ? { lines, values }
      : { lines: 1, reason: UNBALANCED };
  }

  #isWhole(values: readonly string[], others: readonly string[]): boolean {
    const columns = this.#columns;
    if (!this.#isPlausible || !columns) return true;
    const rows = others.map(
      (line) => parseOne(line, this.#delimiter) ?? line.split(this.#delimiter),
    );
    const [row, ...more] = [values, ...rows].map((fields) => toFields(columns, fields));
    return row !== undefined && this.#isPlausible(row, more);
  }

  /** `null` for the row that names the columns. */
  #toRow(record: Parsed): CsvRow | null {
    const line = this.#line;
    const columns = this.#columns;
    if (!columns) {
      const names = 'values' in record ? record.values : [];
      this.#columns = names.map((name) => name.trim().toLowerCase());
      return 'reason' in record ? { line, reason: record.reason } : null;
    }
    if ('reason' in record) return { line, reason: record.reason };
    const { values } = record;
    // Spreadsheets end lines with separators for columns that are empty.
    if (values.slice(columns.length).some((value) => value !== '')) {
      const counts = `${values.length} fields, but there are ${columns.length} columns`;
      return { line, reason: `it has ${counts}` };
    }
    return { line, fields: toFields(columns, values) };
  }
}

function toFields(columns: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map((name, n) => [name, values[n] ?? '']));
}

function detectDelimiter(header: string): string {
  return DELIMITERS.find((mark) => header.includes(mark)) ?? ',';
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

/** Whether a line ends within a quoted field. A quote within a field that has none around is text. */
function isOpenAfter(line: string, delimiter: string, openBefore: boolean): boolean {
  let rest = openBefore ? `"${line}` : line;
  for (;;) {
    const field = rest.trimStart();
    if (field.startsWith('"')) {
      const [quoted] = /^"(?:[^"]|"")*"(?!")/.exec(field) ?? [];
      if (quoted === undefined) return true;
      rest = field.slice(quoted.length);
    }
    const next = rest.indexOf(delimiter);
    if (next < 0) return false;
    rest = rest.slice(next + 1);
  }
}

/** The fields of a text that is one record; `null` where it is none, or more than one. */
function parseOne(text: string, delimiter: string): string[] | null {
  const options: Options = {
    ...{ delimiter, record_delimiter: '\n', trim: true },
    ...{ relax_quotes: true, relax_column_count: true },
  };
  try {
    const records: string[][] = parse(text, options);
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
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
