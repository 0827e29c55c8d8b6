import { expect, test } from 'vitest';
import { isDay } from '../../src/base/day.js';
import { samplePapers } from '../../src/sources/sample/sample.js';
import { cleanText } from '../../src/text/clean.js';

test('the bundled papers are as clean as those of any source', () => {
  const { date, papers } = samplePapers();
  expect(isDay(date)).toBe(true);
  expect(papers.length).toBeGreaterThanOrEqual(10);
  expect(new Set(papers.map(({ id }) => id)).size).toBe(papers.length);
  for (const paper of papers) {
    expect(paper.id).toMatch(/^\d{4}\.\d{5}$/);
    expect(paper.authors.length).toBeGreaterThan(0);
    expect(paper.summary === null || paper.summary !== '').toBe(true);
    const texts = [
      paper.title,
      paper.abstract,
      paper.summary,
      paper.organisation,
      ...paper.authors,
    ];
    for (const text of texts) expect(cleanText(text ?? '')).toBe(text ?? '');
    for (const url of [paper.url, paper.pdfUrl, paper.codeUrl, paper.projectUrl]) {
      if (url !== null) expect(url).toMatch(/^https:\/\//);
    }
    expect(paper.signal.upvotes).toBeGreaterThanOrEqual(0);
  }
});
