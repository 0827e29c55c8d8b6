import { afterEach, expect, test } from 'vitest';
import { dice } from '../bench/kit/papers.js';
import { openSite, pickPapers, type Site } from './site.js';

/** A slow phone has it in a second. */
const MOST = 20_000;

let site: Site;
afterEach(() => site.close());

test('the front page of a day with fifty papers is at most 20,000 bytes, compressed', async () => {
  site = await openSite();
  const roll = dice(14);
  const letters = 'etaoinshrdlucmfwypvbgkqj';
  const newWord = () =>
    Array.from({ length: 3 + roll(7) }, () => letters[Math.min(roll(24), roll(24))]).join('');
  // As many different words as the titles and abstracts of such a day have.
  const words = Array.from({ length: 3_000 }, newWord);
  const text = (count: number) =>
    Array.from({ length: count }, () => words[Math.min(roll(3_000), roll(3_000))]).join(' ');
  const papers = Array.from({ length: 50 }, (_, n) => {
    const id = `2603.${10_000 + n}`;
    return {
      ...{ id, arxivId: id, title: text(10), abstract: text(190), summary: text(22) },
      ...{ authors: Array.from({ length: 8 }, () => text(2)), organisation: text(2) },
      pdfUrl: `https://arxiv.org/pdf/${id}`,
      codeUrl: `https://github.com/${text(1)}/${text(1)}`,
    };
  });
  await pickPapers(site, '2026-03-04', papers);
  const { headers, body, rawPayload } = await site.get('/', { 'accept-encoding': 'gzip' });
  expect([headers['content-encoding'], body.length > 0]).toEqual(['gzip', true]);
  expect(rawPayload.length).toBeLessThanOrEqual(MOST);
  // All that is left out is one step away.
  const whole = await site.get('/papers/2026-03-04');
  for (const { abstract } of papers) expect(whole.body).toContain(abstract);
});
