import { type RawBuilder, sql } from 'kysely';
import type { Term, TextQuery } from '../papers/search/query.js';
import { type SearchPart, type SearchSql, WEIGHED } from './search.js';

/** Of how many papers, the newest that have all words of it, a phrase is looked for at first. */
const LOOKED_THROUGH = 3 * WEIGHED;

/**
 * Text search by GIN indexes. They know which paper has a word, but not where in it: for a phrase,
 * the texts of all papers that have its words must be read, which takes half a second where most
 * papers do.
 */
export const POSTGRES_SEARCH: SearchSql = {
  matching: (query, part, { first, last }, hasty) => {
    const where = (phrases: boolean) => conditions(query, part, phrases);
    const rows = sql`select docid, title, authors, words from search_papers
      where docid between ${first} and ${last}`;
    const exact = sql`${rows} and ${where(true)} order by docid desc limit ${sql.lit(WEIGHED)}`;
    const newest = sql`
      select * from (${rows} and ${where(false)}
        order by docid desc limit ${sql.lit(LOOKED_THROUGH)} offset 0) having_words
      where ${where(true)} order by docid desc limit ${sql.lit(WEIGHED)}`;
    return sql`select docid, ${score(query)} as score
      from (${hasty && hasPhrase(query) ? newest : exact}) hits`;
  },
  leavesOut: hasPhrase,
};

function hasPhrase({ all, none }: TextQuery): boolean {
  return [...all, ...none].some(({ words }) => words.length > 1);
}

/** @param phrases whether words must stand one behind the other; else they need only be there */
function conditions({ all, none }: TextQuery, part: SearchPart, phrases: boolean) {
  const groups: [column: string, terms: readonly Term[], without: boolean][] = [
    [part === 'title' ? 'title' : 'words', all.filter(({ author }) => !author), false],
    ['authors', all.filter(({ author }) => author), false],
    // Who has the words of an unwanted phrase may still not have the phrase.
    ...none
      .filter(({ words }) => phrases || words.length === 1)
      .map((term): [string, Term[], boolean] => [term.author ? 'authors' : 'words', [term], true]),
  ];
  const used = groups.filter(([, terms]) => terms.length > 0);
  return sql.join(
    used.map(([column, terms, without]) => {
      const match = sql`${sql.ref(column)} @@ ${tsquery(terms, phrases)}`;
      return without ? sql`not (${match})` : match;
    }),
    sql` and `,
  );
}

/** Weights of abstract, nothing, authors and title; a long text needs more to weigh the same. */
function score({ all }: TextQuery): RawBuilder<number> {
  const terms = all.filter(({ author }) => !author);
  if (terms.length === 0) return sql`0`;
  return sql`ts_rank('{0.1, 0.1, 0.4, 1}', words, ${tsquery(terms, true)}, 1)`;
}

function tsquery(terms: readonly Term[], phrases: boolean): RawBuilder<unknown> {
  const text = terms
    .map(({ words, prefix }) => {
      const last = words.length - 1;
      const quoted = words.map((word, place) => {
        return `'${plain(word)}'${prefix && place === last ? ':*' : ''}`;
      });
      return `(${quoted.join(phrases ? ' <-> ' : ' & ')})`;
    })
    .join(' & ');
  return sql`to_tsquery('search_words', ${text})`;
}

/** Without accents, as the texts are kept. */
function plain(word: string): string {
  return word.normalize('NFD').replace(/[\u0300-\u036f]+/g, '');
}
