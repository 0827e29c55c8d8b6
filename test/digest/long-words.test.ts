import { expect, test } from 'vitest';
import { rated } from '../papers/rated.js';
import { digestOf, editionOf } from './editions.js';

const RUN =
  'Careful measurements across several different language models confirm surprising behaviour everywhere.';
const PLAIN = 'We look at how it fares, and why: it is the data.';

/** The texts of the papers in the digest. */
function digestText(...papers: { summary: string | null; abstract: string }[]) {
  const edition = editionOf(papers.map((paper, n) => rated(`2603.0000${n + 1}`, {}, paper)));
  const { html, text } = digestOf(edition);
  // Without the preview that mailboxes show beside the subject.
  return { html: html.slice(html.indexOf('<h1')), text: text.replace(/\s+/g, ' ') };
}

const filler = Array.from({ length: 3 }, () => ({ summary: null, abstract: PLAIN }));

test.each([
  ['a brief one', [...filler, { summary: RUN, abstract: 'It is so, in the end.' }]],
  ['a lead', [{ summary: RUN, abstract: 'It is so, in the end.' }]],
])('of a summary of long words in a row %s has the abstract instead', (_which, papers) => {
  const { html, text } = digestText(...papers);
  for (const part of [html, text]) {
    expect(part).toContain('It is so, in the end.');
    expect(part).not.toContain(RUN);
  }
});

test('nothing else is left out', () => {
  for (const abstract of ['', RUN, `${PLAIN} ${RUN}`]) {
    const { text } = digestText(...filler, { summary: RUN, abstract });
    expect(text).toContain(RUN);
  }
  const { text } = digestText({ summary: PLAIN, abstract: RUN });
  expect(text).toContain(PLAIN);
  expect(text).toContain(RUN);
});
