// @ts-check

/** Rows of one day; the numbers of the next day begin behind them. */
export const PER_DAY = 1_000_000_000;

/** Longer texts are nobody's abstract, and PostgreSQL would refuse them. */
export const LONGEST_TEXT = 20_000;
/** Four times what anybody writes. Phrases in hostile texts take time by their length. */
export const LONGEST_ABSTRACT = 8_000;

/** Columns of a paper of which search takes note. */
export const SEARCHED_COLUMNS = ['id', 'title', 'abstract', 'authors', 'withdrawn'];
