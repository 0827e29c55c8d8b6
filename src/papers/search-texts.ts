import { hasCharacterWords, toSearchedWords } from '../text/word-spans.js';
import type { Paper } from './paper.js';

/** The words of a paper, with spaces between them, where stores would find others in its texts. */
export interface SearchTexts {
  title: string;
  abstract: string;
  authors: string;
}

/** As much of an abstract as is searched, in UTF-16 units. */
const LONGEST_ABSTRACT = 8_000;

/**
 * Both stores find words in Latin texts by themselves, and alike. What they would split or read
 * otherwise than queries do is split here, once for both; most papers have nothing of it.
 * @returns `null` if the texts of the paper do as they are
 */
export function toSearchTexts(
  paper: Pick<Paper, 'title' | 'abstract' | 'authors' | 'summary'>,
): SearchTexts | null {
  const summary = toSearchedSummary(paper);
  const texts = [paper.title, paper.abstract, ...paper.authors, summary];
  if (!texts.some(isSplitOtherwise)) return null;
  const abstract = paper.abstract.slice(0, LONGEST_ABSTRACT);
  return {
    title: toWords(paper.title),
    abstract: `${toWords(abstract)} ${toWords(summary)}`.trim(),
    authors: paper.authors.map(toWords).join(' '),
  };
}

/**
 * The summary, where it is searched: in Chinese, Japanese or Korean it may be all that there is in that
 * language. An English one says in other words what the abstract says.
 */
export function toSearchedSummary({ summary }: Pick<Paper, 'summary'>): string {
  return summary !== null && hasCharacterWords(summary) ? summary : '';
}

function isSplitOtherwise(text: string): boolean {
  if (ASCII.test(text)) return false;
  if (hasCharacterWords(text) || EASTERN_SIGNS.test(text)) return true;
  return toWords(text) !== (text.normalize('NFC').match(WORDS) ?? []).join(' ');
}

/** To PostgreSQL, they are letters by some locales. */
const EASTERN_SIGNS = /[\u3000-\u303F\uFF00-\uFFEF]/;
const ASCII = /^[\x20-\x7E]*$/;
/** Words as both stores find them. */
const WORDS = /[\p{L}\p{N}\p{M}]+/gu;

const toWords = (text: string) => toSearchedWords(text).join(' ');
