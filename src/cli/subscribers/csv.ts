import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse/sync';
import { PaperboyError, toErrorCode, toErrorMessage } from '../../base/errors.js';

/** One line of a CSV file: its fields by column, or what is wrong with it. */
export type CsvRow = { line: number } & ({ fields: Record<string, string> } | { reason: string });

/**
 * Reads a CSV file (RFC 4180; comma, semicolon or tab between fields) whose first line names the
 * columns. Each line is read by itself, so that a stray quote costs its own line and not the rest
 * of the file; no column of ours holds a line break.
 * @param required a column that must be there
 * @throws PaperboyError `not_read`, `bad_csv`
 */
export async function* readCsv(file: string, required: string): AsyncGenerator<CsvRow> {
  const input = createReadStream(file, 'utf8');
  try {
    let columns: string[] | undefined;
    let delimiter = ',';
    let line = 0;
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line++;
      if (text.trim() === '') continue;
      if (columns) {
        yield { line, ...readLine(text, columns, delimiter) };
        continue;
      }
      const header = text.replace(/^\uFEFF/, '');
      delimiter = [',', ';', '\t'].find((mark) => header.includes(mark)) ?? ',';
      columns = splitLine(header, delimiter).map((name) => name.trim().toLowerCase());
      if (!columns.includes(required)) {
        throw new PaperboyError(
          'bad_csv',
          `The first line of ${file} names no column "${required}".`,
        );
      }
    }
    if (!columns) throw new PaperboyError('bad_csv', `${file} is empty.`);
  } catch (error) {
    if (error instanceof PaperboyError) throw error;
    const reason = toErrorCode(error) ?? toErrorMessage(error);
    throw new PaperboyError('not_read', `${file} can't be read (${reason}).`, { cause: error });
  } finally {
    input.destroy();
  }
}

function readLine(
  text: string,
  columns: string[],
  delimiter: string,
): { fields: Record<string, string> } | { reason: string } {
  let values: string[];
  try {
    values = splitLine(text, delimiter);
  } catch {
    return { reason: 'the quotes are not balanced' };
  }
  // Spreadsheets end lines with separators for columns that are empty.
  if (values.slice(columns.length).some((value) => value !== '')) {
    return { reason: `it has ${values.length} fields, but there are ${columns.length} columns` };
  }
  return {
    fields: Object.fromEntries(columns.map((name, index) => [name, values[index] ?? ''])),
  };
}

function splitLine(text: string, delimiter: string): string[] {
  const rows: string[][] = parse(text, { delimiter, trim: true });
  return rows[0] ?? [];
}
