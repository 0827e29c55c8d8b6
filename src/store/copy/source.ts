import { createHash } from 'node:crypto';
import SQLite from 'better-sqlite3';
import { PaperboyError } from '../../base/errors.js';
import { SEARCH_PREFIX } from '../search-sql.js';
import { openError } from '../sqlite/sqlite-errors.js';

export interface SourceTable {
  name: string;
  columns: string[];
  /** The highest automatic id that was ever given; `null` without automatic ids. */
  lastId: number | null;
}

/** Rows that are held in memory at once. */
const BATCH = 500;

/** A SQLite store as it is in one moment, however long reading it takes. */
export class Source {
  readonly #database: SQLite.Database;
  readonly #file: string;
  #version: unknown;

  /** @throws PaperboyError `store_…` */
  constructor(file: string) {
    this.#file = file;
    try {
      this.#database = new SQLite(file, { readonly: true, fileMustExist: true });
      this.#version = this.#dataVersion();
      this.#database.exec('begin');
    } catch (error) {
      throw openError(error, file);
    }
  }

  /** All tables but those of SQLite, Kysely and search, each behind those that it refers to. */
  tables(): SourceTable[] {
    const names = this.#values<string>(`
      select name from sqlite_master
      where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%'
        and name not glob '${SEARCH_PREFIX}*' order by name`);
    const sorted: string[] = [];
    const visit = (name: string) => {
      if (sorted.includes(name)) return;
      const others = this.#values<string>('select "table" from pragma_foreign_key_list(?)', name);
      for (const other of others) if (other !== name) visit(other);
      sorted.push(name);
    };
    names.forEach(visit);
    return sorted.map((name) => ({
      name,
      columns: this.#values<string>('select name from pragma_table_info(?) order by cid', name),
      lastId:
        this.#values<number>('select seq from sqlite_sequence where name = ?', name)[0] ?? null,
    }));
  }

  /** Whether somebody is at work on the store: any lease runs for longer than until `now`. */
  isLeased(now: number): boolean {
    const leased = this.tables().flatMap(({ name, columns }) =>
      columns
        .filter((column) => column === 'lease_until' || (name === 'leases' && column === 'until'))
        .flatMap((column) =>
          this.#values<number>(`select 1 from "${name}" where "${column}" > ? limit 1`, now),
        ),
    );
    return leased.length > 0;
  }

  *batches({ name, columns }: SourceTable): Generator<Row[]> {
    const names = columns.map((column) => `"${column}"`).join(', ');
    const page = this.#database
      .prepare<[number], Row>(
        `select rowid, ${names} from "${name}" where rowid > ? order by rowid limit ${BATCH}`,
      )
      .raw();
    for (let after = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = page.all(after);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => row.slice(1));
      after = Number(last[0]);
    }
  }

  /**
   * Ends the reading.
   * @throws PaperboyError `store_changed` when somebody wrote meanwhile, which was not read.
   */
  end(): void {
    this.#database.exec('commit');
    if (this.#dataVersion() === this.#version) return;
    throw new PaperboyError(
      'store_changed',
      `The store ${this.#file} was written to meanwhile; stop all that runs on it, and copy again.`,
    );
  }

  close(): void {
    this.#database.close();
  }

  #values<T>(sql: string, ...parameters: unknown[]): T[] {
    return this.#database
      .prepare<unknown[], T>(sql)
      .pluck()
      .all(...parameters);
  }

  /** Changes when another connection has written. */
  #dataVersion(): unknown {
    return this.#database.pragma('data_version', { simple: true });
  }
}

/** The values of a row in the order of its table's columns. */
export type Row = readonly unknown[];

/**
 * A sum of what rows hold, whatever their order: the two databases sort texts differently, and
 * sorting millions of rows would be slow.
 */
export class Checksum {
  rows = 0;
  #sum = 0n;

  add(row: Row): void {
    const hash = createHash('sha256').update(JSON.stringify(row)).digest();
    this.#sum = BigInt.asUintN(64, this.#sum + hash.readBigUInt64BE());
    this.rows++;
  }

  get hex(): string {
    return this.#sum.toString(16).padStart(16, '0');
  }
}
