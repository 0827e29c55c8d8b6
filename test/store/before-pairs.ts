/** Takes a PostgreSQL store of now back to before migration 0015, statement after statement. */
export const BEFORE_RELAYS: readonly string[] = [
  ...['holds', 'login_probes', 'throttles', 'suppression_events', 'sent_days'].map(
    (table) => `drop table ${table}`,
  ),
  `create table slowed_domains (domain text primary key, interval bigint not null,
    slowed_at bigint not null, paused_until bigint not null, steady_since bigint not null)`,
  'create table sent_days (day text primary key, count bigint not null)',
  ...['deliveries', 'notices'].map(
    (table) => `alter table ${table} drop column route, drop column dated_at`,
  ),
  "delete from kysely_migration where name >= '0015'",
];

/** The same to before migration 0014. */
export const BEFORE_TITLES: readonly string[] = [
  ...BEFORE_RELAYS,
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
  '0015_relays',
];
