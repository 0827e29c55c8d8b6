import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { timezones } from '../../src/base/timezones.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, pickFixtures, type Site } from './site.js';

let site: Site;
beforeEach(async () => {
  site = await openSite({ defaultTimezone: 'Europe/Vienna' });
});
afterEach(() => site.close());

/** The field for a time zone. */
function zoneField(html: string) {
  const field = tags(html, 'input').find((tag) => attribute(tag, 'name') === 'timezone');
  return field?.attributes ?? expect.fail('There is no field.');
}

test('/timezones lists each zone once, by parts of the world, without any script', async () => {
  const { statusCode, body } = await site.get('/timezones');
  expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Time zones']);
  const listed = tags(body, 'li').flatMap((tag) => attribute(tag, 'data-zone') ?? []);
  expect(listed).toEqual(timezones());
  for (const zone of ['UTC', 'Europe/Vienna', 'America/New_York']) {
    expect(textOf(body)).toContain(zone);
  }
  expect(tags(body, 'script')).toEqual([]);
});

test('no form carries the list: a field offers it where scripts run, and links it', async () => {
  await pickFixtures(site);
  const { id } = await site.subscriber('ada@reader.test', 'active');
  const preferences = `/preferences/${site.tokens.preferences(id)}`;
  for (const url of ['/', '/papers/2026-03-03', preferences]) {
    const { body } = await site.get(url);
    expect(body).not.toContain('Asia/Tokyo');
    expect(zoneField(body)).toMatchObject({
      type: 'text',
      list: 'zones',
      'data-zones': '/timezones',
      value: '',
      placeholder: 'Europe/Vienna',
    });
    expect(tags(body, 'datalist').map((tag) => attribute(tag, 'id'))).toEqual(['zones']);
    expect(tags(body, 'a').map((tag) => attribute(tag, 'href'))).toContain('/timezones');
    const [script] = tags(body, 'script');
    expect(attribute(script, 'src')).toMatch(/^\/assets\/zones\.[0-9a-f]{10}\.js$/);
  }
});

test('the browser’s zone is filled into a new form only', async () => {
  const { id } = await site.subscriber('ada@reader.test', 'active');
  const { body: preferences } = await site.get(`/preferences/${site.tokens.preferences(id)}`);
  expect('data-fill' in zoneField((await site.get('/')).body)).toBe(true);
  expect('data-fill' in zoneField(preferences)).toBe(false);
  const { body } = await site.post('/subscribe', { email: 'nobody', timezone: '' });
  expect('data-fill' in zoneField(body)).toBe(false);
});

describe('a zone that is none', () => {
  const ERROR = { 'aria-invalid': 'true', 'aria-describedby': 'timezone-note timezone-error' };

  /** What is said beside the field. */
  const said = (html: string) =>
    /<p class="error" id="timezone-error" role="alert">([^<]*)/.exec(html)?.[1];

  test('is told at its field, with what was typed', async () => {
    const fields = { email: 'ada@reader.test', timezone: 'Mars/Base' };
    const { statusCode, body } = await site.post('/subscribe', fields);
    expect(statusCode).toBe(400);
    expect(zoneField(body)).toMatchObject({ ...ERROR, value: 'Mars/Base' });
    expect(said(body)).toBe('&#34;Mars/Base&#34; is not a time zone; write it like Europe/Vienna.');
    const email = tags(body, 'input').find((tag) => attribute(tag, 'name') === 'email');
    expect(email?.attributes).toMatchObject({ value: 'ada@reader.test' });
    expect(attribute(email, 'aria-invalid')).toBeUndefined();
    expect(tags(body, 'details').some((tag) => 'open' in tag.attributes)).toBe(true);
  });

  test('is told at its field among preferences', async () => {
    const { id } = await site.subscriber('ada@reader.test', 'active');
    const url = `/preferences/${site.tokens.preferences(id)}`;
    const { statusCode, body } = await site.post(url, { hour: '7', timezone: 'Mars/Base' });
    expect(statusCode).toBe(400);
    expect(zoneField(body)).toMatchObject({ ...ERROR, value: 'Mars/Base' });
    expect(said(body)).toContain('is not a time zone');
    expect(await site.store.subscribers.find(id)).toMatchObject({ hour: null, timezone: null });
  });

  test.each([
    ['Vienna', 'Did you mean Europe/Vienna?'],
    ['new york', 'Did you mean America/New_York?'],
    ['Sao Paulo', 'Did you mean America/Sao_Paulo?'],
    ['São Paulo', 'Did you mean America/Sao_Paulo?'],
    ['Indiana', 'or America/Indiana/'],
  ])('%s leads to zones that may be meant', async (timezone, words) => {
    const { body } = await site.post('/subscribe', { email: 'ada@reader.test', timezone });
    expect(said(body)).toContain(words);
  });

  test.each([
    ['too short', 'xy'],
    ['signs', '!!!'],
    ['markup', '<b>zone</b>'],
    ['thousands of letters', 'x'.repeat(5_000)],
  ])('%s lead to none, and do no harm', async (_what, timezone) => {
    const { statusCode, body } = await site.post('/subscribe', {
      email: 'ada@reader.test',
      timezone,
    });
    expect(statusCode).toBe(400);
    expect(said(body)).not.toContain('Did you mean');
    expect(tags(body, 'b')).toEqual([]);
  });

  test('is told to programs as before', async () => {
    const body = { email: 'ada@reader.test', timezone: 'Mars/Base' };
    const answer = await site.postJson('/subscribe', body);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'bad_preferences']);
  });
});
