import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { elementText, textOf } from './markup.js';
import { NOW, openSite, type Site } from './site.js';

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

describe('the reader’s data', () => {
  test('can be downloaded whole', async () => {
    await site.post(url, { do: 'pause' });
    const { statusCode, headers, body } = await site.get(`${url}/export`);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['content-disposition']).toBe('attachment; filename="paperboy.json"');
    expect(JSON.parse(body)).toEqual({
      exportedAt: new Date(NOW).toISOString(),
      subscriber: {
        ...ada,
        state: 'paused',
        activeSince: null,
        createdAt: new Date(NOW).toISOString(),
      },
      consents: [
        {
          at: new Date(NOW).toISOString(),
          event: 'paused',
          via: 'link',
          ip: '127.0.0.1',
          wording: null,
        },
      ],
    });
  });

  test('is deleted only by those who say that they are sure', async () => {
    const { statusCode, body } = await site.post(url, { do: 'delete' });
    expect([statusCode, elementText(body, 'h1')]).toEqual([400, 'Your preferences']);
    expect(textOf(body)).toContain('Tick the box');
    expect(await find()).toEqual(ada);
  });

  test('is gone from every table once deleted, and the link with it', async () => {
    await site.post('/subscribe', { email: ada.email });
    const { statusCode, body } = await site.post(url, { do: 'delete', sure: 'yes' });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Your data is deleted']);
    expect(JSON.stringify(site.rows())).not.toContain('ada@reader.test');
    expect(site.rows()).toMatchObject({ subscribers: [], consents: [], notices: [] });
    for (const page of [url, `${url}/export`]) {
      expect((await site.get(page)).statusCode).toBe(404);
    }
    expect((await site.post(url, { do: 'delete', sure: 'yes' })).statusCode).toBe(404);
  });

  test('stays suppressed after it was deleted', async () => {
    const bob = await site.subscriber('bob@reader.test', 'suppressed');
    const page = `/preferences/${site.tokens.preferences(bob.id)}`;
    expect((await site.post(page, { do: 'delete', sure: 'yes' })).statusCode).toBe(200);
    await site.post('/subscribe', { email: 'bob@reader.test' });
    expect(site.rows()['notices']).toEqual([]);
    expect(await site.store.subscribers.findSuppression('bob@reader.test')).not.toBeNull();
  });
});
