// @ts-check

/** Columns of a paper of which search takes note. */
export const SEARCHED_COLUMNS = ['id', 'title', 'abstract', 'authors', 'withdrawn', 'searched'];

/**
 * The words of a paper's column where they are kept; both engines read it alike.
 *
 * @param {'title' | 'abstract' | 'authors'} name
 */
export const field = (name, searched = 'searched') => `${searched} ->> '${name}'`;
