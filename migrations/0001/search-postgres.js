// @ts-check
import { LONGEST_ABSTRACT, LONGEST_TEXT, PER_DAY, SEARCHED_COLUMNS } from './search-texts.js';

const PUNCTUATION = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~‐‑‒–—―‘’‚“”„«»•·…×→≤≥±`;

/** How texts become words. */
const TEXTS = [
  // English stems without stop words, so that phrases with such words are found as well.
  'create text search dictionary search_stem (template = snowball, language = english)',
  'create text search configuration search_words (parser = "default")',
  `alter text search configuration search_words
    add mapping for asciiword, word, numword, int, uint, float, sfloat, version with search_stem`,
  // Without accents, and with what joins words taken out, so that the parser finds words alone.
  `create function search_vector(raw text) returns tsvector
    language sql immutable strict parallel safe as $$
    select to_tsvector('search_words', translate(
      regexp_replace(normalize(left(raw, ${LONGEST_TEXT}), NFD), '[\\u0300-\\u036f]+', '', 'g'),
      '${PUNCTUATION.replaceAll("'", "''")}', '${' '.repeat(PUNCTUATION.length)}')) $$`,
  // Positions of what is joined go on behind the mark, so that no phrase reaches across.
  `create function search_vectors(title text, abstract text, authors text) returns tsvector
    language sql immutable strict parallel safe as $$
    select setweight(search_vector(title), 'A') || '¶:1'::tsvector
      || setweight(search_vector(authors), 'B') || '¶:1'::tsvector
      || search_vector(abstract) $$`,
  // Which words stand beside each other, so that phrases are found without reading the texts of all
  // papers that have their words. Pairs of words are numbers below 2^20, so that the index has no
  // more entries than that; the few papers too many are told apart by their texts. The cost keeps
  // the planner from working pairs out row by row, a hundred microseconds each.
  `create function search_pairs(words tsvector) returns int[]
    language sql immutable strict parallel safe cost 10000 as $$
    select coalesce(array_agg(hashtext(word || ' ' || next) & 1048575), '{}')
    from (
      select word, place, lead(word) over w as next, lead(place) over w as next_place
      from (select lexeme as word, unnest(positions) as place from unnest(words)) placed
      window w as (order by place)) beside
    where next_place = place + 1 $$`,
];

const TABLES = [
  'create sequence search_numbers cycle maxvalue 999999999',
  // Texts stand in the rows themselves, not beside them: walking along the newest papers is three
  // times as fast.
  `create table search_papers (
    docid bigint primary key, paper_id text not null unique, day text not null,
    authors tsvector not null, words tsvector not null)
    with (toast_tuple_target = 8160)`,
  'create index search_papers_words on search_papers using gin (words)',
  'create index search_papers_authors on search_papers using gin (authors)',
  'create index search_papers_pairs on search_papers using gin (search_pairs(words))',
  // Else each "analyze" works out the pairs of 30,000 papers.
  'alter index search_papers_pairs alter column 1 set statistics 0',
  // Titles in a narrow table of their own, to find the newest that have a word without reading three
  // kilobytes of texts a paper.
  `create table search_titles (
    docid bigint primary key references search_papers (docid) on delete cascade,
    title tsvector not null)`,
  'create index search_titles_title on search_titles using gin (title)',
];

/** Writes the rows of one paper anew, or takes them away where it is not to be found. */
const REFRESH = `
  create function search_refresh(paper text) returns void language sql as $$
    delete from search_papers where paper_id = paper;
    with searched as (
      insert into search_papers (docid, paper_id, day, authors, words)
      select (l.day::date - date '2000-01-01') * ${PER_DAY}::bigint + nextval('search_numbers'),
        p.id, l.day, search_vector(p.authors), search_vectors(p.title, left(p.abstract, ${LONGEST_ABSTRACT}), p.authors)
      from papers p
      join (select min(day) as day from listings where paper_id = paper) l on l.day is not null
      where p.id = paper and p.withdrawn = 0
      on conflict (paper_id) do nothing
      returning docid)
    insert into search_titles (docid, title)
    select s.docid, search_vector(p.title) from searched s join papers p on p.id = paper $$`;

const TRIGGERS = [
  ...trigger(
    'search_paper_update',
    `update of ${SEARCHED_COLUMNS.join(', ')} on papers`,
    'perform search_refresh(old.id); perform search_refresh(new.id);',
    `when (${SEARCHED_COLUMNS.map((name) => `old.${name} is distinct from new.${name}`).join(' or ')})`,
  ),
  ...trigger(
    'search_paper_delete',
    'delete on papers',
    'delete from search_papers where paper_id = old.id;',
  ),
  // A paper that is listed again for a later day stays where it is.
  ...trigger(
    'search_listing_insert',
    'insert on listings',
    `if not exists (
      select 1 from search_papers where paper_id = new.paper_id and day <= new.day)
    then perform search_refresh(new.paper_id); end if;`,
  ),
  ...trigger(
    'search_listing_update',
    'update of paper_id, day on listings',
    'perform search_refresh(old.paper_id); perform search_refresh(new.paper_id);',
  ),
  ...trigger(
    'search_listing_delete',
    'delete on listings',
    'perform search_refresh(old.paper_id);',
  ),
];

/**
 * @param {string} name
 * @param {string} event
 * @param {string} work
 * @param {string} condition
 */
function trigger(name, event, work, condition = '') {
  return [
    `create function ${name}() returns trigger language plpgsql as $$
      begin ${work} return null; end $$`,
    `create trigger ${name} after ${event} for each row ${condition} execute function ${name}()`,
  ];
}

/** PostgreSQL's own text search over the texts of papers, and the triggers that fill its tables. */
export const POSTGRES_SEARCH = [...TEXTS, ...TABLES, REFRESH, ...TRIGGERS];
