import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanText } from '../../src/text/clean.js';
import { hostile } from '../text/hostile.js';
import { parseXml, toShape } from './markup.js';
import { openSite, pickPaper } from './site.js';

const DAY = '2026-03-02';

test('whatever a source says, pages and feeds have the elements of their templates and no others', async () => {
  const shapes = async (texts: { title: string; abstract: string; name: string }) => {
    const site = await openSite();
    try {
      await pickPaper(site, DAY, {
        title: cleanText(`T ${texts.title}`),
        abstract: cleanText(`A ${texts.abstract}`),
        authors: [cleanText(`N ${texts.name}`)],
      });
      const pages = ['/', `/papers/${DAY}`, '/archive'];
      const html = await Promise.all(pages.map(async (page) => (await site.get(page)).body));
      const atom = (await site.get('/feed.atom')).body;
      expect(() => parseXml(atom)).not.toThrow();
      const json = (await site.get('/feed.json')).json();
      expect(json.items).toHaveLength(1);
      return [...html, atom].map(toShape);
    } finally {
      await site.close();
    }
  };
  const expected = await shapes({ title: 'a', abstract: 'a', name: 'a' });
  const texts = fc.record({ title: hostile, abstract: hostile, name: hostile });
  await fc.assert(
    fc.asyncProperty(texts, async (said) => {
      expect(await shapes(said)).toEqual(expected);
    }),
    { numRuns: 25 },
  );
}, 60_000);
