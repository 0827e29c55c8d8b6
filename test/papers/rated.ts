import { parseArxivId } from '../../src/papers/identity.js';
import type { Paper, RatedPaper, Signal } from '../../src/papers/paper.js';

/** A paper with little in it; `changes` says what matters. */
export function rated(
  id: string,
  signal: Partial<Signal> = {},
  changes: Partial<Paper> = {},
): RatedPaper {
  return {
    id,
    arxivId: parseArxivId(id)?.id ?? null,
    doi: null,
    title: `The paper ${id}`,
    abstract: `What ${id} found.`,
    summary: null,
    authors: ['Ada Lovelace', 'Grace Hopper'],
    organisation: null,
    publishedOn: '2026-03-01',
    url: `https://huggingface.co/papers/${id}`,
    pdfUrl: `https://arxiv.org/pdf/${id}`,
    codeUrl: null,
    projectUrl: null,
    keywords: [],
    categories: [],
    withdrawn: false,
    ...changes,
    signal: { upvotes: 1, comments: 0, codeStars: null, ...signal },
  };
}
