import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attribute, type Tag, tags, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

// Whatever field of whatever form is wrong: it is told beside that field, in words, the field is
// marked and described by them, and everything else that was typed is still there.

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const LONG = 'x'.repeat(300);

/** The tags of a field that are marked as wrong. */
function marked(html: string): Tag[] {
  return tags(html).filter((tag) => attribute(tag, 'aria-invalid') === 'true');
}

/** What is said at a field. */
function said(html: string, field: string): string {
  return textOf(
    new RegExp(`<p class="error" id="${field}-error"[^>]*>(.*?)</p>`).exec(html)?.[1] ?? '',
  );
}

function expectTold(html: string, field: string, sentence: RegExp): void {
  expect(said(html, field)).toMatch(sentence);
  const described = tags(html).filter((tag) =>
    (attribute(tag, 'aria-describedby') ?? '').split(' ').includes(`${field}-error`),
  );
  expect(described.length).toBeGreaterThan(0);
  const own = marked(html).filter(
    (tag) => attribute(tag, 'name') === field || attribute(tag, 'id') === field,
  );
  expect(own.length).toBeGreaterThan(0);
  expect(html).not.toContain('id="form-error"');
  // The reader goes on there.
  const focused = tags(html).filter((tag) => 'autofocus' in tag.attributes);
  expect(focused.map((tag) => attribute(tag, 'name'))).toEqual([field]);
}

const PREFERENCES: [field: string, value: string, sentence: RegExp][] = [
  ['hour', '25', /"25" is not an hour/],
  ['hour', 'noon', /"noon" is not an hour/],
  ['timezone', 'Mars/Base', /"Mars\/Base" is not a time zone/],
  ['frequency', 'hourly', /"hourly" is not a frequency/],
  ['weekday', 'someday', /"someday" is not a day/],
  ['length', '7', /"7" is not a length/],
  ['topics', LONG, /among the topics has 300 letters, and 80 are the most/],
  ['topics', '!!!', /neither letters nor digits/],
  ['keywords', LONG, /among the keywords has 300 letters, and 80 are the most/],
  ['keywords', Array.from({ length: 51 }, (_, n) => n).join('; '), /There are 51 keywords/],
  ['keywords', '—', /neither letters nor digits/],
  ['authors', LONG, /among the authors has 300 letters/],
  ['organisations', LONG, /among the organisations has 300 letters/],
];

describe('the preferences form', () => {
  const typed = {
    ...{ hour: '9', timezone: 'Asia/Tokyo', frequency: 'weekly', weekday: 'friday', length: '50' },
    ...{ topics: 'vision', keywords: 'flow matching', authors: 'Ada Lovelace' },
    organisations: 'Lab A',
  };

  test.each(PREFERENCES)('tells of %s %s at its field', async (field, value, sentence) => {
    const { id } = await site.subscriber('ada@reader.test', 'active');
    const url = `/preferences/${site.tokens.preferences(id)}`;
    const before = await site.store.subscribers.find(id);
    const { statusCode, body } = await site.post(url, { ...typed, [field]: value });
    expect(statusCode).toBe(400);
    expectTold(body, field, sentence);
    expect(await site.store.subscribers.find(id)).toEqual(before);
    expectKept(body, { ...typed, [field]: undefined });
    if (['timezone', 'keywords', 'authors', 'organisations'].includes(field)) {
      expect(textOf(body) + tags(body, 'input').map((tag) => attribute(tag, 'value'))).toContain(
        value.split('\n')[0],
      );
    }
  });

  test('tells of all that is wrong at once, and begins at the first', async () => {
    const { id } = await site.subscriber('ada@reader.test', 'active');
    const url = `/preferences/${site.tokens.preferences(id)}`;
    const wrong = { ...typed, hour: '25', keywords: LONG, authors: LONG };
    const { body } = await site.post(url, wrong);
    for (const field of ['hour', 'keywords', 'authors']) expect(said(body, field)).not.toBe('');
    for (const field of ['timezone', 'organisations']) expect(said(body, field)).toBe('');
    const focused = tags(body).filter((tag) => 'autofocus' in tag.attributes);
    expect(focused.map((tag) => attribute(tag, 'id'))).toEqual(['hour']);
  });

  test('gives a topic that is wrong back into its box, and leaves the others ticked', async () => {
    const { id } = await site.subscriber('ada@reader.test', 'active');
    await site.store.subscribers.savePreferences(id, { topics: ['cs.RO'] });
    const url = `/preferences/${site.tokens.preferences(id)}`;
    const { body } = await site.post(url, { topics: `\nvision\ncs.RO\ncs.LG, ${LONG}` });
    const ticked = tags(body, 'input').filter((tag) => 'checked' in tag.attributes);
    const names = ticked.map((tag) => attribute(tag, 'value'));
    expect(names).toEqual(expect.arrayContaining(['vision', 'cs.RO']));
    expect(names).not.toContain('cs.LG');
    const box = tags(body, 'input').find((tag) => attribute(tag, 'id') === 'more-topics');
    expect(attribute(box, 'value')).toBe(`cs.LG, ${LONG}`);
  });

  test('tells at the box that was not ticked that nothing is deleted', async () => {
    const { id } = await site.subscriber('ada@reader.test', 'active');
    const url = `/preferences/${site.tokens.preferences(id)}`;
    const { statusCode, body } = await site.post(url, { do: 'delete' });
    expect(statusCode).toBe(400);
    expectTold(body, 'sure', /Tick the box/);
  });

  function expectKept(html: string, values: Record<string, string | undefined>): void {
    const ticked = tags(html, 'input').filter((tag) => 'checked' in tag.attributes);
    const chosen = ticked.map((tag) => `${attribute(tag, 'name')}=${attribute(tag, 'value')}`);
    for (const field of ['frequency', 'length', 'topics']) {
      if (values[field]) expect(chosen).toContain(`${field}=${values[field]}`);
    }
    if (values['hour']) expect(html).toContain(`<option value="${values['hour']}" selected>`);
    if (values['weekday']) expect(html).toContain(`<option value="${values['weekday']}" selected>`);
    for (const field of ['keywords', 'authors', 'organisations']) {
      if (values[field]) expect(html).toContain(`>${values[field]}</textarea>`);
    }
    if (values['timezone']) expect(html).toContain(`value="${values['timezone']}"`);
  }
});

describe('the subscribe form', () => {
  const typed = { email: 'ada@reader.test', hour: '9', timezone: 'Asia/Tokyo' };

  test.each([
    ['email', 'nobody', /"nobody" is not an email address/],
    ['email', '', /Please type your email address/],
    ['email', 'mü ller@reader.test', /"mü ller@reader.test" is not an email address/],
    ...PREFERENCES.filter(([field]) => ['hour', 'timezone'].includes(field)),
  ] as const)('tells of %s "%s" at its field', async (field, value, sentence) => {
    const { statusCode, body } = await site.post('/subscribe', { ...typed, [field]: value });
    expect(statusCode).toBe(400);
    expectTold(body, field, sentence);
    if (field !== 'hour') expect(body).toContain('<option value="9" selected>');
    for (const name of ['email', 'timezone'] as const) {
      const input = tags(body, 'input').find((tag) => attribute(tag, 'name') === name);
      expect(attribute(input, 'value')).toBe(name === field ? value : typed[name]);
    }
    expect(tags(body, 'details').some((tag) => 'open' in tag.attributes)).toBe(true);
  });

  test('tells of the address and of the hour at once', async () => {
    const { body } = await site.post('/subscribe', { email: 'nobody', hour: '25' });
    expect([said(body, 'email'), said(body, 'hour')]).toEqual([
      expect.stringContaining('is not an email address'),
      expect.stringContaining('is not an hour'),
    ]);
  });

  test('tells of what it has no field for under the address', async () => {
    const { statusCode, body } = await site.post('/subscribe', { ...typed, keywords: LONG });
    expect(statusCode).toBe(400);
    expect(said(body, 'form')).toContain('among the keywords has 300 letters');
  });

  test('tells programs the same in one sentence after the other', async () => {
    const answer = await site.postJson('/subscribe', { ...typed, hour: '25', length: '7' });
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      {
        error: {
          code: 'bad_preferences',
          message: expect.stringMatching(/is not an hour.* is not a length/),
        },
      },
    ]);
  });
});

describe('the suggest form', () => {
  const typed = { link: '2603.12345', name: 'Ada', comment: 'Read it.' };

  test.each([
    ['link', 'x', /is no paper on arXiv/],
    ['link', '', /The link is missing/],
    ['name', 'y'.repeat(61), /has 61 characters; 60 are the most/],
    ['name', 'me@example.org', /looks like an address/],
    ['comment', 'z'.repeat(501), /has 501 characters; 500 are the most/],
  ])('tells of %s "%s" at its field', async (field, value, sentence) => {
    const { statusCode, body } = await site.post('/suggest', { ...typed, [field]: value });
    expect(statusCode).toBe(400);
    expectTold(body, field, sentence);
    for (const kept of Object.values({ ...typed, [field]: value })) expect(body).toContain(kept);
  });

  test('tells of all that is wrong at once', async () => {
    const wrong = { link: 'x', name: 'me@example.org', comment: 'z'.repeat(501) };
    const { body } = await site.post('/suggest', wrong);
    for (const field of Object.keys(wrong)) expect(said(body, field)).not.toBe('');
  });
});
