import { afterEach, describe, expect, test } from 'vitest';
import { textOf } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;
afterEach(() => site.close());

describe('the privacy page', () => {
  test('says how long things are kept, by the settings', async () => {
    site = await openSite({ keep: { pending: 3, left: 123, ips: 1, deliveries: 456 } });
    const { statusCode, body } = await site.get('/privacy');
    expect(statusCode).toBe(200);
    const text = textOf(body);
    for (const words of [
      'IP address of that moment is kept for a day',
      'works for 48 hours. Your address is deleted 3 days later',
      'stays for 123 days',
      'answered: for 456 days',
    ]) {
      expect(text).toContain(words);
    }
  });

  test('is linked from every page, and from the preferences', async () => {
    site = await openSite();
    const { id } = await site.subscriber('ada@reader.test', 'active');
    const preferences = `/preferences/${site.tokens.preferences(id)}`;
    for (const url of ['/', '/archive', '/subscribe', preferences]) {
      expect((await site.get(url)).body).toContain('href="/privacy"');
    }
  });
});
