// @ts-check
import { field, SEARCHED_COLUMNS } from './search-columns.js';

const PER_DAY = 1_000_000_000;
const LONGEST_TEXT = 20_000;
const LONGEST_ABSTRACT = 8_000;

/** The first number of the day of a listing `l`. */
const DAY_START = `cast(julianday(l.day) - julianday('2000-01-01') as integer) * ${PER_DAY}`;

/** @param {string} id */
const refresh = (id) => `delete from search_papers where paper_id = ${id};
    insert into search_papers (docid, paper_id, day)
    select coalesce(
        (select max(docid) from search_papers where docid between ${DAY_START} and ${DAY_START} + ${PER_DAY - 1}),
        ${DAY_START}) + 1, p.id, l.day
    from papers p
    join (select paper_id, min(day) as day from listings group by paper_id) l on l.paper_id = p.id
    where p.id = ${id} and p.withdrawn = 0;`;

/** @param {'title' | 'abstract' | 'authors'} name */
const words = (name, longest = LONGEST_TEXT) =>
  `substr(coalesce(${field(name)}, substr(${name}, 1, ${longest})), 1, ${LONGEST_TEXT})`;

/** The triggers that take words from `searched`, in place of those that did not know of it. */
export const SQLITE_SEARCH = [
  'drop trigger search_papers_insert',
  `create trigger search_papers_insert after insert on search_papers begin
    insert into search_index (rowid, title, abstract, authors)
    select new.docid, ${words('title')}, ${words('abstract', LONGEST_ABSTRACT)}, ${words('authors')}
    from papers where id = new.paper_id; end`,
  'drop trigger search_paper_update',
  `create trigger search_paper_update after update of ${SEARCHED_COLUMNS.join(', ')} on papers
    when ${SEARCHED_COLUMNS.map((name) => `old.${name} is not new.${name}`).join(' or ')}
    begin ${refresh('old.id')} ${refresh('new.id')} end`,
];
