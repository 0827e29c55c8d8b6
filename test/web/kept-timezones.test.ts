import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findChosen } from './chosen.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

// A zone comes by forms, by JSON, by files, and from stores of other machines, whose lists of zones
// are older or newer than ours. Whatever it is, saving another preference must not lose it.

let site: Site;
beforeEach(async () => {
  site = await openSite({ defaultTimezone: 'Europe/Vienna' });
});
afterEach(() => site.close());

const zoneOf = async (id: number) => (await site.store.subscribers.find(id))?.timezone;

/** What a browser sends of the preferences form as it stands. */
function toFields(html: string): Record<string, string> {
  const form = /<form class="sheet"[\s\S]*?<\/form>/.exec(html)?.[0] ?? expect.fail('no form');
  const fields: Record<string, string> = {};
  for (const tag of tags(form, 'input')) {
    const type = attribute(tag, 'type');
    const chosen = !['radio', 'checkbox'].includes(type ?? '') || 'checked' in tag.attributes;
    if (chosen) fields[attribute(tag, 'name') ?? ''] = attribute(tag, 'value') ?? '';
  }
  const selected = /<select id="hour"[\s\S]*?value="(\d*)" selected/.exec(form)?.[1];
  return { ...fields, hour: selected ?? '', keywords: '', authors: '', organisations: '' };
}

describe('the reader changes only the length', () => {
  test.each(['Asia/Kolkata', 'Europe/Kyiv', 'US/Eastern', 'europe/zurich', 'Asia/Calcutta', 'CET'])(
    'and %s stays theirs',
    async (timezone) => {
      const { id } = await site.subscriber('ada@reader.test', 'active');
      // As an import of before wrote it.
      await site.store.subscribers.savePreferences(id, { timezone, hour: 7 });
      const url = `/preferences/${site.tokens.preferences(id)}`;
      const fields = toFields((await site.get(url)).body);
      expect(fields).toMatchObject({ timezone, hour: '7' });
      expect((await site.post(url, { ...fields, length: '5' })).statusCode).toBe(200);
      const saved = await site.store.subscribers.find(id);
      expect(saved).toMatchObject({ timezone, hour: 7, length: 5 });
    },
  );

  test('and a zone that only another machine knows stays theirs, and is told', async () => {
    const { id } = await site.subscriber('ada@reader.test', 'active');
    await site.store.subscribers.savePreferences(id, { timezone: 'Europe/Atlantis' });
    const url = `/preferences/${site.tokens.preferences(id)}`;
    const { body } = await site.get(url);
    expect(textOf(body)).toContain('not known here so far: your digests come by Europe/Vienna');
    expect((await site.post(url, { ...toFields(body), length: '5' })).statusCode).toBe(200);
    expect(await zoneOf(id)).toBe('Europe/Atlantis');
    // Only what they had: another unknown one is a mistake, and changes nothing.
    const wrong = await site.post(url, { ...toFields(body), timezone: 'Europe/Atlanti' });
    expect(wrong.statusCode).toBe(400);
    expect(await zoneOf(id)).toBe('Europe/Atlantis');
  });
});

describe('a zone is kept by its one name', () => {
  const NAMES = [
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['us/eastern', 'America/New_York'],
    ['America/new york', 'America/New_York'],
  ] as const;

  test.each(NAMES)('%s from a form', async (timezone, kept) => {
    await site.post('/subscribe', { email: 'ada@reader.test', timezone });
    const { id = 0 } = (await site.store.subscribers.findByEmail('ada@reader.test')) ?? {};
    expect(await findChosen(site, 'ada@reader.test')).toEqual({ timezone: kept });
    await site.post(`/preferences/${site.tokens.preferences(id)}`, { timezone: 'europe/KIEV' });
    expect(await zoneOf(id)).toBe('Europe/Kyiv');
  });

  test.each(NAMES)('%s from JSON', async (timezone, kept) => {
    await site.postJson('/subscribe', { email: 'ada@reader.test', timezone });
    expect(await findChosen(site, 'ada@reader.test')).toEqual({ timezone: kept });
  });

  test.each(['Kyiv', 'Kiev'])('%s leads to it', async (timezone) => {
    const { body } = await site.post('/subscribe', { email: 'ada@reader.test', timezone });
    expect(textOf(body)).toContain('Did you mean Europe/Kyiv?');
  });
});

describe('a zone that only the browser knows', () => {
  const FILLED = { timezone: 'America/Newtown', browserTimezone: 'America/Newtown' };

  test('is no reason to turn anybody away', async () => {
    const answer = await site.post('/subscribe', { email: 'ada@reader.test', ...FILLED });
    expect([answer.statusCode, elementText(answer.body, 'h1')]).toEqual([200, 'Check your inbox']);
    expect(await findChosen(site, 'ada@reader.test')).toEqual({});
  });

  test('is told of when somebody has typed it', async () => {
    const typed = { ...FILLED, timezone: 'America/Newton' };
    const answer = await site.post('/subscribe', { email: 'ada@reader.test', ...typed });
    expect(answer.statusCode).toBe(400);
  });

  test('is taken when it is known, by its one name', async () => {
    const filled = { timezone: 'Asia/Calcutta', browserTimezone: 'Asia/Calcutta' };
    await site.post('/subscribe', { email: 'ada@reader.test', ...filled });
    expect(await findChosen(site, 'ada@reader.test')).toEqual({ timezone: 'Asia/Kolkata' });
  });
});
