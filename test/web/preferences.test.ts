import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { attribute, elementText, tags, textOf } from './markup.js';
import { NOW, openSite, type Site } from './site.js';

/** The values of the boxes for topics that are ticked. */
function ticked(body: string): string[] {
  const boxes = body.matchAll(/<input type="checkbox" name="topics" value="([^"]*)" checked>/g);
  return [...boxes].map(([, value = '']) => value);
}

let site: Site;
let ada: Subscriber;
let url: string;

beforeEach(async () => {
  site = await openSite({ defaultTimezone: 'Europe/Vienna' });
  ada = await site.subscriber('ada@reader.test', 'active');
  url = `/preferences/${site.tokens.preferences(ada.id)}`;
});
afterEach(() => site.close());

const find = () => site.store.subscribers.find(ada.id);

/** What the page shows as chosen. */
async function shown(html: string): Promise<Record<string, string | undefined>> {
  const checked = tags(html, 'input').filter((tag) => 'checked' in tag.attributes);
  const selected = [...html.matchAll(/<option[^>]* selected>([^<]*)/g)].map(([, text]) => text);
  const zone = tags(html, 'input').find((tag) => attribute(tag, 'name') === 'timezone');
  return {
    ...Object.fromEntries(
      checked.map((tag) => [attribute(tag, 'name') ?? '', attribute(tag, 'value')]),
    ),
    selected: selected.join(),
    timezone: attribute(zone, 'value'),
  };
}

describe('the page', () => {
  test('shows whose it is and what is chosen', async () => {
    const { statusCode, body } = await site.get(url);
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Your preferences']);
    expect(textOf(body)).toContain('ada@reader.test');
    expect(textOf(body)).toContain('Left empty: Europe/Vienna.');
    expect(await shown(body)).toEqual({
      ...{ frequency: 'daily', length: '20', selected: 'Monday', timezone: '' },
    });
  });

  test.each([
    ['pending', 'Not confirmed yet.', ['save', 'delete']],
    ['active', 'Take a break', ['save', 'pause', 'delete']],
    ['paused', 'Paused.', ['resume', 'save', 'delete']],
    ['unsubscribed', 'You have left.', ['save', 'delete']],
    ['suppressed', 'Mail to this address came back', ['save', 'delete']],
  ] as const)('of a %s address says so and offers what fits', async (state, words, buttons) => {
    const bob = await site.subscriber('bob@reader.test', state);
    const { body } = await site.get(`/preferences/${site.tokens.preferences(bob.id)}`);
    expect(textOf(body)).toContain(words);
    const hidden = tags(body, 'input').filter((tag) => attribute(tag, 'name') === 'do');
    expect(hidden.map((tag) => attribute(tag, 'value'))).toEqual(buttons);
    const leave = body.includes(`action="/unsubscribe/${site.tokens.unsubscribe(bob.id)}"`);
    expect(leave).toBe(['pending', 'active', 'paused'].includes(state));
  });
});

describe('saving', () => {
  test('keeps every choice and shows it', async () => {
    const { statusCode, body } = await site.post(url, {
      do: 'save',
      hour: '7',
      timezone: 'Asia/Tokyo',
      frequency: 'weekdays',
      length: '5',
    });
    expect(statusCode).toBe(200);
    expect(textOf(body)).toContain('Saved.');
    const chosen = { hour: 7, timezone: 'Asia/Tokyo', frequency: 'weekdays', length: 5 };
    expect(await find()).toMatchObject(chosen);
    expect(await shown((await site.get(url)).body)).toEqual({
      frequency: 'weekdays',
      length: '5',
      selected: '07:00,Monday',
      timezone: 'Asia/Tokyo',
    });
  });

  test('keeps the day of a weekly digest', async () => {
    const { body } = await site.post(url, { frequency: 'weekly', weekday: 'saturday' });
    expect(textOf(body)).toContain('Saved.');
    expect(await find()).toMatchObject({ frequency: 'weekly', weekday: 'saturday' });
    expect(await shown((await site.get(url)).body)).toMatchObject({
      frequency: 'weekly',
      selected: 'Saturday',
    });
    await site.post(url, { frequency: 'daily' });
    expect(await find()).toMatchObject({ frequency: 'daily', weekday: 'saturday' });
    const { statusCode } = await site.post(url, { weekday: 'someday' });
    expect([statusCode, (await find())?.weekday]).toEqual([400, 'saturday']);
  });

  test('a blank hour and zone take the wish back', async () => {
    await site.post(url, { hour: '0', timezone: 'Asia/Tokyo' });
    expect(await find()).toMatchObject({ hour: 0, timezone: 'Asia/Tokyo' });
    await site.post(url, { hour: '', timezone: '' });
    expect(await find()).toMatchObject({ hour: null, timezone: null });
  });

  test('what the form does not name stays', async () => {
    await site.post(url, { hour: '7', length: '50' });
    await site.post(url, { frequency: 'weekdays' });
    expect(await find()).toMatchObject({ hour: 7, length: 50, frequency: 'weekdays' });
  });

  test('keeps interests, shows them again, and forgets them when the form is blank', async () => {
    const form = new URLSearchParams({ keywords: 'few-shot\r\nRAG', authors: 'Jane Doe, J. Roe' });
    for (const topic of ['', 'robotics', 'video']) form.append('topics', topic);
    form.append('organisations', '</textarea><b>Lab</b>');
    const { statusCode, body } = await site.app.inject({
      method: 'POST',
      url,
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
      payload: form.toString(),
    });
    expect(statusCode).toBe(200);
    expect(await find()).toMatchObject({
      topics: ['robotics', 'video'],
      keywords: ['few-shot', 'RAG'],
      authors: ['Jane Doe', 'J. Roe'],
      organisations: ['</textarea><b>Lab</b>'],
    });
    expect(body).toContain('>few-shot\nRAG</textarea>');
    expect(body).toContain('>Jane Doe\nJ. Roe</textarea>');
    expect(body).toContain('>&lt;/textarea&gt;&lt;b&gt;Lab&lt;/b&gt;</textarea>');
    expect(ticked(body)).toEqual(['video', 'robotics']);

    await site.post(url, { topics: '', keywords: '', authors: ' ', organisations: '' });
    expect(await find()).toMatchObject({
      ...{ topics: [], keywords: [], authors: [], organisations: [] },
    });
  });

  test('has boxes in which all that is kept shows', async () => {
    const rows = async () =>
      tags((await site.get(url)).body, 'textarea').map((tag) => attribute(tag, 'rows'));
    expect(await rows()).toEqual(['3', '3', '3']);
    await site.post(url, { keywords: 'a\nb\nc\nd', organisations: 'Lab A\nLab B\nLab C' });
    expect(await rows()).toEqual(['5', '4', '4']);
    await site.post(url, { keywords: Array.from({ length: 50 }, (_, n) => n).join('\n') });
    expect((await rows())[0]).toBe('12');
  });

  test('offers a topic of the reader’s own as well', async () => {
    await site.postJson(url, { topics: ['Robotics', 'cs.RO', 'Origami'] });
    expect(ticked((await site.get(url)).body)).toEqual(['robotics', 'cs.RO', 'Origami']);
  });

  test('takes topics that are typed beside those that are ticked', async () => {
    await site.post(url, { topics: 'robotics' });
    const form = 'topics=&topics=robotics&topics=cs.RO%3B+cs.LG%2C%2CVideo';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const method = 'POST';
    const { body } = await site.app.inject({ method, url, headers, payload: form });
    expect(ticked(body)).toEqual(['video', 'robotics', 'cs.RO', 'cs.LG']);
  });

  test.each([
    ['a list without end', Array.from({ length: 2_000 }, (_, n) => `t${n}`).join()],
    ['markup', `"><script>alert(1)</script>,${'x'.repeat(81)}`],
    ['what turns or hides letters', `a\u202Eb\u200Bc\u0000d,${'x'.repeat(81)}`],
  ])('%s among the topics is refused, and shown without harm', async (_, topics) => {
    const { statusCode, body } = await site.post(url, { topics });
    expect(statusCode).toBe(400);
    expect(textOf(body)).toMatch(
      /(?:among the topics has \d+ letters, and 80|There are 2000 topics, and 50) are the most\./,
    );
    expect(ticked(body).length).toBeLessThanOrEqual(50);
    expect(body).not.toMatch(/<script>alert|[\p{Cf}]/u);
    expect(await find()).toMatchObject({ topics: [] });
  });

  test('shows what was typed where it can not be kept', async () => {
    const { statusCode, body } = await site.post(url, {
      keywords: 'RAG\n!!!',
      authors: 'Jane Doe',
    });
    expect(statusCode).toBe(400);
    expect(textOf(body)).toContain('"!!!" among the keywords has neither letters nor digits.');
    expect(body).toContain('>RAG\n!!!</textarea>');
    expect(await find()).toMatchObject({ keywords: [], authors: [] });
  });

  test('shows what was chosen beside what can not be kept', async () => {
    await site.post(url, { hour: '7', timezone: 'Asia/Tokyo', length: '5' });
    const form = { hour: '', timezone: 'Europe/Vienna', frequency: 'weekly', weekday: 'friday' };
    const { statusCode, body } = await site.post(url, { ...form, length: '50', keywords: '!!!' });
    expect(statusCode).toBe(400);
    expect(await shown(body)).toEqual({
      frequency: 'weekly',
      length: '50',
      selected: 'Friday',
      timezone: 'Europe/Vienna',
    });
    expect(await find()).toMatchObject({ hour: 7, timezone: 'Asia/Tokyo', length: 5 });
  });

  test('topics and keywords are kept as they come by JSON', async () => {
    await site.postJson(url, { topics: ['vision'], keywords: 'agents; retrieval' });
    expect(await find()).toMatchObject({ topics: ['vision'], keywords: ['agents', 'retrieval'] });
  });

  test('a comma in a name is part of it, from the form and by JSON', async () => {
    const organisations = ['University of California, Berkeley', 'Example Lab'];
    await site.post(url, { organisations: organisations.join('\r\n') });
    expect(await find()).toMatchObject({ organisations });
    expect((await site.get(url)).body).toContain(`>${organisations.join('\n')}</textarea>`);
    await site.postJson(url, { organisations: organisations.slice(0, 1), authors: ['Doe, Jane'] });
    expect(await find()).toMatchObject({
      ...{ organisations: organisations.slice(0, 1), authors: ['Doe, Jane'] },
    });
  });

  test.each([
    ['hour', '24'],
    ['hour', '-1'],
    ['timezone', 'Mars/Base'],
    ['frequency', 'hourly'],
    ['length', '7'],
    ['length', '1e1'],
  ])('a wrong %s (%s) is told on the page and nothing is kept', async (field, value) => {
    const before = site.rows();
    const { statusCode, body } = await site.post(url, { hour: '9', [field]: value });
    expect(statusCode).toBe(400);
    expect(elementText(body, 'h1')).toBe('Your preferences');
    expect(textOf(body)).toContain(`"${value}" is not a`);
    expect(site.rows()).toEqual(before);
  });

  test('cannot change state, address or id', async () => {
    await site.post(url, {
      state: 'suppressed',
      email: 'eve@reader.test',
      id: '99',
      email_key: 'eve@reader.test',
      round: '9',
    });
    expect(await find()).toEqual(ada);
  });
});

describe('pausing and resuming', () => {
  test('stop and start digests, each recorded once', async () => {
    for (let n = 0; n < 2; n++) {
      expect(textOf((await site.post(url, { do: 'pause' })).body)).toContain('Paused.');
    }
    expect(await find()).toMatchObject({ state: 'paused', activeSince: null });
    site.clock.time += 60_000;
    for (let n = 0; n < 2; n++) {
      expect(textOf((await site.post(url, { do: 'resume' })).body)).toContain('Take a break');
    }
    expect(await find()).toMatchObject({ state: 'active', activeSince: NOW + 60_000 });
    const consents = await site.store.subscribers.consents(ada.id);
    expect(consents.map(({ event, via }) => [event, via])).toEqual([
      ['paused', 'link'],
      ['resumed', 'link'],
    ]);
  });

  test.each(['pending', 'unsubscribed', 'suppressed'] as const)(
    'do nothing to a %s address',
    async (state) => {
      const bob = await site.subscriber('bob@reader.test', state);
      const before = site.rows();
      const page = `/preferences/${site.tokens.preferences(bob.id)}`;
      for (const what of ['pause', 'resume']) {
        expect((await site.post(page, { do: what })).statusCode).toBe(200);
      }
      expect(site.rows()).toEqual(before);
    },
  );

  test('something unknown is refused', async () => {
    for (const what of ['confirm', 'toString', '__proto__']) {
      expect((await site.post(url, { do: what })).statusCode).toBe(400);
    }
    expect(await find()).toEqual(ada);
  });
});
