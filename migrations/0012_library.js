// @ts-check
import { sql } from 'kysely';

/**
 * What lists of papers are made of: the authors, the organisation and the topics of each paper, and
 * how many votes it has. Both could be made again from papers, listings and signals, by rules of the
 * program that a migration does not have; so the papers that are there are noted as not filed yet.
 *
 * @param {import('kysely').Kysely<any>} db
 */
export async function up(db) {
  // The key is the order in which lists are read.
  await sql`
    create table paper_facets (
      kind text not null check (kind in ('author', 'lab', 'topic')),
      slug text not null,
      day text not null,
      paper_id text not null references papers (id) on delete cascade on update cascade,
      primary key (kind, slug, day, paper_id))`.execute(db);
  await db.schema.createIndex('paper_facets_paper').on('paper_facets').column('paper_id').execute();
  await sql`
    create table paper_votes (
      paper_id text not null primary key references papers (id) on delete cascade on update cascade,
      day text not null,
      upvotes integer not null)`.execute(db);
  await db.schema
    .createIndex('paper_votes_day')
    .on('paper_votes')
    .columns(['day', 'upvotes'])
    .execute();
  await sql`
    create table unfiled_papers (
      paper_id text not null primary key references papers (id) on delete cascade on update cascade,
      mark integer not null default 0)`.execute(db);
  await sql`insert into unfiled_papers (paper_id) select id from papers`.execute(db);
}
