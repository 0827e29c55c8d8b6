import type { FullEdition } from '../editions/edition.js';

/** A source as readers are told of it: `from …`. */
export interface NamedSource {
  name: string;
  url: string | null;
  /** What else there is to say. */
  note: string | null;
}

/** In the order in which they are named; what has most to be said comes last. */
const NAMES: Readonly<Record<string, NamedSource>> = {
  arxiv: { name: 'arXiv', url: 'https://arxiv.org/', note: null },
  feed: { name: 'feeds of other sites', url: null, note: null },
  file: { name: 'the editor’s own list', url: null, note: null },
  suggestion: { name: 'readers’ suggestions', url: null, note: null },
  huggingface: {
    name: 'Hugging Face Daily Papers',
    url: 'https://huggingface.co/papers',
    note: 'gathered and voted for by AK and the research community',
  },
};

/** Where the papers of an edition are from. */
export function toNamedSources({ papers }: Pick<FullEdition, 'papers'>): NamedSource[] {
  const found = new Set(papers.flatMap(({ sources = [] }) => sources));
  return Object.entries(NAMES).flatMap(([source, named]) => (found.has(source) ? [named] : []));
}
