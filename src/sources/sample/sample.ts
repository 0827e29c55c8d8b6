import type { Day } from '../../base/day.js';
import type { RatedPaper } from '../../papers/paper.js';
import sample from './sample-papers.json' with { type: 'json' };

/** The papers that come with the program, as of the day they were gathered. */
export function samplePapers(): { date: Day; papers: RatedPaper[] } {
  const papers = sample.papers.map(({ upvotes, comments, codeStars, ...paper }) => ({
    ...paper,
    arxivId: paper.id,
    doi: null,
    categories: [],
    withdrawn: false,
    url: `https://huggingface.co/papers/${paper.id}`,
    pdfUrl: `https://arxiv.org/pdf/${paper.id}`,
    signal: { upvotes, comments, codeStars },
    sources: ['huggingface'],
  }));
  return { date: sample.date, papers };
}
