import { expect, test } from 'vitest';
import type { RatedPaper } from '../../src/papers/paper.js';
import { SOURCE_NAMES } from '../../src/sources/source.js';
import { toNamedSources } from '../../src/views/named-sources.js';
import { digestOf, editionOf } from '../digest/editions.js';
import { rated } from '../papers/rated.js';

const of = (...sources: string[][]): RatedPaper[] =>
  sources.map((all, n) => ({ ...rated(`2603.0000${n}`), sources: all }));

/** The foot of both parts, each on one line. */
function feet(papers: readonly RatedPaper[]): string[] {
  const { html, text } = digestOf(editionOf(papers));
  const plain = html.slice(html.indexOf('<body')).replace(/<[^>]+>/g, '');
  return [plain, text].map((part) => {
    const line = part.replace(/\s+/g, ' ').replace(/ \(https:[^)]*\)/g, '');
    return /Papers from: .*?(?= You get)/.exec(line.replaceAll('&middot;', '·'))?.[0] ?? '';
  });
}

test('a digest names the sources that its edition is from, and no others', () => {
  const voted =
    'Hugging Face Daily Papers, gathered and voted for by AK and the research community';
  expect(feet(of(['huggingface']))).toEqual(Array(2).fill(`Papers from: ${voted}`));
  expect(feet(of(['arxiv'], ['arxiv']))).toEqual(Array(2).fill('Papers from: arXiv'));
  expect(feet(of(['huggingface', 'suggestion'], ['arxiv']))).toEqual(
    Array(2).fill(`Papers from: arXiv · readers’ suggestions · ${voted}`),
  );
  expect(feet(of([]))).toEqual(['', '']);
  expect(digestOf(editionOf(of(['arxiv']))).html).not.toContain('Hugging Face');
});

test('a paper on which nobody counts votes shows none, and one without votes shows that', () => {
  const zero = rated('2603.00001', { upvotes: 0 });
  const quiet: RatedPaper = { ...rated('2603.00002', { upvotes: 0 }), uncounted: true };
  const counted = digestOf(editionOf([zero]));
  expect(counted.html).toContain('aria-label="0 votes"');
  expect(counted.text).toContain('\n\n     0 votes\n     Paper ');
  const uncounted = digestOf(editionOf([quiet]));
  expect(uncounted.html).not.toMatch(/vote|&#9650;|▲/);
  expect(uncounted.text).not.toMatch(/\bvotes?\b/);
  expect(uncounted.text).toContain('What 2603.00002 found.\n\n     Paper ');
  const starred = {
    ...quiet,
    codeUrl: 'https://code.example',
    signal: { ...quiet.signal, codeStars: 7 },
  };
  expect(digestOf(editionOf([starred])).text).toContain(
    '\n\n     7 stars for the code\n     Paper ',
  );
});

test('titles and texts in a script that runs to the left stand on their own', () => {
  const { html } = digestOf(editionOf([rated('2603.00001', {}, { title: 'נייר על שפה' })]));
  expect(html).toMatch(/<h2[^>]* dir="auto"[^>]*><a class="t"[^>]*>נייר על שפה<\/a>/);
  expect(html).toMatch(/<p dir="auto"[^>]*>What 2603\.00001 found\./);
});

test('every source that can be set up has a name for readers', () => {
  for (const source of [...SOURCE_NAMES, 'file', 'suggestion']) {
    expect([source, toNamedSources({ papers: of([source]) }).length]).toEqual([source, 1]);
  }
});
