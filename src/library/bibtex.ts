import type { Paper } from '../papers/paper.js';
import { splitWords, toPlain } from '../text/words.js';

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/**
 * A paper as an entry of BibTeX. Letters of all scripts stay, as biber and newer styles read them.
 * @param page where the paper can be read, if it has no address of its own
 */
export function formatBibtex(paper: Paper, page: string): string {
  const [year = '', month = ''] = (paper.publishedOn ?? '').split('-');
  const fields: [name: string, value: string][] = [
    ['title', `{${escapeTex(paper.title)}}`],
    ['author', paper.authors.map(escapeAuthor).join(' and ')],
    ['year', escapeTex(year)],
    ...toArxivFields(paper),
    ['doi', escapeAddress(paper.doi ?? '')],
    ['url', escapeAddress(toAddress(paper, page))],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === '' || value === '{}' ? [] : [`  ${name} = {${value}}`],
  );
  // A name of a month is a macro of every style, and stands without braces.
  const name = MONTHS[Number(month) - 1];
  if (name !== undefined) lines.push(`  month = ${name}`);
  return `@misc{${toCiteKey(paper)},\n${lines.join(',\n')}\n}\n`;
}

/** As arXiv's own entries have them (https://info.arxiv.org/help/hypertex/bibstyles). */
function toArxivFields({ arxivId, categories }: Paper): [string, string][] {
  if (arxivId === null) return [];
  return [
    ['eprint', escapeAddress(arxivId)],
    ['archivePrefix', 'arXiv'],
    ['primaryClass', escapeTex(categories[0] ?? '')],
  ];
}

function toAddress({ arxivId, doi, url }: Paper, page: string): string {
  if (arxivId !== null) return `https://arxiv.org/abs/${arxivId}`;
  if (doi !== null) return `https://doi.org/${doi}`;
  return url === '' ? page : url;
}

/** `lovelace2026tide`: letters and digits of ASCII alone, as every program reads them. */
export function toCiteKey({ authors, publishedOn, title, id }: Paper): string {
  const ascii = (text: string) => text.replace(/[^a-z0-9]/g, '').slice(0, 30);
  const family = ascii(
    toPlain(authors[0]?.split(',')[0] ?? '')
      .split(' ')
      .at(-1) ?? '',
  );
  const words = splitWords(title.slice(0, 500)).map(({ written }) => ascii(written.toLowerCase()));
  const word = words.find((one) => one.length > 2 && !LITTLE.has(one)) ?? words[0] ?? '';
  const key = `${family}${ascii((publishedOn ?? '').slice(0, 4))}${word}`;
  return key === '' || /^\d*$/.test(key) ? `paper${ascii(id.toLowerCase())}` : key;
}

const LITTLE = new Set(
  'the and for with from into are can does how what why when towards'.split(' '),
);

const SIGNS: Readonly<Record<string, string>> = {
  // As commands: BibTeX counts braces even behind a backslash.
  '\\': '\\textbackslash{}',
  '{': '\\textbraceleft{}',
  '}': '\\textbraceright{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  ...Object.fromEntries(['#', '$', '%', '&', '_'].map((sign) => [sign, `\\${sign}`])),
};

/** A text in TeX that shows it as it is, on one line. */
export function escapeTex(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/[\\{}~^#$%&_]/g, (sign) => SIGNS[sign] ?? sign);
}

/**
 * Names have "and" between them, and "others" stands for who is left out. A name with such a word in
 * it, or with a comma that does not put the family name first, is kept together by braces.
 */
function escapeAuthor(name: string): string {
  const escaped = escapeTex(name);
  const parts = name.split(',').length;
  const isOne = parts === 1 || (parts === 2 && !/\b(?:jr|sr|inc|ltd|i{2,3})\b/i.test(name));
  const isPlain = isOne && !/\b(?:and|others)\b/i.test(name);
  return isPlain || escaped === '' ? escaped : `{${escaped}}`;
}

/** Styles set addresses as they are, so signs that TeX would trip over are encoded (RFC 3986 §2.1). */
function escapeAddress(address: string): string {
  return address
    .toWellFormed()
    .replace(/[\s\p{Cc}\\{}^~]+/gu, (signs) => encodeURIComponent(signs).replaceAll('~', '%7E'));
}
