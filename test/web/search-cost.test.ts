import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Paper } from '../../src/papers/paper.js';
import { MAX_ABSTRACT, MAX_AUTHORS, MAX_TITLE } from '../../src/sources/fields.js';
import { openSite, pickPapers, type Site } from './site.js';

/** As many times what a page of honest papers costs. */
const MOST_TIMES = 15;
/** Milliseconds of computing below which a measurement is noise. */
const NOISE = 10;
const PAPERS = 20;

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const fill = (text: string, length: number) =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** Papers that are all found. */
async function fillWith(day: string, paper: Partial<Paper>) {
  await pickPapers(site, day, Array(PAPERS).fill(paper));
}

async function cost(query: string): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  // The first one compiles the templates, and the machine is shared.
  for (let round = 0; round < 4; round++) {
    const began = process.cpuUsage();
    const { statusCode, body } = await site.get(`/search?${new URLSearchParams({ q: query })}`);
    const { user, system } = process.cpuUsage(began);
    expect([statusCode, body.match(/<h3/g)?.length]).toEqual([200, PAPERS]);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

describe('a search costs little, whatever sources have sent', () => {
  const phrases = Array.from({ length: 9 }, (_, n) => `"${fill('aaa ', 4 * (n + 2)).trim()}"`);
  const words = Array.from({ length: 5_000 }, (_, n) => `abc${n}ing`);
  test.each<[string, string, string[], string]>([
    ['overlapping phrases', 'aaa ', ['Ada'], phrases.join(' ')],
    ['a prefix of all words', 'aaa ', ['Ada'], 'aaa* aaa "aaa aaa aaa"'],
    ['words that all differ', `${words.join(' ')} `, ['Ada'], 'abc* abc1*'],
    ['one word without an end', 'a', ['Ada'], 'aaa*'],
    ['accents without a letter', 'e\u0301', ['Ada'], 'eee*'],
    ['single letters', 'a b c ', ['Ada'], 'a b c "a b" "b c" "c a b" "b c a b c"'],
    ['thousands of authors', 'aaa ', Array(MAX_AUTHORS).fill('Ada Aaa'), 'aaa author:ada'],
    [
      'thousands of authors, found',
      'aaa ',
      Array(MAX_AUTHORS).fill('Ada Aaa'),
      'author:ada author:aaa',
    ],
  ])('%s', async (_what, text, authors, query) => {
    const honest = { title: 'Lantern maps', abstract: fill('A lantern of glass. ', 1_500) };
    await fillWith('2026-03-02', honest);
    // As large as sources may send them.
    const hostile = { title: fill(text, MAX_TITLE), abstract: fill(text, MAX_ABSTRACT), authors };
    await fillWith('2026-03-03', hostile);
    const usual = await cost('lantern glass');
    expect(await cost(query)).toBeLessThan(MOST_TIMES * Math.max(usual, NOISE));
  });
});
