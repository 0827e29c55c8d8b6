import type SQLite from 'better-sqlite3';

/** What stands in a copied row in place of what its first had; `n` is the number of the copy. */
const DIFFERENT: Record<string, Record<string, string>> = {
  subscribers: {
    id: 'n',
    email: `'copy' || n || '@mail' || (n % 100) || '.test'`,
    email_key: `'copy' || n || '@mail' || (n % 100) || '.test'`,
  },
  consents: { id: 'n', subscriber_id: 'n' },
  deliveries: { id: 'n', subscriber_id: 'n' },
};

/**
 * Copies the last subscriber of a store, with consent and delivery, until there are `count`: a
 * million in seconds, where an import takes minutes. Columns that it does not know are copied.
 */
export function growTo(store: SQLite.Database, count: number): void {
  const last = store.prepare<[], number>('select max(id) from subscribers').pluck().get() ?? 0;
  // Nobody needs this store after a power cut.
  store.pragma('journal_mode = OFF');
  store.pragma('synchronous = OFF');
  store.pragma('cache_size = -400000');
  for (const [table, different] of Object.entries(DIFFERENT)) {
    const columns = store
      .prepare<[string], string>('select name from pragma_table_info(?)')
      .pluck()
      .all(table);
    const values = columns.map((column) => different[column] ?? `t.${column}`);
    const first = table === 'subscribers' ? 't.id = ?' : 't.subscriber_id = ?';
    store
      .prepare(
        `with recursive copies(n) as (select ? union all select n + 1 from copies where n < ?)
         insert into ${table} (${columns.join()}) select ${values.join()}
         from copies cross join (select * from ${table} as t where ${first} limit 1) as t`,
      )
      .run(last + 1, count, last);
  }
  store.pragma('journal_mode = WAL');
}

/** Makes every planned delivery due now. */
export function makeDue(store: SQLite.Database): void {
  const now = Date.now();
  store
    .prepare(
      `update deliveries set due_at = ?, next_at = ?, expires_at = ?
       where state = 'planned' and next_at > ?`,
    )
    .run(now, now, now + 86_400_000, now);
}

/** Puts what waits off by half a day. */
export function makeLater(store: SQLite.Database): void {
  const later = Date.now() + 43_200_000;
  store
    .prepare(
      `update deliveries set due_at = ?, next_at = ?, expires_at = ?
       where state = 'planned'`,
    )
    .run(later, later, later + 86_400_000);
}
