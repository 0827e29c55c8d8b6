import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attribute, type Tag, tags, textOf } from './markup.js';
import { NOW, openSite, pickFixtures, type Site } from './site.js';

let site: Site;
const pages = new Map<string, string>();

/** Every page that there is, in each of its shapes. */
beforeAll(async () => {
  site = await openSite({ inboxUrl: 'http://localhost:1080' });
  const keep = async (name: string, answer: Promise<{ body: string }>) => {
    pages.set(name, (await answer).body);
  };
  await keep('front page without an edition', site.get('/'));
  await keep('empty archive', site.get('/archive'));
  await pickFixtures(site);
  await keep('front page', site.get('/'));
  await keep('edition', site.get('/papers/2026-03-03'));
  await keep('archive', site.get('/archive'));
  await keep('search', site.get('/search'));
  await keep('found', site.get('/search?q=we'));
  await keep('found by days', site.get('/search?q=we&from=2026-03-03&page=1'));
  await keep('nothing found', site.get('/search?q=nobodyhasthis'));
  await keep('search with an error', site.get('/search?q=x&from=soon'));
  await keep('not found', site.get('/nothing'));
  await keep('bad date', site.get('/papers/never'));
  await keep('subscribed', site.post('/subscribe', { email: 'eve@reader.test' }));
  await keep('suggest', site.get('/suggest'));
  await keep('suggested', site.post('/suggest', { link: '2603.12345' }));
  await keep('suggest with an error', site.post('/suggest', { link: 'x', name: 'Ada' }));
  const longComment = { link: '2603.12345', comment: 'x'.repeat(501) };
  await keep('suggest with a long comment', site.post('/suggest', longComment));
  await keep('form with an error', site.post('/subscribe', { email: 'nobody', hour: '7' }));
  const wrongZone = { email: 'eve@reader.test', timezone: 'Vienna' };
  await keep('form with a wrong zone', site.post('/subscribe', wrongZone));
  await keep(
    'form with a wrong hour',
    site.post('/subscribe', { ...wrongZone, timezone: '', hour: 'x' }),
  );
  await keep('time zones', site.get('/timezones'));
  await keep('subscribe', site.get('/subscribe'));
  await keep('a link without its end', site.get('/preferences'));
  await keep('for programs', site.get('/api/docs'));

  const { id, round } = await site.subscriber('ada@reader.test', 'pending');
  const confirm = (expiresAt: number) =>
    `/confirm/${site.tokens.confirm({ subscriberId: id, round, expiresAt })}`;
  const preferences = `/preferences/${site.tokens.preferences(id)}`;
  const unsubscribe = `/unsubscribe/${site.tokens.unsubscribe(id)}`;
  await keep('expired', site.get(confirm(NOW)));
  await keep('confirm', site.get(confirm(NOW + 60_000)));
  await keep('pending preferences', site.get(preferences));
  await keep('confirmed', site.post(confirm(NOW + 60_000)));
  await keep('used', site.get(confirm(NOW + 60_000)));
  await keep('preferences', site.get(preferences));
  await keep('saved preferences', site.post(preferences, { hour: '7' }));
  await keep('preferences with an error', site.post(preferences, { hour: '99' }));
  await keep('preferences with a wrong zone', site.post(preferences, { timezone: 'Mars' }));
  const long = 'x'.repeat(99);
  const allWrong = { hour: '99', timezone: 'x', frequency: 'x', weekday: 'x', length: '7' };
  const lists = { topics: long, keywords: long, authors: long, organisations: long };
  await keep('preferences all wrong', site.post(preferences, { ...allWrong, ...lists }));
  await keep('paused preferences', site.post(preferences, { do: 'pause' }));
  await keep('unsubscribe', site.get(unsubscribe));
  await keep('unsubscribed', site.post(unsubscribe));
  await keep('preferences of one who left', site.get(preferences));
  await keep('deleted', site.post(preferences, { do: 'delete', sure: 'yes' }));
});
afterAll(() => site.close());

function everyPage(check: (html: string, name: string) => void): void {
  expect(pages.size).toBe(39);
  for (const [name, html] of pages) {
    try {
      check(html, name);
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
}

const FIELDS = ['input', 'select', 'textarea'];

/** What a reader hears before a field: the text of its label. */
function labelOf(html: string, field: Tag): string {
  const id = attribute(field, 'id');
  const labels = [...html.matchAll(/<label([^>]*)>([\s\S]*?)<\/label>/g)];
  const own = labels.find(([, attributes = '', inner = '']) => {
    if (id !== undefined && attributes.includes(`for="${id}"`)) return true;
    return tags(inner).some(
      (tag) =>
        tag.name === field.name &&
        attribute(tag, 'name') === attribute(field, 'name') &&
        attribute(tag, 'value') === attribute(field, 'value'),
    );
  });
  return textOf(own?.[2] ?? '');
}

describe('every page', () => {
  test('is in English and named', () => {
    everyPage((html) => {
      expect(html.startsWith('<!doctype html>')).toBe(true);
      expect(tags(html, 'html').map((tag) => attribute(tag, 'lang'))).toEqual(['en-GB']);
      expect(/<title>(.+)<\/title>/.exec(html)?.[1]).toMatch(/Paperboy/);
    });
    const titles = [...pages.values()].map((html) => /<title>(.*)<\/title>/.exec(html)?.[1]);
    expect(new Set(titles).size).toBeGreaterThan(10);
  });

  test('may be zoomed', () => {
    everyPage((html) => {
      const viewport = tags(html, 'meta').find((tag) => attribute(tag, 'name') === 'viewport');
      expect(attribute(viewport, 'content')).toBe('width=device-width, initial-scale=1');
    });
  });

  test('has one first heading, and no level is left out below it', () => {
    everyPage((html) => {
      const levels = tags(html)
        .filter(({ name }) => /^h[1-6]$/.test(name))
        .map(({ name }) => Number(name.slice(1)));
      expect(levels.filter((level) => level === 1)).toHaveLength(1);
      levels.reduce((before, level) => {
        expect(level).toBeLessThanOrEqual(before + 1);
        return level;
      }, 0);
    });
  });

  test('begins with a link that skips to its content', () => {
    everyPage((html) => {
      const [first] = tags(html, 'a');
      expect(first?.attributes).toMatchObject({ class: 'skip', href: '#main' });
      expect(tags(html, 'main').map((tag) => attribute(tag, 'id'))).toEqual(['main']);
    });
  });

  test('has a label for each field, and words on each button and link', () => {
    everyPage((html) => {
      const fields = tags(html).filter(
        (tag) => FIELDS.includes(tag.name) && attribute(tag, 'type') !== 'hidden',
      );
      for (const field of fields) {
        expect([field.attributes, labelOf(html, field)]).toEqual([
          field.attributes,
          expect.stringMatching(/\w/),
        ]);
      }
      for (const [, , inner = ''] of html.matchAll(
        /<(a|button|summary)[\s>][^>]*?>?([\s\S]*?)<\/\1>/g,
      )) {
        expect(textOf(inner)).toMatch(/\S/);
      }
      expect(tags(html, 'img')).toEqual([]);
    });
  });

  test('refers only to ids that it has, each once', () => {
    everyPage((html) => {
      const ids = tags(html).flatMap((tag) => attribute(tag, 'id') ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      for (const tag of tags(html)) {
        for (const name of ['for', 'aria-labelledby', 'aria-describedby']) {
          const target = attribute(tag, name);
          if (target !== undefined) expect(ids).toEqual(expect.arrayContaining(target.split(' ')));
        }
      }
    });
  });

  test('has no script or style of its own and nothing from elsewhere', () => {
    everyPage((html) => {
      for (const [, source, inside] of html.matchAll(/<script[^>]* src="([^"]*)">([^<]*)/g)) {
        expect([source, inside]).toEqual([expect.stringMatching(/^\/assets\/[\w.]+$/), '']);
      }
      expect(tags(html, 'script').every((tag) => 'src' in tag.attributes)).toBe(true);
      for (const name of ['style', 'iframe', 'object', 'embed', 'base']) {
        expect(tags(html, name)).toEqual([]);
      }
      for (const { attributes } of tags(html)) {
        const names = Object.keys(attributes);
        expect(names.filter((name) => name === 'style' || /^on/.test(name))).toEqual([]);
      }
      const loaded = tags(html, 'link').map((tag) => attribute(tag, 'href'));
      expect(loaded.every((href) => href?.startsWith('/'))).toBe(true);
      expect(html).not.toMatch(/javascript:/i);
    });
  });

  test('says where in the site it is', () => {
    const current = (name: string) =>
      tags(pages.get(name) ?? '', 'a').find((tag) => attribute(tag, 'aria-current') === 'page');
    expect(attribute(current('front page'), 'href')).toBe('/');
    expect(attribute(current('archive'), 'href')).toBe('/archive');
    expect(attribute(current('found'), 'href')).toBe('/search');
    expect(current('edition')).toBeUndefined();
  });
});

test('an error is announced, and stands by its field', () => {
  const html = pages.get('form with an error') ?? '';
  const error = tags(html).find((tag) => attribute(tag, 'id') === 'email-error');
  expect(attribute(error, 'role')).toBe('alert');
  const field = tags(html, 'input').find((tag) => attribute(tag, 'id') === 'email');
  expect(field?.attributes).toMatchObject({
    'aria-invalid': 'true',
    'aria-describedby': 'email-error',
    autofocus: true,
  });
});

test('the stylesheet keeps what people need: visible focus, dark mode, calm', async () => {
  const { body: css } = await site.get('/assets/site.css');
  expect(css).toMatch(/:focus-visible/);
  expect(css).toMatch(/prefers-color-scheme: dark/);
  expect(css.match(/[^{}]*\{[^{}]*transition/g)).toHaveLength(1);
  expect(css).toMatch(/prefers-reduced-motion: no-preference\) \{[^}]*transition/);
  expect(css.match(/[^}]*\{[^}]*outline:\s*(none|0)\b/g)).toEqual([
    expect.stringMatching(/\bmain:focus/),
  ]);
  expect(css).not.toMatch(/@import|url\((?!["']?(?:data:|\/assets\/))/);
});
