import { arxivMonth, parseArxivId } from '../../papers/identity.js';

/** An arXiv id as it was before a spreadsheet took it for a number, or why nobody can tell. */
export type RepairedId = { id: string } | { reason: string };

const NUMBER = /^(\d{3,4})\.(\d{1,5})$/;
const SCIENTIFIC = /^(\d)\.?(\d*)e\+?0?([23])$/i;
/** With too few digits, or too many. */
const CUT = /^\d{4}\.\d{1,9}(?:v\d{1,3})?$/;
const WHOLE = /^\d{3,4}$/;
const ARXIV_ADDRESS = /^(?:https?:\/\/)?(?:www\.|export\.)?arxiv\.org\/(?:abs|pdf)\//i;

export function isArxivAddress(text: string): boolean {
  return ARXIV_ADDRESS.test(text);
}

/**
 * Of a text that is no arXiv id, but was one: a spreadsheet drops zeros at either end (`2301.1234`,
 * `704.0001`), or writes it as `2.3011234E+03`. Numbers of two places may be rounded. `null` for what
 * never was an id.
 */
export function repairArxivId(text: string): RepairedId | null {
  const bare = text
    .trim()
    .replace(ARXIV_ADDRESS, '')
    .replace(/^arxiv:\s*/i, '')
    .replace(/\.pdf$/i, '');
  const number = toNumber(
    bare.replace(/^(\d),(\d{3}\.)/, '$1$2').replace(/^(\d{3,4}),(\d)/, '$1.$2'),
  );
  const lost = { reason: `arXiv id ${bare} was made a number, and what it was can't be told` };
  if (number === null) {
    return CUT.test(bare) ? { reason: `arXiv has no paper with the id ${bare}` } : null;
  }
  const { head, places, isExact } = number;
  const month = head.padStart(4, '0');
  if (arxivMonth(`${month}.0001`) === null) return isExact ? null : lost;
  const wanted = month >= '1501' ? 5 : 4;
  const id = `${month}.${places.padEnd(wanted, '0')}`;
  const isKept = isExact ? places.length >= 3 : places.length === wanted;
  if (isKept && Number(places) > 0 && parseArxivId(id)) return { id };
  return lost;
}

interface MadeNumber {
  head: string;
  places: string;
  /** Whether all digits but zeros at the end are there. */
  isExact: boolean;
}

function toNumber(text: string): MadeNumber | null {
  const [, head, places] = NUMBER.exec(text) ?? [];
  if (head !== undefined && places !== undefined) return { head, places, isExact: true };
  if (WHOLE.test(text)) return { head: text, places: '', isExact: true };
  const [, first, rest, exponent] = SCIENTIFIC.exec(text) ?? [];
  if (first === undefined || rest === undefined) return null;
  const digits = first + rest;
  const size = Number(exponent) + 1;
  const isExact = false;
  return { head: digits.padEnd(size, '0').slice(0, size), places: digits.slice(size), isExact };
}
