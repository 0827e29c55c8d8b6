import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/base/logger.js';
import { pickWeekly } from '../../src/editions/pick.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, pickFixtures, type Site } from './site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
  await pickFixtures(site);
});
afterEach(() => site.close());

const WEEK = '/papers/2026-03-04/week';

describe('a weekly edition', () => {
  beforeEach(async () => {
    const { store, clock } = site;
    await pickWeekly({ ...store, clock, logger: createLogger('silent') }, '2026-03-04');
  });

  test('has a page with the best of its seven days, best first', async () => {
    const { statusCode, body } = await site.get(WEEK);
    expect(statusCode).toBe(200);
    expect(elementText(body, 'h1')).toBe('The best of 26 February to 4 March 2026');
    expect(elementText(body, 'title')).toMatch(/^The best of 26 February to 4 March 2026 · /);
    expect(textOf(body)).toContain('17 papers');
    const places = tags(body, 'article').map((tag) => attribute(tag, 'id'));
    expect(places).toEqual(Array.from({ length: 17 }, (_, n) => `paper-${n + 1}`));
    const order = ['Meridian-2', 'Lanternfish', 'β-Flow', 'Weatherglass', 'Notes on Numerical'];
    const found = order.map((title) => textOf(body).indexOf(title));
    expect(found.every((place) => place > 0)).toBe(true);
    expect(found).toEqual([...found].sort((a, b) => a - b));
  });

  test('leads on to no other edition, and is linked in the archive but in no feed', async () => {
    const { body } = await site.get(WEEK);
    expect(tags(body, 'a').filter((tag) => attribute(tag, 'rel') !== undefined)).toEqual([]);
    for (const url of ['/', '/feed.atom', '/feed.json']) {
      expect((await site.get(url)).body).not.toContain('best of');
    }
    expect((await site.get('/archive')).body).toContain(`href="${WEEK}"`);
  });

  test('takes the subscribe form along', async () => {
    const { body } = await site.get(WEEK);
    expect(tags(body, 'form').map((tag) => attribute(tag, 'action'))).toEqual(['/subscribe']);
  });
});

test.each([
  ['a week for which none was made', WEEK, 404, 'no weekly edition of 26 February to 4 March'],
  ['a day that is none', '/papers/2026-02-30/week', 400, 'is not a date'],
])('%s is told of in a sentence', async (_what, url, status, sentence) => {
  const { statusCode, body } = await site.get(url);
  expect([statusCode, textOf(body)]).toEqual([status, expect.stringContaining(sentence)]);
});

test('who subscribes for a day of the week keeps it, and hears of it first', async () => {
  const wish = { frequency: 'weekly', weekday: 'friday', hour: 7 };
  await site.postJson('/subscribe', { email: 'ada@reader.test', ...wish });
  const ada = await site.store.subscribers.findByEmail('ada@reader.test');
  expect(ada).toMatchObject({ state: 'pending', frequency: 'daily' });
  const { id = 0, round = 0 } = ada ?? {};
  const expiresAt = site.clock.now() + 60_000;
  await site.post(`/confirm/${site.tokens.confirm({ subscriberId: id, round, expiresAt })}`);
  expect(await site.store.ledger.claim('test', 9)).toMatchObject([{ first: 'friday' }]);
  const { body } = await site.get(`/preferences/${site.tokens.preferences(id)}`);
  const chosen = [...body.matchAll(/<option[^>]* selected>([^<]*)/g)].map(([, text]) => text);
  expect(chosen).toEqual(['07:00', 'Friday']);
});
