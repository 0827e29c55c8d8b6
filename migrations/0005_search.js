// @ts-check
import { sql } from 'kysely';

/**
 * What search looks through: title, abstract and authors of each paper that a source listed and
 * that is not withdrawn. Triggers keep it in step, whoever writes papers and however.
 *
 * The number of a row begins with the day for which its paper was listed first. So "newest first"
 * and "from this day to that one" are walks along the numbers.
 *
 * Tables whose names begin with "search_" hold nothing that could not be made again from the
 * others; to copy a store is to leave them out.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function up(db, engine) {
  await sql`create index if not exists listings_paper on listings (paper_id)`.execute(db);
  const tables = await db.introspection.getTables();
  const columns = tables.find(({ name }) => name === 'papers')?.columns ?? [];
  const hides = columns.some(({ name }) => name === 'withdrawn');
  const statements = engine === 'sqlite' ? sqlite(hides) : postgres(hides);
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/**
 * Takes away all that {@link up} made, for a later migration that makes the tables below it anew.
 *
 * @param {import('kysely').Kysely<any>} db
 * @param {'sqlite' | 'postgres'} engine
 */
export async function down(db, engine) {
  const statements =
    engine === 'sqlite'
      ? [
          ...TRIGGERS.map((name) => `drop trigger ${name}`),
          'drop table search_index',
          'drop table search_papers',
        ]
      : [
          ...TRIGGERS.map((name) => `drop function ${name}() cascade`),
          'drop table search_papers',
          'drop function search_refresh(text)',
          'drop sequence search_numbers',
          'drop function search_vectors(text, text, text)',
          'drop function search_vector(text)',
          'drop text search configuration search_words',
          'drop text search dictionary search_stem',
        ];
  for (const statement of statements) await sql.raw(statement).execute(db);
  await sql`drop index listings_paper`.execute(db);
}

const TRIGGERS = [
  'search_paper_update',
  'search_paper_delete',
  'search_listing_insert',
  'search_listing_update',
  'search_listing_delete',
];

/** Rows of one day; the numbers of the next day begin behind them. */
const PER_DAY = 1_000_000_000;

/** Longer texts are nobody's abstract, and PostgreSQL would refuse them. */
const LENGTH = 20_000;

/**
 * @param {boolean} hides whether papers can be withdrawn
 */
function sqlite(hides) {
  const shown = hides ? 'p.withdrawn = 0' : 'true';
  const base = `cast(julianday(l.day) - julianday('2000-01-01') as integer) * ${PER_DAY}`;
  /** @param {string} which a condition on papers `p` */
  const insert = (which) => `
    insert into search_papers (docid, paper_id, day)
    select coalesce(
        (select max(docid) from search_papers where docid between ${base} and ${base} + ${PER_DAY - 1}),
        ${base}) + 1, p.id, l.day
    from papers p
    join (select paper_id, min(day) as day from listings group by paper_id) l on l.paper_id = p.id
    where ${which} and ${shown};`;
  /** @param {string} id */
  const remove = (id) => `delete from search_papers where paper_id = ${id};`;
  /** @param {string} id */
  const refresh = (id) => remove(id) + insert(`p.id = ${id}`);
  const texts = ['id', 'title', 'abstract', 'authors', ...(hides ? ['withdrawn'] : [])];
  return [
    `create table search_papers (
      docid integer primary key, paper_id text not null unique, day text not null)`,
    `create virtual table search_index using fts5(title, abstract, authors, content = '',
      contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2')`,
    `create trigger search_papers_insert after insert on search_papers begin
      insert into search_index (rowid, title, abstract, authors)
      select new.docid, substr(title, 1, ${LENGTH}), substr(abstract, 1, ${LENGTH}),
        substr(authors, 1, ${LENGTH})
      from papers where id = new.paper_id; end`,
    `create trigger search_papers_delete after delete on search_papers begin
      delete from search_index where rowid = old.docid; end`,
    `create trigger search_paper_update after update of ${texts.join(', ')} on papers
      when ${texts.map((name) => `old.${name} is not new.${name}`).join(' or ')}
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
    // One after the other: each takes the next number of its day.
    `insert into search_papers (docid, paper_id, day)
      select cast(julianday(day) - julianday('2000-01-01') as integer) * ${PER_DAY}
        + row_number() over (partition by day order by id), id, day
      from (select p.id, min(l.day) as day from papers p join listings l on l.paper_id = p.id
        where ${shown} group by p.id)`,
  ];
}

/**
 * @param {boolean} hides whether papers can be withdrawn
 */
function postgres(hides) {
  const shown = hides ? 'p.withdrawn = 0' : 'true';
  const texts = ['id', 'title', 'abstract', 'authors', ...(hides ? ['withdrawn'] : [])];
  const differs = texts.map((name) => `old.${name} is distinct from new.${name}`).join(' or ');
  /** @param {string} name @param {string} event @param {string} condition @param {string} work */
  const trigger = (name, event, condition, work) => [
    `create function ${name}() returns trigger language plpgsql as $$
      begin ${work} return null; end $$`,
    `create trigger ${name} after ${event} for each row ${condition} execute function ${name}()`,
  ];
  return [
    // English stems without stop words, so that phrases with such words are found as well.
    'create text search dictionary search_stem (template = snowball, language = english)',
    'create text search configuration search_words (parser = "default")',
    `alter text search configuration search_words
      add mapping for asciiword, word, numword, int, uint, float, sfloat, version with search_stem`,
    // Without accents, and with what joins words taken out, so that the parser finds words alone.
    `create function search_vector(raw text) returns tsvector
      language sql immutable strict parallel safe as $$
      select to_tsvector('search_words', translate(
        regexp_replace(normalize(left(raw, ${LENGTH}), NFD), '[\\u0300-\\u036f]+', '', 'g'),
        '${PUNCTUATION.replaceAll("'", "''")}', '${' '.repeat(PUNCTUATION.length)}')) $$`,
    // Positions of what is joined go on behind the mark, so that no phrase reaches across.
    `create function search_vectors(title text, abstract text, authors text) returns tsvector
      language sql immutable strict parallel safe as $$
      select setweight(search_vector(title), 'A') || '¶:1'::tsvector
        || setweight(search_vector(authors), 'B') || '¶:1'::tsvector
        || search_vector(abstract) $$`,
    'create sequence search_numbers cycle maxvalue 999999999',
    `create table search_papers (
      docid bigint primary key, paper_id text not null unique, day text not null,
      title tsvector not null, authors tsvector not null, words tsvector not null)`,
    `create function search_refresh(paper text) returns void language sql as $$
      delete from search_papers where paper_id = paper;
      insert into search_papers (docid, paper_id, day, title, authors, words)
      select (l.day::date - date '2000-01-01') * ${PER_DAY}::bigint + nextval('search_numbers'),
        p.id, l.day, search_vector(p.title), search_vector(p.authors),
        search_vectors(p.title, p.abstract, p.authors)
      from papers p
      join (select min(day) as day from listings where paper_id = paper) l on l.day is not null
      where p.id = paper and ${shown}
      on conflict (paper_id) do nothing $$`,
    ...trigger(
      'search_paper_update',
      `update of ${texts.join(', ')} on papers`,
      `when (${differs})`,
      'perform search_refresh(old.id); perform search_refresh(new.id);',
    ),
    ...trigger(
      'search_paper_delete',
      'delete on papers',
      '',
      'delete from search_papers where paper_id = old.id;',
    ),
    // A paper that is listed again for a later day stays where it is.
    ...trigger(
      'search_listing_insert',
      'insert on listings',
      '',
      `if not exists (
        select 1 from search_papers where paper_id = new.paper_id and day <= new.day)
      then perform search_refresh(new.paper_id); end if;`,
    ),
    ...trigger(
      'search_listing_update',
      'update of paper_id, day on listings',
      '',
      'perform search_refresh(old.paper_id); perform search_refresh(new.paper_id);',
    ),
    ...trigger(
      'search_listing_delete',
      'delete on listings',
      '',
      'perform search_refresh(old.paper_id);',
    ),
    `insert into search_papers (docid, paper_id, day, title, authors, words)
      select (day::date - date '2000-01-01') * ${PER_DAY}::bigint + nextval('search_numbers'),
        id, day, search_vector(title), search_vector(authors),
        search_vectors(title, abstract, authors)
      from (select p.*, l.day from papers p
        join (select paper_id, min(day) as day from listings group by paper_id) l
          on l.paper_id = p.id
        where ${shown} order by l.day, p.id) listed`,
    'create index search_papers_words on search_papers using gin (words)',
    'create index search_papers_title on search_papers using gin (title)',
    'create index search_papers_authors on search_papers using gin (authors)',
  ];
}

const PUNCTUATION = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~‐‑‒–—―‘’‚“”„«»•·…×→≤≥±`;
