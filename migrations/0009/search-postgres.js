// @ts-check
import { field, SEARCHED_COLUMNS } from './search-columns.js';

const PER_DAY = 1_000_000_000;
const LONGEST_ABSTRACT = 8_000;

/** @param {'title' | 'abstract' | 'authors'} name */
const words = (name, plain = `p.${name}`) =>
  `coalesce(${field(name, 'p.searched::jsonb')}, ${plain})`;
const abstract = words('abstract', `left(p.abstract, ${LONGEST_ABSTRACT})`);

/** What takes words from `searched`, in place of what did not know of it. */
export const POSTGRES_SEARCH = [
  `create or replace function search_refresh(paper text) returns void language sql as $$
    delete from search_papers where paper_id = paper;
    with searched as (
      insert into search_papers (docid, paper_id, day, authors, words)
      select (l.day::date - date '2000-01-01') * ${PER_DAY}::bigint + nextval('search_numbers'),
        p.id, l.day, search_vector(${words('authors')}),
        search_vectors(${words('title')}, ${abstract}, ${words('authors')})
      from papers p
      join (select min(day) as day from listings where paper_id = paper) l on l.day is not null
      where p.id = paper and p.withdrawn = 0
      on conflict (paper_id) do nothing
      returning docid)
    insert into search_titles (docid, title)
    select s.docid, search_vector(${words('title')}) from searched s join papers p on p.id = paper $$`,
  'drop trigger search_paper_update on papers',
  `create trigger search_paper_update after update of ${SEARCHED_COLUMNS.join(', ')} on papers
    for each row
    when (${SEARCHED_COLUMNS.map((name) => `old.${name} is distinct from new.${name}`).join(' or ')})
    execute function search_paper_update()`,
];
