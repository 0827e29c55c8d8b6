import { createHash } from 'node:crypto';

/** An arXiv id without its version, and the version where the text names one. */
export interface ArxivId {
  id: string;
  version: number | null;
}

/** What a paper is known by; at least its title is always there. */
export interface Identity {
  arxivId: string | null;
  doi: string | null;
  title: string;
}

const NEW_STYLE = /^(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v([1-9]\d{0,2}))?$/i;
const OLD_STYLE = /^([a-z]+(?:-[a-z]+)*)(?:\.[a-z]{2})?\/(\d{7})(?:v([1-9]\d{0,2}))?$/i;
const ARXIV_PLACE =
  /^(?:arxiv:|(?:https?:\/\/)?(?:www\.|export\.)?(?:arxiv\.org\/(?:abs|pdf|html|format)|huggingface\.co\/papers|alphaxiv\.org\/abs)\/)/i;

/**
 * Reads an arXiv id: bare, as `arXiv:2608.01234v3`, as an address of arXiv or of a site that shows
 * its papers, or inside a DOI of arXiv. `null` where the text is nothing of the kind.
 */
export function parseArxivId(text: string): ArxivId | null {
  const bare = text
    .trim()
    .replace(ARXIV_PLACE, '')
    .replace(/(?:\.pdf)?\/?(?:[?#].*)?$/is, '');
  const [, id, version] = NEW_STYLE.exec(bare) ?? [];
  if (id !== undefined) {
    if (!isWhole(id)) return null;
    return { id, version: version === undefined ? null : Number(version) };
  }
  const [, archive, number, old] = OLD_STYLE.exec(bare) ?? [];
  if (archive !== undefined && number !== undefined) {
    const known = `${archive.toLowerCase()}/${number}`;
    return { id: known, version: old === undefined ? null : Number(old) };
  }
  const doi = parseDoi(text);
  return doi === null ? null : ofArxivDoi(doi);
}

/** Since 2015 numbers have five digits; with another count an id leads nowhere. */
function isWhole(id: string): boolean {
  return id.length === (id >= '1501' ? '2301.12345' : '0704.0001').length;
}

/** From then on ids are new ones; the first paper is of August 1991. */
const NEW_SINCE = '2007-04';
const FIRST_MONTH = '1991-08';

/** The month in which arXiv gave this id away, as `2026-03`; `null` for one that it never gave. */
export function arxivMonth(id: string): string | null {
  const old = id.includes('/');
  const [, year = '', month = ''] = /^(?:.*\/)?(\d{2})(\d{2})/.exec(id) ?? [];
  const century = old && year > '90' ? '19' : '20';
  const given = `${century}${year}-${month}`;
  if (month < '01' || month > '12') return null;
  const fits = old ? given >= FIRST_MONTH && given < NEW_SINCE : given >= NEW_SINCE;
  return fits ? given : null;
}

/** With an address around it; what is longer would take long to look through. */
const LONGEST_DOI = 500;
const DOI_PLACE = /^(?:doi:\s*|(?:https?:\/\/)?(?:dx\.|www\.)?doi\.org\/)/i;
const DOI = /^10\.\d{4,9}(?:\.\d+)*\/[\p{L}\p{N}\p{P}\p{S}]{1,200}$/u;

/** A DOI, in lower case (they are the same in any case) and without address; `null` for others. */
export function parseDoi(text: string): string | null {
  if (text.length > LONGEST_DOI) return null;
  const trimmed = text.trim();
  const bare = trimmed.replace(DOI_PLACE, '');
  const decoded = bare === trimmed ? bare : decode(bare.replace(/[?#].*$/s, ''));
  const doi = decoded.toLowerCase().replace(/[.,;]+$/, '');
  return DOI.test(doi) && !/[<>"]/.test(doi) ? doi : null;
}

const ARXIV_DOI = '10.48550/arxiv.';

/** The DOI that arXiv itself gives to each of its papers. */
export function arxivDoi(arxivId: string): string {
  return ARXIV_DOI + arxivId.toLowerCase();
}

/** The arXiv id inside a DOI of arXiv; `null` for DOIs of others. */
export function ofArxivDoi(doi: string): ArxivId | null {
  if (!doi.startsWith(ARXIV_DOI)) return null;
  const inside = doi.slice(ARXIV_DOI.length);
  return inside.startsWith('10.') ? null : parseArxivId(inside);
}

/**
 * Letters and numbers of a title in lower case, a space between the words: what two spellings of
 * the same title have in common. Empty for a title without either.
 */
export function normaliseTitle(title: string): string {
  return title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The key of a paper that has no id of any kind. */
export function titleKey(title: string): string {
  const words = normaliseTitle(title) || title;
  return `title:${createHash('sha256').update(words).digest('hex').slice(0, 16)}`;
}

/**
 * What a paper is stored under: its arXiv id, else its DOI, else what its source calls it, else its
 * title.
 * @param own what the source calls it, for ever, in a form that no other source uses.
 */
export function paperId({ arxivId, doi, title }: Identity, own?: string): string {
  if (arxivId !== null) return arxivId;
  return doi === null ? (own ?? titleKey(title)) : `doi:${doi}`;
}

/** What a paper without arXiv id or DOI is known by: what its source says of it for ever. */
export function ownId(source: string, ...facts: string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  return `${source}:${hash.slice(0, 16)}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A paper's id, from its id, its DOI or its link. */
export function parsePaperId(text: string): string {
  const doi = parseDoi(text);
  return parseArxivId(text)?.id ?? (doi === null ? text.trim() : `doi:${doi}`);
}
