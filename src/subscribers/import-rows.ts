import { CsvReader, type CsvRow, splitLines } from '../base/csv.js';
import { PaperboyError } from '../base/errors.js';
import { readFileText } from '../base/file-text.js';
import { withoutGuard } from '../base/formula.js';
import {
  type ColumnWishes,
  isKnownColumn,
  type ListColumns,
  resolveColumns,
} from './import-columns.js';
import { INTERESTS } from './preferences.js';

export interface ListOptions {
  columns: ColumnWishes;
  encoding?: string | undefined;
}

/**
 * The rows of a list as a tool or a spreadsheet writes it.
 * @param onColumns told which columns there are, before the first row
 * @throws PaperboyError `not_read`, `bad_encoding`, `bad_csv`, `bad_usage`
 */
export async function* readListRows(
  file: string,
  options: ListOptions,
  onColumns: (columns: ListColumns) => void,
): AsyncGenerator<CsvRow> {
  const { encoding } = options;
  let columns: ListColumns | undefined;
  const reader = new CsvReader({
    isKnown: isKnownColumn,
    isPlausible: (row, lines) => columns !== undefined && isPlausible(columns, row, lines),
  });
  const resolve = () => {
    if (columns || !reader.columns) return;
    columns = resolveColumns(file, reader.columns, reader.headings, options.columns);
    onColumns(columns);
  };
  for await (const line of splitLines(readFileText(file, { encoding, option: '--encoding' }))) {
    const rows = reader.push(line);
    resolve();
    yield* rows.map(withoutGuards);
  }
  const rows = reader.end();
  if (!reader.columns) throw new PaperboyError('bad_csv', `${file} is empty.`);
  resolve();
  yield* rows.map(withoutGuards);
}

/** Interests may stand on lines of their own. No other field that is read does. */
function isPlausible(
  { email, preferences, statuses }: ListColumns,
  row: Record<string, string>,
  lines: readonly Record<string, string>[],
): boolean {
  const interests: readonly string[] = INTERESTS;
  const short = preferences.filter(({ field }) => !interests.includes(field));
  const single = [email, ...short, ...statuses];
  // One of its lines has its address, first or last. With another, it has swallowed somebody.
  const own = row[email.column];
  const addresses = lines.flatMap((line) => {
    const address = line[email.column] ?? '';
    return address.includes('@') ? [address] : [];
  });
  return (
    addresses.length <= 1 &&
    addresses.every((address) => address === own) &&
    single.every(({ column }) => !row[column]?.includes('\n'))
  );
}

/** Takes back what an export does to a cell that a spreadsheet would compute. */
function withoutGuards(row: CsvRow): CsvRow {
  if ('reason' in row) return row;
  const fields = Object.entries(row.fields).map(([name, value]) => [
    name,
    value.split(';').map(withoutGuard).join(';'),
  ]);
  return { line: row.line, fields: Object.fromEntries(fields) };
}
