/** The names under which tools export what a paper has, those that are believed first in front. */
const NAMES = {
  title: ['title', 'documenttitle', 'articletitle', 'papertitle', 'displayname', 'ti'],
  abstract: ['abstract', 'abstractnote', 'abstracttext', 'ab'],
  summary: ['summary', 'tldr'],
  /** Of arXiv's own data: family name, given name and suffix of each. */
  parsedAuthors: ['authorsparsed'],
  authors: [
    // Scopus and Web of Science have whole names beside those with initials.
    ...['authorfullnames', 'af', 'authors', 'author', 'creators', 'creator'],
    ...['authornames', 'au'],
  ],
  date: [
    ...[
      'publishedon',
      'published',
      'publicationdate',
      'date',
      'datepublished',
      'pubdate',
      'onlinedate',
    ],
    ...['issued', 'pdate', 'cdate', 'publicationyear', 'year', 'py'],
  ],
  arxivId: ['arxivid', 'arxiv', 'arxivnumber', 'eprint'],
  id: ['id'],
  doi: ['doi', 'di'],
  url: ['url', 'link', 'paperurl', 'doilink'],
  pdfUrl: ['pdfurl', 'pdf', 'pdflink', 'openaccesspdf'],
  codeUrl: ['codeurl', 'code'],
  projectUrl: ['projecturl', 'project'],
  keywords: ['keywords', 'authorkeywords', 'manualtags', 'tags', 'de'],
  categories: ['categories', 'category', 'arxivcategories'],
  organisation: ['organisation', 'organization'],
  upvotes: ['upvotes', 'votes'],
  comment: ['comment', 'comments', 'arxivcomment'],
  extra: ['extra', 'archivelocation'],
} as const;

export type FieldName = keyof typeof NAMES;

/** What a row of a file says of a paper, under our own names. */
export class FileFields {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(raw: Readonly<Record<string, unknown>>) {
    this.#values = new Map(flatten(raw));
  }

  /** As it is there, lists and numbers too. */
  value(name: FieldName): unknown {
    return NAMES[name].map((one) => this.#values.get(one)).find(isThere);
  }

  /** Text, where it is text or a number. */
  text(name: FieldName): string | undefined {
    return NAMES[name].map((one) => toText(this.#values.get(one))).find((one) => one !== undefined);
  }

  list(name: FieldName): string[] {
    return toList(this.value(name));
  }

  /** Whether the paper is one of OpenReview's, which has no address in it. */
  get forum(): string | undefined {
    return toText(this.#values.get('forum'));
  }
}

/** Objects in which APIs put what a paper has: Semantic Scholar, OpenReview, Zotero. */
const INNER = new Set(['content', 'externalids', 'data']);

function flatten(raw: Readonly<Record<string, unknown>>): [string, unknown][] {
  const own: [string, unknown][] = [];
  const inner: [string, unknown][] = [];
  for (const [name, value] of Object.entries(raw)) {
    const plain = plainName(name);
    if (INNER.has(plain) && isRecord(value)) inner.push(...flattenOnce(value));
    else own.push([plain, unwrap(value)]);
  }
  return [...inner, ...own];
}

function flattenOnce(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(value).map(([name, one]) => [plainName(name), unwrap(one)]);
}

/** `{"value": "A title"}`, `{"text": "A summary"}`, `{"url": "https://…"}`. */
function unwrap(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const dates = value['date-parts'];
  if (Array.isArray(dates) && Array.isArray(dates[0])) {
    return dates[0].map((part) => String(part).padStart(2, '0')).join('-');
  }
  return value['value'] ?? value['text'] ?? value['url'] ?? value['raw'];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `arXiv ID`, `arxiv_id` and `arxivId` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}

function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : toText(value) !== undefined;
}

/** Crossref has a list of one title. */
function toText(value: unknown): string | undefined {
  const [only, ...others]: unknown[] = Array.isArray(value) ? value : [value];
  const one = others.length === 0 ? only : value;
  const text = typeof one === 'number' ? String(one) : one;
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}

/** A list, as JSON and as programs in Python write it, or one text. */
function toList(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => toItem(one) ?? []);
  const text = toText(value);
  if (text === undefined) return [];
  const [, inside] = /^\s*\[\s*(['"].*['"])\s*\]\s*$/s.exec(text) ?? [];
  if (inside === undefined) return [text];
  const items = [...inside.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/gs)];
  return items.map(([, one, other]) => (one ?? other ?? '').replace(/\\(['"\\])/g, '$1'));
}

/** A name, also in parts: of Zotero, of CSL, of arXiv's own data. */
function toItem(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const [family, given, suffix] = value.map((part) => toText(part) ?? '');
    return toText([`${given ?? ''} ${family ?? ''}`.trim(), suffix].filter(Boolean).join(' '));
  }
  if (!isRecord(value)) return toText(value);
  const named = value['name'] ?? value['literal'] ?? value['tag'] ?? value['fullname'];
  const parts = [
    value['given'] ?? value['firstName'],
    value['non-dropping-particle'],
    value['family'] ?? value['lastName'],
    value['suffix'],
  ];
  return toText(named) ?? toText(parts.flatMap((part) => toText(part) ?? []).join(' '));
}
