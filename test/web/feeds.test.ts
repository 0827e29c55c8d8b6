import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import { annotate } from '../../src/editions/curate-draft.js';
import { addSuggestion } from '../../src/editions/suggest.js';
import { parseXml, type XmlElement } from './markup.js';
import { HOUR, NOW, openSite, pickFixtures, pickPaper, type Site } from './site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite({ publicUrl: 'https://papers.example.org' });
});
afterEach(() => site.close());

async function atom(): Promise<XmlElement> {
  const { statusCode, headers, body } = await site.get('/feed.atom');
  expect([statusCode, headers['content-type']]).toEqual([
    200,
    'application/atom+xml; charset=utf-8',
  ]);
  return parseXml(body);
}

function children(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

function child(element: XmlElement, name: string): string | undefined {
  const [only, ...others] = children(element, name);
  expect(others).toEqual([]);
  return only?.text;
}

describe('the Atom feed (RFC 4287)', () => {
  test('is well-formed and has what must be there, even while it is empty', async () => {
    const feed = await atom();
    expect([feed.name, feed.attributes['xmlns']]).toEqual(['feed', 'http://www.w3.org/2005/Atom']);
    expect(child(feed, 'id')).toBe('https://papers.example.org/');
    expect(child(feed, 'title')).toBe('Paperboy');
    expect(child(feed, 'updated')).toBe(new Date(NOW).toISOString());
    expect(children(feed, 'entry')).toEqual([]);
    const links = children(feed, 'link').map(({ attributes }) => attributes);
    expect(links).toEqual([
      { rel: 'self', href: 'https://papers.example.org/feed.atom' },
      { rel: 'alternate', href: 'https://papers.example.org/' },
    ]);
  });

  test('has an entry for each edition, newest first', async () => {
    await pickFixtures(site);
    const entries = children(await atom(), 'entry');
    expect(entries.map((entry) => child(entry, 'id'))).toEqual([
      'https://papers.example.org/papers/2026-03-04',
      'https://papers.example.org/papers/2026-03-03',
      'https://papers.example.org/papers/2026-03-02',
    ]);
    for (const entry of entries) {
      expect(child(entry, 'title')).toMatch(/ 2026: \d+ papers$/);
      expect(child(entry, 'updated')).toBe(new Date(NOW).toISOString());
      expect(child(entry, 'summary')).toMatch(/.+; .+; .+/);
      // All of its papers, each with a text and the way to its page.
      const count = Number(/(\d+) papers$/.exec(child(entry, 'title') ?? '')?.[1]);
      const html = child(entry, 'content') ?? '';
      expect(html.match(/<h3><a href="https:\/\/papers\.example\.org\/paper\//g)).toHaveLength(
        count,
      );
    }
  });

  test('stays well-formed whatever titles hold, and they read as they were', async () => {
    const title = '<think> & "quotes" \' ]]> &amp; ℝ é \u{1F680}';
    await pickPaper(site, '2026-03-04', { title });
    const [entry] = children(await atom(), 'entry');
    expect(entry && child(entry, 'title')).toBe('Wednesday 4 March 2026: 1 paper');
    expect(entry && child(entry, 'summary')).toBe(title);
  });
});

describe('the JSON feed (version 1.1)', () => {
  test('says the same', async () => {
    await pickFixtures(site);
    const { statusCode, headers, body } = await site.get('/feed.json');
    expect([statusCode, headers['content-type']]).toEqual([
      200,
      'application/feed+json; charset=utf-8',
    ]);
    const feed = JSON.parse(body);
    expect(feed).toMatchObject({
      version: 'https://jsonfeed.org/version/1.1',
      title: 'Paperboy',
      home_page_url: 'https://papers.example.org/',
      feed_url: 'https://papers.example.org/feed.json',
    });
    const entries = children(await atom(), 'entry');
    expect(feed.items).toEqual(
      entries.map((entry) => ({
        id: child(entry, 'id'),
        url: child(entry, 'id'),
        title: child(entry, 'title'),
        summary: child(entry, 'summary'),
        content_html: child(entry, 'content'),
        date_published: child(entry, 'updated'),
        date_modified: child(entry, 'updated'),
      })),
    );
  });

  test('tells that only the note has changed, as the Atom feed does', async () => {
    await pickFixtures(site);
    site.clock.time += HOUR;
    const target = { kind: 'daily', date: '2026-03-03' } as const;
    await annotate({ ...site.store, logger: createLogger('silent') }, target, 'Read these.');
    const later = new Date(NOW + HOUR).toISOString();
    const updated = ({ children }: XmlElement) =>
      children.filter(({ name }) => name === 'updated').map(({ text }) => text);
    const feed = await atom();
    expect(updated(feed)).toEqual([later]);
    const now = new Date(NOW).toISOString();
    expect(children(feed, 'entry').flatMap(updated)).toEqual([now, later, now]);
    const { items } = (await site.get('/feed.json')).json<{ items: Record<string, string>[] }>();
    expect(items[1]).toMatchObject({ date_published: now, date_modified: later });
    expect(items[1]?.['summary']).toMatch(/^Read these\./);
  });

  test('names who suggested a paper', async () => {
    await addSuggestion(site.store.suggestions, '2603.00009', {
      name: 'Ada',
      comment: null,
      at: NOW,
    });
    await site.store.suggestions.accept('2603.00009', {
      ...{ from: 'pending', day: '2026-03-04', credit: ['Ada'], at: NOW },
    });
    await pickPaper(site, '2026-03-04', {
      id: '2603.00009',
      arxivId: '2603.00009',
      title: 'A paper',
    });
    const [entry] = children(await atom(), 'entry');
    expect(entry && child(entry, 'summary')).toBe('A paper (suggested by Ada)');
  });

  test('is a feed without items while there is no edition', async () => {
    expect((await site.get('/feed.json')).json()).toMatchObject({ items: [] });
  });
});

test('feeds keep to the newest twenty editions', async () => {
  for (let day = 1; day <= 25; day++) {
    const date = `2025-01-${String(day).padStart(2, '0')}`;
    await pickPaper(site, date, { id: `2501.${10_000 + day}` });
  }
  expect(children(await atom(), 'entry')).toHaveLength(20);
  const { items } = (await site.get('/feed.json')).json<{ items: { id: string }[] }>();
  expect(items.map(({ id }) => id)).toHaveLength(20);
  expect(items[0]?.id).toBe('https://papers.example.org/papers/2025-01-25');
});
