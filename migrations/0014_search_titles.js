// @ts-check
import { sql } from 'kysely';

/**
 * Titles in a narrow table of their own, so that PostgreSQL finds the newest of those that have a
 * word without reading the texts of each: three kilobytes a paper, scattered over a table that is
 * larger than its buffers.
 *
 * The column stays where it was: processes of the version before read it until they are replaced,
 * though without an index.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function up(db, engine) {
  if (engine === 'sqlite') return;
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // First of all, or what others write meanwhile would have no title. And as strong as dropping the
  // index below needs it: a lock that has to grow waits for those who wait for it, since they look
  // into the table before they write.
  'lock table search_papers in access exclusive mode',
  'create table search_titles (docid bigint primary key, title tsvector not null)',
  'insert into search_titles select docid, title from search_papers order by docid',
  `alter table search_titles add foreign key (docid) references search_papers (docid)
    on delete cascade`,
  'create index search_titles_title on search_titles using gin (title)',
  'drop index search_papers_title',
  `create function search_title_insert() returns trigger language plpgsql as $$
    begin insert into search_titles values (new.docid, new.title); return null; end $$`,
  `create trigger search_title_insert after insert on search_papers
    for each row execute function search_title_insert()`,
  'analyze search_titles',
];
