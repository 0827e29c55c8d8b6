import { PaperboyError } from '../../base/errors.js';

export const PAGE_SIZE = 20;
/** Nobody turns so many pages; whoever wants more searches. */
export const MAX_PAGE = 50;

/** What was asked for of a list: a page, or its feed. */
export type ListView = { kind: 'page'; number: number } | { kind: 'atom' | 'json' };

/**
 * Which page is meant; the first one is the address without a number.
 * @returns `null` for what is no page, whose address should not stand for the first one
 */
export function parsePage(text: string | undefined): number | null {
  if (text === undefined || text === '' || text === '1') return 1;
  const page = /^[1-9]\d?$/.test(text) ? Number(text) : 0;
  return page >= 1 && page <= MAX_PAGE ? page : null;
}

export function noList(): PaperboyError {
  return new PaperboyError('no_list', 'No source has listed papers like that, or not so many.');
}
