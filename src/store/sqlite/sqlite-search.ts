import { sql } from 'kysely';
import type { Term, TextQuery } from '../../search/query.js';
import { type SearchPart, type SearchSql, WEIGHED } from '../search-sql.js';

/**
 * FTS5. It walks its lists from the highest number down, so that a search for a word that half of
 * the papers have ends after the first few hundred; `order by rank` would weigh them all.
 */
export const SQLITE_SEARCH: SearchSql = {
  matching: (query, part, { first, last }) => sql`
    select rowid as docid, -bm25(search_index, 8.0, 1.0, 3.0) as score from search_index
    where search_index match ${expression(query, part)} and rowid between cast(${first} as integer) and cast(${last} as integer)
    order by rowid desc limit ${part === 'title' ? sql.lit(WEIGHED) : UNLESS_TITLED}`,
};

/** As a condition, it would be looked at when all has been walked through. */
const UNLESS_TITLED = sql`(select case when count(*) < ${sql.lit(WEIGHED)}
  then ${sql.lit(WEIGHED)} else 0 end from titled)`;

/** Terms hold letters and digits only, so nothing in them means anything to FTS5. */
function expression({ all, none }: TextQuery, part: SearchPart): string {
  const wanted = `(${all.map(phrase).join(' AND ')})`;
  const placed = part === 'title' ? `({title} : ${wanted})` : wanted;
  return none.length === 0 ? placed : `${placed} NOT (${none.map(phrase).join(' OR ')})`;
}

function phrase({ words, prefix, author }: Term): string {
  return `${author ? 'authors : ' : ''}"${words.join(' ')}"${prefix ? ' *' : ''}`;
}
