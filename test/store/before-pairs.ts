/** Takes a PostgreSQL store of now back to before migration 0011, statement after statement. */
export const BEFORE_PAIRS: readonly string[] = [
  'drop index search_papers_pairs',
  'drop function search_pairs',
  'alter table search_papers reset (toast_tuple_target)',
  'create index deliveries_edition_next on deliveries (edition_id)',
  'alter table records drop column later_key',
  "delete from kysely_migration where name >= '0011'",
];

/** What migrating applies then. */
export const SINCE_PAIRS = ['0011_search_pairs', '0012_fewer_indexes', '0013_later_keys'];
