import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FeedDesk, item, openFeeds, rss } from './feeding.js';

let desk: FeedDesk;
beforeEach(async () => {
  desk = await openFeeds();
});
afterEach(() => desk.served.close());

const authors = async () => (await desk.list()).papers.map(({ paper }) => paper.authors);

/** `test/papers/author-list.test.ts` has the forms; here it is where feeds write them. */
test('a feed in RDF names its authors in one element', async () => {
  desk.bodies.set(
    '/feed',
    `<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <item rdf:about="https://journal.example/1"><title>One title</title>
    <link>https://journal.example/1</link><dc:date>2026-03-04</dc:date>
    <dc:creator>Li, X., Wang, Y., van der Berg, P.-J.</dc:creator></item></rdf:RDF>`,
  );
  expect(await authors()).toEqual([['X. Li', 'Y. Wang', 'P.-J. van der Berg']]);
});

test('a feed in RSS does so as well, or has an element for each', async () => {
  const creators = (...names: string[]) =>
    names.map((name) => `<dc:creator>${name}</dc:creator>`).join('');
  desk.bodies.set(
    '/feed',
    rss(
      item('One', creators('A. One, B. Two &amp;amp; C. Three')),
      item('Two', creators('García Márquez, Gabriel', 'Borges, Jorge Luis')),
      item('Three', creators('Hopper, Grace')),
      item('Four', '<author>jane@journal.example (Jane Doe)</author>'),
    ),
  );
  expect(await authors()).toEqual([
    ['A. One', 'B. Two', 'C. Three'],
    ['Gabriel García Márquez', 'Jorge Luis Borges'],
    ['Grace Hopper'],
    ['Jane Doe'],
  ]);
});
