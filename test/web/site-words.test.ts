import { afterEach, describe, expect, test } from 'vitest';
import { Cards } from '../../src/digest/cards.js';
import { renderDigest } from '../../src/digest/digest.js';
import { compileTemplates } from '../../src/digest/templates.js';
import { TEMPLATES } from '../../src/views/liquid.js';
import { fixtureEdition } from '../digest/editions.js';
import { english, plainSite } from '../support/words.js';
import { textOf } from './markup.js';
import { openSite, type Site } from './site.js';

const OURS = {
  publicUrl: 'https://papers.example.org',
  tagline: 'What our <lab> reads',
  accent: { light: '#123456', dark: '#abcdef' },
  contact: 'papers@example.org',
  imprint: 'Example Lab\nReg. 42',
  postalAddress: '1 Main Street\nSpringfield',
};

let site: Site | undefined;
afterEach(async () => {
  await site?.close();
  site = undefined;
});

describe('what an operator says of the site', () => {
  test('is on its pages', async () => {
    site = await openSite({ ...OURS, siteName: 'Lab Papers' });
    const { body } = await site.get('/');
    expect(body).toContain('What our &lt;lab&gt; reads');
    expect(body).toContain('href="mailto:papers@example.org"');
    expect(textOf(body).match(/Paperboy/g)).toHaveLength(1);
    const imprint = await site.get('/imprint');
    expect([imprint.statusCode, imprint.body]).toEqual([
      200,
      expect.stringContaining('Example Lab<br>Reg. 42'),
    ]);
    const [, css = ''] = /href="(\/assets\/site\.[^"]*)"/.exec(body) ?? [];
    expect((await site.get(css)).body).toMatch(/#123456[\s\S]*#abcdef/);
  });

  test('has no page of its own where it is a page elsewhere', async () => {
    site = await openSite({ ...OURS, imprint: 'https://www.example.org/imprint' });
    expect((await site.get('/')).body).toContain('href="https://www.example.org/imprint"');
    expect((await site.get('/imprint')).statusCode).toBe(404);
  });

  test('is in both parts of a digest', async () => {
    const ours = plainSite({ ...OURS, name: 'Lab Papers' });
    const templates = await compileTemplates(TEMPLATES, ours.accent);
    const edition = fixtureEdition('2026-03-02');
    const selection = { papers: edition.papers.map(({ id }) => id), reasons: [] };
    const cards = new Cards(edition, templates, english);
    const { html, text } = renderDigest({ templates, site: ours }, cards, selection, null);
    for (const part of [html, text]) {
      expect(part).toContain('Springfield');
      expect(part).toContain('https://papers.example.org/imprint');
      expect(part).toContain('papers@example.org');
      expect(part).not.toContain('Paperboy');
    }
    expect(html).toContain('#123456');
    expect(html).not.toContain('#0d5c45');
  });
});
