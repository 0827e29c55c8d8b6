/** Takes a PostgreSQL store of now back to before migration 0014, statement after statement. */
export const BEFORE_TITLES: readonly string[] = [
  'drop table search_titles',
  'drop trigger search_title_insert on search_papers',
  'drop function search_title_insert',
  'create index search_papers_title on search_papers using gin (title)',
  "delete from kysely_migration where name >= '0014'",
];

/** The same to before migration 0011. */
export const BEFORE_PAIRS: readonly string[] = [
  ...BEFORE_TITLES,
  'drop index search_papers_pairs',
  'drop function search_pairs',
  'alter table search_papers reset (toast_tuple_target)',
  'create index deliveries_edition_next on deliveries (edition_id)',
  'alter table records drop column later_key',
  "delete from kysely_migration where name >= '0011'",
];

/** What migrating applies then. */
export const SINCE_PAIRS = [
  '0011_search_pairs',
  '0012_fewer_indexes',
  '0013_later_keys',
  '0014_search_titles',
];
