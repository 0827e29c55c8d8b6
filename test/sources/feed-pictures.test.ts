import { afterEach, beforeEach, expect, test } from 'vitest';
import { feeds } from '../../src/sources/feeds/feed.js';
import { type FeedDesk, item, openFeeds, TODAY } from './feeding.js';

let desk: FeedDesk;
beforeEach(async () => {
  desk = await openFeeds();
});
afterEach(() => desk.served.close());

const PICTURE = 'https://cdn.example/a.png';

async function pictureOf(body: string): Promise<string | undefined> {
  desk.bodies.set('/feed', body);
  const { papers } = await desk.list(TODAY);
  expect(papers).toHaveLength(1);
  return papers[0]?.paper.pictureUrl;
}

const rss = (inside: string) =>
  `<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>x</title>${item('A paper of ours', inside)}</channel></rss>`;

test.each([
  ['a thumbnail', `<media:thumbnail url="${PICTURE}"/>`],
  ['content', `<media:content url="${PICTURE}" medium="image"/>`],
  ['content with a type', `<media:content url="${PICTURE}" type="image/png"/>`],
  ['a group', `<media:group><media:content url="${PICTURE}" type="image/png"/></media:group>`],
  ['an enclosure', `<enclosure url="${PICTURE}" type="image/png" length="9"/>`],
  [
    'content beside a film',
    `<media:content url="https://cdn.example/a.mp4" medium="video"><media:thumbnail url="${PICTURE}"/></media:content>`,
  ],
])('RSS gives a picture by %s', async (_name, inside) => {
  expect(await pictureOf(rss(inside))).toBe(PICTURE);
});

test.each([
  ['a film', '<enclosure url="https://cdn.example/a.mp4" type="video/mp4" length="9"/>'],
  ['a podcast', '<media:content url="https://cdn.example/a.mp3" type="audio/mpeg"/>'],
  ['of our own network', '<media:thumbnail url="http://10.0.0.7/a.png"/>'],
  ['no address', '<media:thumbnail url="data:image/png;base64,AAAA"/>'],
  ['blank', '<media:thumbnail url=""/>'],
  ['nothing at all', ''],
])('what is %s is no picture', async (_name, inside) => {
  expect(await pictureOf(rss(inside))).toBeUndefined();
});

test('two addresses are kept, the second for when the first is of no use', async () => {
  const others = ['https://cdn.example/b.png', 'https://cdn.example/c.png'];
  const media = [PICTURE, PICTURE, ...others].map((url) => `<media:thumbnail url="${url}"/>`);
  expect(await pictureOf(rss(media.join('')))).toBe(`${PICTURE} ${others[0]}`);
});

test('a feed names pictures on its own host, and none on that of another feed', async () => {
  const other = await openFeeds();
  try {
    const inside = (from: FeedDesk) => rss(`<media:thumbnail url="${from.served.url}a.png"/>`);
    const read = async (body: string) => {
      desk.bodies.set('/feed', body);
      other.bodies.set('/feed', rss('').replace('A paper of ours', 'Another'));
      const urls = [desk, other].map(({ served }) => new URL('/feed', served.url));
      const { papers } = await feeds({ urls, timezone: 'UTC' }, desk.deps).listDay(TODAY);
      return papers.find(({ paper }) => paper.title === 'A paper of ours')?.paper.pictureUrl;
    };
    expect(await read(inside(desk))).toBe(`${desk.served.url}a.png`);
    expect(await read(inside(other))).toBeUndefined();
  } finally {
    await other.served.close();
  }
});

test('Atom gives one by a link, JSON by its own field', async () => {
  const atom = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><id>x</id>
<updated>2026-03-04T06:00:00Z</updated><entry><id>urn:a</id><title>A paper of ours</title>
<link href="https://journal.example/a"/><link rel="enclosure" type="image/png" href="${PICTURE}"/>
<updated>2026-03-04T06:00:00Z</updated></entry></feed>`;
  expect(await pictureOf(atom)).toBe(PICTURE);
  const entry = {
    ...{ id: 'a', url: 'https://journal.example/a', title: 'A paper of ours', image: PICTURE },
    date_published: '2026-03-04T06:00:00Z',
  };
  const json = { version: 'https://jsonfeed.org/version/1.1', title: 'x', items: [entry] };
  expect(await pictureOf(JSON.stringify(json))).toBe(PICTURE);
});
