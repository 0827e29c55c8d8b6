import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { feeds } from '../../src/sources/feeds/feed.js';
import { serve } from './asking.js';
import { type FeedDesk, openFeeds, TODAY } from './feeding.js';

let desk: FeedDesk;
beforeEach(async () => {
  desk = await openFeeds();
});
afterEach(() => desk.served.close());

// The kind: the address of an entry, in each format and wherever it stands, whole or relative.

const DATE = '<pubDate>Wed, 04 Mar 2026 06:00:00 GMT</pubDate>';
const rss = (links: string, root = '', inItem = '') =>
  `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" ${root}><channel><title>t</title>
  <item ${inItem}><title>A</title>${links}${DATE}</item></channel></rss>`;
const atom = (links: string, root = '', inEntry = '') =>
  `<feed xmlns="http://www.w3.org/2005/Atom" ${root}><title>t</title><id>i</id>
  <entry ${inEntry}><id>tag:a</id><title>A</title>${links}<updated>2026-03-04T06:00:00Z</updated></entry></feed>`;
const rdf = (links: string, root = '', about = 'urn:a') =>
  `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" ${root}><channel><title>t</title></channel>
  <item rdf:about="${about}"><title>A</title>${links}<dc:date>2026-03-04</dc:date></item></rdf:RDF>`;
const json = (links: object) =>
  JSON.stringify({
    ...{ version: 'https://jsonfeed.org/version/1', title: 't' },
    items: [{ title: 'A', date_published: '2026-03-04', ...links }],
  });
const old = (links: string) =>
  `<rss version="0.91"><channel><title>t</title><item><title>A</title>${links}</item></channel></rss>`;

const BASE = 'xml:base="https://lab.example/news/"';

async function linkOf(body: string, path = '/feed'): Promise<string> {
  desk.bodies.set('/feed', body);
  const { papers, dropped } = await desk.list(TODAY, path);
  const link = papers[0]?.paper.url ?? dropped[0]?.reason ?? 'nothing';
  return link.replace(desk.served.url.origin, 'SITE');
}

test.each([
  ['RSS', rss('<link>https://lab.example/1</link>'), 'https://lab.example/1'],
  ['RSS 0.91, relative', old('<link>/papers/12</link>'), 'SITE/papers/12'],
  ['RSS, relative to the host', rss('<link>/papers/12</link>'), 'SITE/papers/12'],
  ['RSS, relative to the feed', rss('<link>papers/12?a=b</link>'), 'SITE/papers/12?a=b'],
  [
    'RSS, of another host by the same scheme',
    rss('<link>//lab.example/1</link>'),
    'http://lab.example/1',
  ],
  [
    'RSS, between lines and in CDATA',
    rss('<link>\n <![CDATA[ https://lab.example/1 ]]>\n</link>'),
    'https://lab.example/1',
  ],
  ['RSS, without a scheme', rss('<link>www.lab.example/1</link>'), 'https://www.lab.example/1'],
  ['RSS with a base', rss('<link>12</link>', BASE), 'https://lab.example/news/12'],
  [
    'RSS with a base in a base',
    rss('<link>12</link>', BASE, 'xml:base="x/"'),
    'https://lab.example/news/x/12',
  ],
  [
    'RSS with a link of Atom',
    rss('<atom:link rel="alternate" href="https://lab.example/1"/>'),
    'https://lab.example/1',
  ],
  [
    'RSS with links of Atom, one of them itself',
    rss('<atom:link rel="self" href="/self"/><atom:link href="/1"/>'),
    'SITE/1',
  ],
  ['RSS with a link that is blank', rss('<link/><atom:link rel="alternate" href="/1"/>'), 'SITE/1'],
  [
    'RSS with a name that is a link',
    rss('<guid>https://lab.example/1</guid>'),
    'https://lab.example/1',
  ],
  ['RSS with a name that says so', rss('<guid isPermaLink="true">/1</guid>'), 'SITE/1'],
  [
    'RSS with a name that says no',
    rss('<guid isPermaLink="false">https://lab.example/1</guid>'),
    'link is missing',
  ],
  ['RSS with a name that is a number', rss('<guid>12</guid>'), 'link is missing'],
  ['RSS with a place in the feed', rss('<link>#top</link>'), 'link is missing'],
  ['Atom', atom('<link href="https://lab.example/1"/>'), 'https://lab.example/1'],
  ['Atom, relative', atom('<link rel="alternate" href="../1"/>'), 'SITE/1'],
  ['Atom with bases', atom('<link href="1"/>', BASE, 'xml:base="/x/"'), 'https://lab.example/x/1'],
  [
    'Atom by the whole name',
    atom('<link rel="http://www.iana.org/assignments/relation/alternate" href="/1"/>'),
    'SITE/1',
  ],
  [
    'Atom with content elsewhere',
    atom('<link rel="self" href="/s"/><content src="/1" type="text/html"/>'),
    'SITE/1',
  ],
  [
    'Atom with nothing but its id',
    atom('').replace('tag:a', 'https://lab.example/1'),
    'https://lab.example/1',
  ],
  ['RSS 1.0', rdf('<link>https://lab.example/1</link>'), 'https://lab.example/1'],
  ['RSS 1.0, relative', rdf('<link>1</link>', BASE), 'https://lab.example/news/1'],
  ['RSS 1.0 with what it is about', rdf('', '', 'https://lab.example/1'), 'https://lab.example/1'],
  ['JSON', json({ id: '1', url: 'https://lab.example/1' }), 'https://lab.example/1'],
  ['JSON, relative', json({ id: '1', url: '/1' }), 'SITE/1'],
  ['JSON with an id that is one', json({ id: 'https://lab.example/1' }), 'https://lab.example/1'],
  ['JSON with an id that is none', json({ id: '1' }), 'link is missing'],
  [
    'JSON with another address',
    json({ id: '1', external_url: 'https://lab.example/1' }),
    'https://lab.example/1',
  ],
])('a link of %s', async (_what, body, link) => {
  expect(await linkOf(body)).toBe(link);
});

test('relative links are relative to where the feed was in the end', async () => {
  desk.headers.set('/old/feed', { location: '/new/place/feed' });
  desk.bodies.set('/new/place/feed', rss('<link>12</link>'));
  expect(await linkOf('', '/old/feed')).toBe('SITE/new/place/12');
});

test('a site that wants its cookie back is read', async () => {
  let seen = 0;
  const gate = await serve((request, response) => {
    if (request.headers.cookie?.includes('ok=1')) return response.end(rss('<link>/1</link>'));
    seen += 1;
    return response.writeHead(302, { location: request.url, 'set-cookie': 'ok=1; Path=/' }).end();
  });
  const { papers } = await feeds({ urls: [gate.url], timezone: 'UTC' }, desk.deps).listDay(TODAY);
  await gate.close();
  expect([papers.length, seen]).toEqual([1, 1]);
});

// The kind: what no reader may be led to.
const BAD = [
  ...[
    'https://user:pw@e.example/',
    'https://user@e.example/',
    'http://127.0.0.1/',
    'http://[::1]/',
  ],
  ...[
    'http://10.0.0.1/',
    'http://192.168.1.10/a',
    'http://169.254.169.254/latest',
    'http://2130706433/',
  ],
  ...[
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[64:ff9b::a00:1]/',
  ],
  ...['http://localhost/', 'http://localhost:3000/admin', 'http://nas.local/', 'http://printer/'],
  ...[
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'ftp://e.example/',
    'mailto:a@e.example',
  ],
];

describe('a link', () => {
  test.each(BAD)('to %s is none', async (address) => {
    const text = address.replaceAll('&', '&amp;');
    expect(await linkOf(rss(`<link>${text}</link>`))).toBe('link is missing');
    expect(await linkOf(atom(`<link href="${text}"/>`))).toBe('link is missing');
    expect(await linkOf(json({ id: '1', url: address }))).toBe('link is missing');
    const other = '<guid>https://lab.example/1</guid>';
    expect(await linkOf(rss(`<link>${text}</link>${other}`))).toBe('https://lab.example/1');
  });

  test('to a private host is one only in a feed of that host, which the operator chose', async () => {
    const own = `${desk.served.url.origin}/1`;
    expect(await linkOf(rss(`<link>${own}</link>`))).toBe('SITE/1');
    const other = `http://127.0.0.1:${Number(desk.served.url.port) - 1}/1`;
    expect(await linkOf(rss(`<link>${other}</link>`))).toBe('link is missing');
  });

  test('of a public feed is never to a private host', async () => {
    const lookup = (_name: string, _options: unknown, done: (...args: unknown[]) => void) =>
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    // As if the name meant a public address: only the connection leads here.
    const connect = { lookup: lookup as never };
    const guard = { check: () => undefined, dispatcher: new Agent({ connect }) };
    desk.bodies.set('/feed', rss('<link>/1</link>', 'xml:base="http://127.0.0.1/"'));
    const url = new URL(`http://lab.example:${desk.served.url.port}/feed`);
    const source = feeds({ urls: [url], timezone: 'UTC' }, { ...desk.deps, guard });
    const { dropped } = await source.listDay(TODAY);
    expect(dropped).toMatchObject([{ reason: 'link is missing' }]);
  });
});
