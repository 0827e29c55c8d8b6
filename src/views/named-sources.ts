import type { FullEdition } from '../editions/edition.js';

/** A source as readers are told of it. */
export interface NamedSource {
  /** Of its message, in which `link` is a link to its URL. */
  key: string;
  url: string | null;
}

/** In the order in which they are named; what has most to be said comes last. */
const URLS: Readonly<Record<string, string | null>> = {
  arxiv: 'https://arxiv.org/',
  feed: null,
  file: null,
  suggestion: null,
  huggingface: 'https://huggingface.co/papers',
};

/** Where the papers of an edition are from. */
export function toNamedSources({ papers }: Pick<FullEdition, 'papers'>): NamedSource[] {
  const found = new Set(papers.flatMap(({ sources = [] }) => sources));
  return Object.entries(URLS).flatMap(([source, url]) =>
    found.has(source) ? [{ key: `source.${source}`, url }] : [],
  );
}
