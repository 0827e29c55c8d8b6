import type { RawBuilder } from 'kysely';
import type { TextQuery } from '../search/query.js';

/** With this begin the names of tables that triggers fill from others. */
export const SEARCH_PREFIX = 'search_';

/**
 * How many papers a search shows: the newest that have all of it in their title, and only where there
 * are fewer, behind them the newest that have it anywhere. Nobody turns so many pages.
 */
export const SHOWN = 300;

/** How many are weighed of each; one more than is shown tells that there are more. */
export const WEIGHED = SHOWN + 1;

/** Where the terms of a query must be. */
export type SearchPart = 'title' | 'anywhere';

/** How one database looks through the texts. */
export interface SearchSql {
  /**
   * Rows `docid, score` (higher is better) of papers whose number is in `range`: the newest, at most
   * `WEIGHED`. Of those that have it anywhere none, where the table `titled` has as many by title.
   */
  matching(query: TextQuery, part: SearchPart, range: Range): RawBuilder<unknown>;
}

export interface Range {
  first: number;
  last: number;
}
