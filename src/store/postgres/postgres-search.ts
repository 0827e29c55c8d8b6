import { type RawBuilder, sql } from 'kysely';
import type { Term, TextQuery } from '../../search/query.js';
import { type SearchSql, WEIGHED } from '../search-sql.js';

/**
 * Text search by GIN indexes. They know which paper has a word, but not where in it: for a phrase,
 * the texts of all papers that have its words would be read, which takes half a second where most
 * papers do. So papers are found by the words that stand beside each other in them, and the
 * texts only of these are read.
 */
export const POSTGRES_SEARCH: SearchSql = {
  matching: (query, part, { first, last }) => {
    const within = sql`docid between ${first} and ${last}`;
    if (part === 'title') return byTitle(query, within);
    // As the limit itself, PostgreSQL would not know it when it chooses how to walk.
    return sql`select docid, score from (${anywhere(query, within)}) anywhere
      where (select count(*) from titled) < ${sql.lit(WEIGHED)}`;
  },
};

/** Titles stand in a narrow table of their own, so that no text is read for them. */
function byTitle(query: TextQuery, within: RawBuilder<unknown>): RawBuilder<unknown> {
  const title = sql.ref('search_titles.title');
  const wanted = tsquery(query.all);
  const without = sql`join search_papers using (docid) where ${conditions(query)} and`;
  return sql`(select docid, ts_rank(${title}, ${wanted}, 1) as score
    from search_titles ${query.none.length === 0 ? sql`where` : without} ${within}
      and ${matches(title, wanted)}
    order by docid desc limit ${sql.lit(WEIGHED)})`;
}

function anywhere(query: TextQuery, within: RawBuilder<unknown>): RawBuilder<unknown> {
  const wanted = conditions(query);
  const walked = sql`select docid from search_papers where ${within} and ${wanted}`;
  const phrases = query.all.flatMap(toPairs);
  if (phrases.length === 0) return newest(walked, query);
  const pairs = sql`(${sql.join(phrases, sql` || `)})`;
  const singles = query.all.filter(({ words }) => words.length === 1);
  // The "offset" keeps the texts out of the first step: with them in it, PostgreSQL would work
  // out the pairs of each paper anew.
  const beside = sql`
    select docid from (
      select docid from search_papers
      where ${within} and search_pairs(words) @> ${pairs} and cardinality(${pairs}) > 0
        and ${conditions({ all: singles, none: [] }, matchesOrSaysNothing)}
      order by docid desc offset 0) beside
    join search_papers using (docid)
    where ${wanted}`;
  // Only PostgreSQL knows which letters and digits are words to it: by most locales, "½" is none.
  // Where that leaves no pair, all papers have what is left, and are walked through as ever.
  const unpaired = sql`${walked} and cardinality(${pairs}) = 0`;
  return sql`${newest(beside, query)} union all ${newest(unpaired, query)}`;
}

/**
 * Weighs the newest of these. Their texts are fetched once it is known which they are: to sort a
 * thousand papers with their texts takes 20 ms, without them not one.
 */
function newest(rows: RawBuilder<unknown>, query: TextQuery): RawBuilder<unknown> {
  return sql`(select docid, ${score(query)} as score
    from (${rows} order by docid desc limit ${sql.lit(WEIGHED)}) hits
    join search_papers using (docid))`;
}

/** The pairs of words that a phrase consists of; of its last word, only the beginning may be known. */
function toPairs({ words, prefix }: Term): RawBuilder<unknown>[] {
  const whole = prefix ? words.slice(0, -1) : words;
  if (whole.length < 2) return [];
  return [sql`search_pairs(to_tsvector('search_words', ${whole.map(plain).join(' ')}))`];
}

type Terms = Pick<TextQuery, 'all' | 'none'>;

/**
 * A word that must not be there stands beside what must, where that is: then the index knows both.
 * A phrase does not, since the index would offer all papers that have its words.
 */
function conditions({ all, none }: Terms, matching = matches): RawBuilder<unknown> {
  const found = ['words', 'authors'].flatMap((name) => {
    const column = sql.ref(name);
    const here = ({ author }: Term) => author === (name === 'authors');
    const [wanted, unwanted] = [all.filter(here), none.filter(here)];
    const beside = wanted.length > 0 ? unwanted.filter(({ words }) => words.length === 1) : [];
    const apart = unwanted.filter((term) => !beside.includes(term));
    return [
      ...(wanted.length > 0 ? [matching(column, tsquery(wanted, beside))] : []),
      // Of words that are none to PostgreSQL, only what must not be there would be left.
      ...(beside.length > 0 ? [sql`numnode(${tsquery(wanted)}) > 0`] : []),
      ...apart.map((term) => sql`not (${matches(column, tsquery([term]))})`),
    ];
  });
  return found.length === 0 ? sql`true` : sql.join(found, sql` and `);
}

function matches(column: RawBuilder<unknown>, asked: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${column} @@ ${asked}`;
}

/** What is no word to PostgreSQL matches nothing by itself, and is left out beside others. */
function matchesOrSaysNothing(
  column: RawBuilder<unknown>,
  asked: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`(${matches(column, asked)} or numnode(${asked}) = 0)`;
}

/** Weights of abstract, nothing, authors and title; a long text needs more to weigh the same. */
function score({ all }: TextQuery): RawBuilder<number> {
  const terms = all.filter(({ author }) => !author);
  if (terms.length === 0) return sql`0`;
  return sql`ts_rank('{0.1, 0.1, 0.4, 1}', words, ${tsquery(terms)}, 1)`;
}

function tsquery(wanted: readonly Term[], unwanted: readonly Term[] = []): RawBuilder<unknown> {
  const text = [...wanted.map(termText), ...unwanted.map((term) => `!${termText(term)}`)];
  return sql`to_tsquery('search_words', ${text.join(' & ')})`;
}

function termText({ words, prefix }: Term): string {
  const plainly = words.map(plain);
  const begun = prefix ? [`'${plainly.pop()}':*`] : [];
  // Quoted as one, so that what is no word to PostgreSQL leaves no gap, as in the texts.
  const whole = plainly.length === 0 ? [] : [`'${plainly.join(' ')}'`];
  return `(${[...whole, ...begun].join(' <-> ')})`;
}

/** Without accents, as the texts are kept. */
function plain(word: string): string {
  return word.normalize('NFD').replace(/[\u0300-\u036f]+/g, '');
}
