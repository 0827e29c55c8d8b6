import { sql } from 'kysely';
import type { Clock } from '../../base/clock.js';
import { PaperboyError } from '../../base/errors.js';
import type { Database } from '../database.js';
import { openStore } from '../open.js';
import { openPostgres } from '../postgres/postgres.js';
import { storable } from '../postgres/postgres-driver.js';
import { Checksum, Source, type SourceTable } from './source.js';
import { Target } from './target.js';

/** What a table held, and what it held when it was read back. */
export interface TableReport {
  table: string;
  rows: number;
  checksum: string;
  copied: { rows: number; checksum: string };
  same: boolean;
}

export interface CopyOptions {
  clock: Clock;
  onProgress?: (table: string, rows: number) => void;
}

/**
 * Copies a SQLite store into an empty PostgreSQL database, in one transaction, and compares what
 * came of it. Where the two differ, nothing stays.
 * @param file path of the SQLite file; nothing may work on it meanwhile.
 * @throws PaperboyError `store_…`
 */
export async function copyStore(
  file: string,
  url: string,
  { clock, onProgress }: CopyOptions,
): Promise<TableReport[]> {
  // Both get the newest schema, but a file that is not there must not be made.
  new Source(file).close();
  await (await openStore({ kind: 'sqlite', file }, clock)).close();
  await (await openStore({ kind: 'postgres', url }, clock)).close();
  const source = new Source(file);
  const database = openPostgres(url);
  try {
    refuseBusy(source, file, clock);
    return await copyAll(source, database, onProgress);
  } finally {
    source.close();
    await database.db.destroy();
  }
}

/**
 * What is being sent right now would be sent again from the copy. What a program left behind that
 * has ended, the copy's leases end in the same way.
 */
function refuseBusy(source: Source, file: string, clock: Clock): void {
  if (!source.isLeased(clock.now())) return;
  throw new PaperboyError(
    'store_busy',
    `Somebody works on the store ${file}; stop all that runs on it, wait half a minute, and copy again.`,
  );
}

async function copyAll(
  source: Source,
  { db }: Database,
  onProgress?: CopyOptions['onProgress'],
): Promise<TableReport[]> {
  const tables = source.tables();
  const reports: TableReport[] = [];
  try {
    await db.transaction().execute(async (transaction) => {
      const target = new Target(transaction);
      refuseOthers(tables, await target.tables());
      await target.takeEmpty(tables);
      for (const table of tables) reports.push(await copyTable(source, target, table, onProgress));
      source.end();
      if (reports.some(({ same }) => !same)) throw new Differs();
    });
  } catch (error) {
    if (!(error instanceof Differs)) throw error;
    return reports;
  }
  // Else its first plans would be made for empty tables.
  await sql`analyze`.execute(db);
  return reports;
}

/** Takes the transaction back. */
class Differs extends Error {}

function refuseOthers(tables: readonly SourceTable[], names: readonly string[]): void {
  const missing = tables.filter(({ name }) => !names.includes(name));
  if (missing.length === 0 && names.length === tables.length) return;
  throw new PaperboyError(
    'store_not_empty',
    'The database to copy to has other tables than a store; give it a database of its own.',
  );
}

async function copyTable(
  source: Source,
  target: Target,
  table: SourceTable,
  onProgress?: CopyOptions['onProgress'],
): Promise<TableReport> {
  const read = new Checksum();
  for (const rows of source.batches(table)) {
    await target.insert(table, rows);
    for (const row of rows) read.add(row.map(storable));
    onProgress?.(table.name, read.rows);
  }
  await target.continueIds(table);
  const written = new Checksum();
  for await (const row of target.rows(table)) written.add(row);
  const copied = { rows: written.rows, checksum: written.hex };
  const same = copied.rows === read.rows && copied.checksum === read.hex;
  return { table: table.name, rows: read.rows, checksum: read.hex, copied, same };
}
