import { basename } from 'node:path';
import type { Clock } from '../base/clock.js';
import type { CsvRow } from '../base/csv.js';
import { PaperboyError } from '../base/errors.js';
import { findLanguage, type Languages } from '../base/languages.js';
import { printable } from '../base/printable.js';
import {
  type Admission,
  type ImportDeps,
  type ImportRow,
  importSubscribers,
  tryImport,
} from './import.js';
import type { ListColumns } from './import-columns.js';
import { countLeftOut, countResult, emptyReport, type ImportReport } from './import-report.js';
import { type ListOptions, readListRows } from './import-rows.js';
import { type RowStanding, StandingReader } from './import-standing.js';
import { surveyList } from './import-survey.js';
import type { Standing } from './import-words.js';
import type { RawPreferences } from './preferences.js';
import type { SubscriberStore } from './subscriber-store.js';
import type { SuppressionReason } from './suppression.js';

export interface ImportFileDeps {
  atomically<T>(work: (stores: Omit<ImportDeps, 'clock' | 'languages'>) => Promise<T>): Promise<T>;
  subscribers: SubscriberStore;
  clock: Clock;
  languages: Languages;
  /** What the mail says that asks to confirm, for the consent records. */
  shown?: string;
}

export interface ImportFileOptions extends ListOptions {
  /** Whether all owners have agreed elsewhere. */
  confirmed: boolean;
  /** Nothing is written. */
  isDryRun: boolean;
  /** Whoever bounced or complained elsewhere must not be mailed here. */
  suppress: boolean;
  /** Words of the list, and what the operator says that they mean. */
  statuses: readonly (readonly [word: string, meaning: Standing])[];
  /** Called after each batch but the last. */
  onProgress?: (report: ImportReport) => void;
}

/** Rows that are written in one transaction. */
const BATCH = 500;

/**
 * Takes in the addresses of a list. It is read twice, so that nothing is written before all of it can
 * be understood.
 * @throws PaperboyError `not_read`, `bad_encoding`, `bad_csv`, `bad_usage`, `unknown_status`
 */
export async function importFile(
  deps: ImportFileDeps,
  file: string,
  options: ImportFileOptions,
): Promise<{ report: ImportReport; columns: ListColumns }> {
  const columns = await surveyList(file, options);
  const reader = new StandingReader(columns, basename(file), options.statuses);
  const report = emptyReport();
  const write = (options.isDryRun ? tryBatches : writeBatches)(deps, toVia(file));
  let batch: ReadRow[] = [];
  const importBatch = async () => {
    await write(batch, report);
    batch = [];
  };
  for await (const row of readListRows(file, options, () => undefined)) {
    const standing = 'reason' in row ? null : reader.read(row.fields);
    if (standing && 'value' in standing) throw changed(file);
    const read = toReadRow(row, standing, columns, { ...options, ...deps });
    if ('leftOut' in read) {
      countLeftOut(report, row.line, read.leftOut.standing, read.leftOut.because ?? '');
      continue;
    }
    batch.push(read);
    if (batch.length < BATCH) continue;
    await importBatch();
    options.onProgress?.(report);
  }
  await importBatch();
  report.rejected.sort((a, b) => a.line - b.line);
  return { report, columns };
}

/** How consents name a file. */
function toVia(file: string): string {
  return `import ${printable(basename(file)).slice(0, 100)}`;
}

function changed(file: string): PaperboyError {
  return new PaperboyError('not_read', `${file} was changed while it was read.`);
}

interface ReadRow {
  line: number;
  read: ImportRow | PaperboyError;
}

const REASONS: Partial<Record<Standing, SuppressionReason>> = {
  ...{ bounced: 'bounce', complained: 'complaint', suppressed: 'operator' },
};

function toReadRow(
  row: CsvRow,
  standing: RowStanding | null,
  columns: ListColumns,
  { confirmed, suppress, languages }: ImportFileOptions & Pick<ImportFileDeps, 'languages'>,
): ReadRow | { leftOut: RowStanding } {
  const { line } = row;
  if ('reason' in row || !standing) {
    const reason = 'reason' in row ? row.reason : 'it was not understood';
    return { line, read: new PaperboyError('bad_csv', reason) };
  }
  const as = toAdmission(standing.standing, { confirmed, suppress });
  if (!as) return { leftOut: standing };
  const email = row.fields[columns.email.column] ?? '';
  if (email.trim() === '') {
    return { line, read: new PaperboyError('bad_csv', 'it has no address') };
  }
  const preferences: RawPreferences = Object.fromEntries(
    columns.preferences.map(({ field, column }) => [field, row.fields[column]]),
  );
  // Lists have readers of all languages: whoever reads another one gets the site's own.
  const { language } = preferences;
  if (language !== undefined) {
    preferences.language = findLanguage(language, languages.all) ?? undefined;
  }
  return { line, read: { row: { email, ...preferences }, as } };
}

/** `null`: the row stays out. */
function toAdmission(
  standing: Standing,
  { confirmed, suppress }: Pick<ImportFileOptions, 'confirmed' | 'suppress'>,
): Admission | null {
  if (standing === 'subscribed') return confirmed ? 'active' : 'pending';
  if (standing === 'unconfirmed') return 'pending';
  return (suppress && REASONS[standing]) || null;
}

type Write = (batch: readonly ReadRow[], report: ImportReport) => Promise<void>;

/**
 * All rows of a batch are written, or none: a failure of the store must not lose some of them. The
 * work may be done again, so it is counted when it is done.
 */
function writeBatches({ atomically, clock, languages, shown }: ImportFileDeps, via: string): Write {
  const options = { via, remind: false, ...(shown !== undefined && { shown }) };
  return async (batch, report) => {
    const results = await atomically((stores) =>
      importSubscribers({ ...stores, clock, languages }, toImportRows(batch), options),
    );
    count(batch, results, report);
  };
}

function tryBatches(deps: ImportFileDeps, via: string): Write {
  const trial = { via, done: new Map<string, Admission>() };
  return async (batch, report) => {
    count(batch, await tryImport(deps, toImportRows(batch), trial), report);
  };
}

function toImportRows(batch: readonly ReadRow[]): ImportRow[] {
  return batch.flatMap(({ read }) => (read instanceof PaperboyError ? [] : [read]));
}

function count(
  batch: readonly ReadRow[],
  results: Awaited<ReturnType<typeof importSubscribers>>,
  report: ImportReport,
): void {
  const next = results.values();
  for (const { line, read } of batch) {
    if (read instanceof PaperboyError) report.rejected.push({ line, reason: read.message });
    else countResult(report, line, read.as, next.next().value ?? 'known');
  }
}
