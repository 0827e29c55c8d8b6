import { createReadStream } from 'node:fs';
import type { Clock } from '../base/clock.js';
import { CsvReader, type CsvRow, splitLines } from '../base/csv.js';
import { PaperboyError, toErrorCode, toErrorMessage } from '../base/errors.js';
import { type ImportDeps, type ImportRow, importSubscribers } from './import.js';

export interface ImportFileDeps {
  atomically<T>(work: (stores: Omit<ImportDeps, 'clock'>) => Promise<T>): Promise<T>;
  clock: Clock;
}

export interface ImportFileOptions {
  /** Whether all owners have agreed elsewhere. */
  confirmed: boolean;
  /** Called after each batch but the last. */
  onProgress?: (report: ImportReport) => void;
}

export interface ImportReport {
  imported: number;
  known: number;
  rejected: { line: number; reason: string }[];
}

/** Rows that are written in one transaction. */
const BATCH = 500;

/**
 * Takes in the addresses of a CSV file.
 * @throws PaperboyError `not_read`, `bad_csv`
 */
export async function importFile(
  deps: ImportFileDeps,
  file: string,
  { confirmed, onProgress }: ImportFileOptions,
): Promise<ImportReport> {
  const report: ImportReport = { imported: 0, known: 0, rejected: [] };
  let batch: CsvRow[] = [];
  for await (const row of readSubscriberRows(file)) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    await importBatch(deps, batch, confirmed, report);
    batch = [];
    onProgress?.(report);
  }
  await importBatch(deps, batch, confirmed, report);
  return report;
}

async function* readSubscriberRows(file: string): AsyncGenerator<CsvRow> {
  const reader = new CsvReader({ isPlausible });
  const input = createReadStream(file, 'utf8');
  try {
    for await (const line of splitLines(input)) {
      const rows = reader.push(line);
      checkColumns(file, reader);
      yield* rows;
    }
    const rows = reader.end();
    if (!reader.columns) throw new PaperboyError('bad_csv', `${file} is empty.`);
    checkColumns(file, reader);
    yield* rows;
  } catch (error) {
    if (error instanceof PaperboyError) throw error;
    const reason = toErrorCode(error) ?? toErrorMessage(error);
    throw new PaperboyError('not_read', `${file} can't be read (${reason}).`, { cause: error });
  } finally {
    input.destroy();
  }
}

/** The columns that have a meaning. */
const READ_COLUMNS = [
  ...['email', 'state', 'timezone', 'hour', 'frequency', 'weekday', 'length'],
  ...['topics', 'keywords', 'authors', 'organisations'],
];

/** No field that we read spans lines, and no line within another field is a reader's. */
function isPlausible(row: Record<string, string>, others: Record<string, string>[]): boolean {
  return (
    READ_COLUMNS.every((name) => !row[name]?.includes('\n')) &&
    others.every(({ email = '' }) => !/^[^\s@]+@[^\s@]+$/.test(email))
  );
}

function checkColumns(file: string, { columns }: CsvReader): void {
  if (!columns || columns.includes('email')) return;
  throw new PaperboyError('bad_csv', `The first line of ${file} names no column "email".`);
}

/**
 * All rows of a batch are written, or none: a failure of the store must not lose some of them. The
 * work may be done again, so it is counted when it is done.
 */
async function importBatch(
  { atomically, clock }: ImportFileDeps,
  rows: readonly CsvRow[],
  confirmed: boolean,
  report: ImportReport,
): Promise<void> {
  const read = rows.map((row) => toImportRow(row, confirmed));
  const good = read.flatMap((row) => (row instanceof PaperboyError ? [] : [row]));
  const results = await atomically((stores) =>
    importSubscribers({ ...stores, clock }, good, 'import'),
  );
  const next = results.values();
  for (const [index, row] of read.entries()) {
    const result = row instanceof PaperboyError ? row : next.next().value;
    if (result instanceof PaperboyError) {
      report.rejected.push({ line: rows[index]?.line ?? 0, reason: result.message });
    } else if (result) report[result]++;
  }
}

function toImportRow(row: CsvRow, confirmed: boolean): ImportRow | PaperboyError {
  if ('reason' in row) return new PaperboyError('bad_csv', row.reason);
  const { email = '', state = '', ...preferences } = row.fields;
  // An export names states: who gets no digests there must not be brought back by importing it.
  if (!['', 'active', 'pending'].includes(state)) {
    return new PaperboyError('bad_csv', `its state is ${state}, so it was left out`);
  }
  return { row: { email, ...preferences }, confirmed: confirmed && state !== 'pending' };
}
