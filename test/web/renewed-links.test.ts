import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { elementText, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;
let ada: Subscriber;
let bob: Subscriber;
beforeEach(async () => {
  site = await openSite();
  ada = await site.subscriber('ada@reader.test', 'active');
  bob = await site.subscriber('bob@reader.test', 'active');
});
afterEach(() => site.close());

const state = async ({ id }: Subscriber) => (await site.store.subscribers.find(id))?.state;
const notices = () => site.rows()['notices'] as { kind: string; subscriber_id: number }[];
const links = ({ id }: Subscriber, renewed = 0) => ({
  leave: `/unsubscribe/${site.tokens.unsubscribe(id, renewed)}`,
  preferences: `/preferences/${site.tokens.preferences(id, renewed)}`,
});

describe('a reader who renews their links', () => {
  beforeEach(async () => {
    const { statusCode, body } = await site.post(links(ada).preferences, { do: 'renew' });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Your links are renewed']);
    // Whoever pressed the button may be the one who should have no link.
    expect(body).not.toContain(links(ada, 1).preferences);
  });

  test('gets new ones by mail, and they work', async () => {
    expect(notices()).toMatchObject([{ kind: 'preferences', subscriber_id: ada.id }]);
    const [claimed] = await site.store.notices.claim('test', 1);
    expect(claimed).toMatchObject({ subscriberId: ada.id, links: 1 });
    const page = await site.get(links(ada, 1).preferences);
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain(links(ada, 1).leave);
    expect((await site.post(links(ada, 1).leave)).statusCode).toBe(200);
    expect(await state(ada)).toBe('unsubscribed');
  });

  test('has old ones that open and change nothing, and say how to go on', async () => {
    for (const url of [links(ada).preferences, `${links(ada).preferences}/export`]) {
      const { statusCode, body } = await site.get(url);
      expect([statusCode, textOf(body)]).toEqual([410, expect.stringContaining('renewed')]);
      expect(body).not.toContain('ada@reader.test');
    }
    for (const fields of [{ hour: '3' }, { do: 'renew' }, { do: 'delete', sure: 'yes' }]) {
      expect((await site.post(links(ada).preferences, fields)).statusCode).toBe(410);
    }
    expect(await site.store.subscribers.find(ada.id)).toEqual({ ...ada, links: 1 });
  });

  test('has an old link to leave that offers a fresh one to the address alone', async () => {
    const { statusCode, body } = await site.get(links(ada).leave);
    expect([statusCode, elementText(body, 'h1')]).toEqual([410, 'This link was renewed']);
    expect(body).not.toContain('ada@reader.test');
    const pressed = await site.post(links(ada).leave);
    expect([pressed.statusCode, textOf(pressed.body)]).toEqual([
      200,
      expect.stringContaining('A mail with fresh links is on its way'),
    ]);
    expect(pressed.body).not.toContain('ada@reader.test');
    expect(await state(ada)).toBe('active');
    expect(notices()).toHaveLength(2);
    // And no flood of them.
    for (let n = 0; n < 5; n++) await site.post(links(ada).leave);
    expect(notices()).toHaveLength(3);
  });

  test('leaves where a mail program asks for it, by an old mail too (RFC 8058)', async () => {
    const { statusCode, body } = await site.post(links(ada).leave, {
      'List-Unsubscribe': 'One-Click',
    });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'You’ve left']);
    expect(body).not.toContain('ada@reader.test');
    expect(await state(ada)).toBe('unsubscribed');
  });

  test('changes nothing for others', async () => {
    expect((await site.get(links(bob).preferences)).statusCode).toBe(200);
    await site.post(links(bob).leave);
    expect(await state(bob)).toBe('unsubscribed');
  });
});

test('a link of a renewal that has not been is no good either', async () => {
  expect((await site.get(links(ada, 5).preferences)).statusCode).toBe(410);
});
