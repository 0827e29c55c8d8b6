// @ts-check
import { LONGEST_ABSTRACT, LONGEST_TEXT, PER_DAY, SEARCHED_COLUMNS } from './search-texts.js';

/** The first number of the day of a listing `l`. */
const DAY_START = `cast(julianday(l.day) - julianday('2000-01-01') as integer) * ${PER_DAY}`;

/** @param {string} id */
const remove = (id) => `delete from search_papers where paper_id = ${id};`;

/** @param {string} id */
const refresh = (id) => `${remove(id)}
    insert into search_papers (docid, paper_id, day)
    select coalesce(
        (select max(docid) from search_papers where docid between ${DAY_START} and ${DAY_START} + ${PER_DAY - 1}),
        ${DAY_START}) + 1, p.id, l.day
    from papers p
    join (select paper_id, min(day) as day from listings group by paper_id) l on l.paper_id = p.id
    where p.id = ${id} and p.withdrawn = 0;`;

/** @param {string} column */
const cut = (column, longest = LONGEST_TEXT) => `substr(${column}, 1, ${longest})`;

/** FTS5 over the texts of papers, and the triggers that fill it. */
export const SQLITE_SEARCH = [
  `create table search_papers (
    docid integer primary key, paper_id text not null unique, day text not null)`,
  `create virtual table search_index using fts5(title, abstract, authors, content = '',
    contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2')`,
  `create trigger search_papers_insert after insert on search_papers begin
    insert into search_index (rowid, title, abstract, authors)
    select new.docid, ${cut('title')}, ${cut('abstract', LONGEST_ABSTRACT)}, ${cut('authors')}
    from papers where id = new.paper_id; end`,
  `create trigger search_papers_delete after delete on search_papers begin
    delete from search_index where rowid = old.docid; end`,
  `create trigger search_paper_update after update of ${SEARCHED_COLUMNS.join(', ')} on papers
    when ${SEARCHED_COLUMNS.map((name) => `old.${name} is not new.${name}`).join(' or ')}
    begin ${refresh('old.id')} ${refresh('new.id')} end`,
  `create trigger search_paper_delete after delete on papers begin ${remove('old.id')} end`,
  // A paper that is listed again for a later day stays where it is.
  `create trigger search_listing_insert after insert on listings
    when not exists (
      select 1 from search_papers where paper_id = new.paper_id and day <= new.day)
    begin ${refresh('new.paper_id')} end`,
  `create trigger search_listing_update after update of paper_id, day on listings
    begin ${refresh('old.paper_id')} ${refresh('new.paper_id')} end`,
  `create trigger search_listing_delete after delete on listings
    begin ${refresh('old.paper_id')} end`,
];
