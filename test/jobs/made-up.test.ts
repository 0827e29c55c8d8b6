import { expect, test } from 'vitest';
import { Chance } from '../../src/jobs/seed/chance.js';
import { MadeUpPapers } from '../../src/jobs/seed/made-up-papers.js';
import { makeUpReaders } from '../../src/jobs/seed/made-up-readers.js';

const DAY = '2026-03-02';
const NOON = Date.UTC(2026, 2, 2, 12);

async function makeUp() {
  const chance = new Chance(7);
  const papers = new MadeUpPapers(chance, DAY, 3);
  const [early, late] = await Promise.all(
    [NOON, NOON + 86_400_000].map((now) => papers.source('huggingface', () => now).listDay(DAY)),
  );
  return { early, late, readers: makeUpReaders(chance, 50) };
}

test('what is made up is the same each time', async () => {
  expect(await makeUp()).toEqual(await makeUp());
});

test('made-up papers have names of their own, and votes that go on coming', async () => {
  const { early, late } = await makeUp();
  const titles = early?.papers.map(({ paper }) => paper.title) ?? [];
  expect(titles.length).toBeGreaterThan(10);
  expect(new Set(titles).size).toBe(titles.length);
  const sum = (answer: typeof early) =>
    answer?.papers.reduce((votes, { signal }) => votes + (signal?.upvotes ?? 0), 0) ?? 0;
  expect(sum(late)).toBeGreaterThan(sum(early));
});
