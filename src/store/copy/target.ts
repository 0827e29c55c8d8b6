import { type RawBuilder, sql, type Transaction } from 'kysely';
import { PaperboyError } from '../../base/errors.js';
import { storable } from '../postgres/postgres-driver.js';
import { SEARCH_PREFIX } from '../search-sql.js';
import type { Tables } from '../tables.js';
import type { Row, SourceTable } from './source.js';

const FETCH = 1_000;

/** What migrations write into every new store. The source has its own. */
const OF_MIGRATIONS = ['mails counted since', 'old mails counted down to'];

/** A PostgreSQL store within the transaction that fills it. */
export class Target {
  readonly #db: Transaction<Tables>;

  constructor(db: Transaction<Tables>) {
    this.#db = db;
  }

  /**
   * Keeps all others from writing until the end of the transaction.
   * @throws PaperboyError `store_not_empty`
   */
  async takeEmpty(tables: readonly SourceTable[]): Promise<void> {
    // Copying takes as long as it takes, and the source may pause it.
    await this.#run(sql`set local statement_timeout = 0`);
    await this.#run(sql`set local idle_in_transaction_session_timeout = 0`);
    const names = tables.map(({ name }) => sql.table(name));
    await this.#run(sql`lock table ${sql.join(names)} in share row exclusive mode`);
    await this.#run(sql`delete from settings where name in (${sql.join(OF_MIGRATIONS)})`);
    for (const { name } of tables) {
      const rows = await this.#run(sql`select 1 from ${sql.table(name)} limit 1`);
      if (rows.length === 0) continue;
      throw new PaperboyError(
        'store_not_empty',
        `The store to copy to is not empty: its table ${name} has rows.`,
      );
    }
  }

  /** Names of the tables that there are, but for those of search, which fill themselves. */
  async tables(): Promise<string[]> {
    const tables = await this.#db.introspection.getTables();
    return tables
      .filter(({ isView, name }) => !isView && !name.startsWith(SEARCH_PREFIX))
      .map(({ name }) => name);
  }

  async insert({ name, columns }: SourceTable, rows: readonly Row[]): Promise<void> {
    const objects = rows.map((row) =>
      Object.fromEntries(columns.map((column, index) => [column, storable(row[index])])),
    );
    const names = sql.join(columns.map((column) => sql.ref(column)));
    await this.#run(sql`
      insert into ${sql.table(name)} (${names})
      select ${names} from json_populate_recordset(
        cast(null as ${sql.table(name)}), cast(${JSON.stringify(objects)} as json))`);
  }

  /** Everything that the table holds now. */
  async *rows({ name, columns }: SourceTable): AsyncGenerator<Row> {
    const names = sql.join(columns.map((column) => sql.ref(column)));
    await this.#run(
      sql`declare reading no scroll cursor for select ${names} from ${sql.table(name)}`,
    );
    for (;;) {
      const rows = await this.#run(sql`fetch ${sql.lit(FETCH)} from reading`);
      for (const row of rows) yield columns.map((column) => row[column]);
      if (rows.length < FETCH) break;
    }
    await this.#run(sql`close reading`);
  }

  /** Lets automatic ids go on behind the last one: one that was given is never given again. */
  async continueIds({ name, lastId }: SourceTable): Promise<void> {
    if (lastId === null || lastId === 0) return;
    await this.#run(sql`select setval(pg_get_serial_sequence(${name}, 'id'), ${lastId})`);
  }

  async #run(query: RawBuilder<unknown>): Promise<Record<string, unknown>[]> {
    return (await query.execute(this.#db)).rows as Record<string, unknown>[];
  }
}
