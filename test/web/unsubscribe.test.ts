import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { elementText, tags, textOf } from './markup.js';
import { NOW, openSite, type Site } from './site.js';

let site: Site;
let ada: Subscriber;
let url: string;

beforeEach(async () => {
  site = await openSite();
  ada = await site.subscriber('ada@reader.test', 'active');
  url = `/unsubscribe/${site.tokens.unsubscribe(ada.id)}`;
});
afterEach(() => site.close());

async function stateOf(id: number) {
  return (await site.store.subscribers.find(id))?.state;
}

const BOUNDARY = '----=_boundary';
const MULTIPART = [
  `--${BOUNDARY}`,
  'Content-Disposition: form-data; name="List-Unsubscribe"',
  '',
  'One-Click',
  `--${BOUNDARY}--`,
  '',
].join('\r\n');
const FORM = 'application/x-www-form-urlencoded';

describe('one-click by a mail client (RFC 8058)', () => {
  test.each([
    ['multipart/form-data', `multipart/form-data; boundary="${BOUNDARY}"`, MULTIPART],
    ['urlencoded', FORM, 'List-Unsubscribe=One-Click'],
  ])('as %s: 200, no redirect, no cookie, and so when repeated', async (_what, type, payload) => {
    for (let round = 0; round < 3; round++) {
      const answer = await site.app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': type },
        payload,
      });
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['location']).toBeUndefined();
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(await stateOf(ada.id)).toBe('unsubscribed');
    }
    expect(await site.store.subscribers.consents(ada.id)).toEqual([
      { at: NOW, event: 'unsubscribed', via: 'one-click', ip: '127.0.0.1', wording: null },
    ]);
  });

  test.each([
    ['an empty body', undefined, ''],
    ['an empty form', FORM, ''],
    ['plain text', 'text/plain', 'List-Unsubscribe=One-Click'],
    ['a type nobody knows', 'application/x-nonsense', '\u0000\u0001'],
    ['multipart without its boundary', 'multipart/form-data', MULTIPART],
    ['a button', FORM, 'button='],
  ])('%s unsubscribes too', async (_what, type, payload) => {
    const answer = await site.app.inject({
      method: 'POST',
      url,
      headers: type === undefined ? {} : { 'content-type': type },
      payload,
    });
    expect([answer.statusCode, await stateOf(ada.id)]).toEqual([200, 'unsubscribed']);
  });

  test('needs nothing but the address: a foreign Origin and odd headers change nothing', async () => {
    const answer = await site.app.inject({
      method: 'POST',
      url,
      headers: {
        origin: 'https://mail.example.org',
        referer: 'https://mail.example.org/',
        'content-type': FORM,
        accept: '',
        cookie: 'session=1',
      },
      payload: 'List-Unsubscribe=One-Click',
    });
    expect([answer.statusCode, await stateOf(ada.id)]).toEqual([200, 'unsubscribed']);
  });
});

/** Whatever a mail client, a proxy or a script may send: it has the link, so it leaves. */
describe('a POST leaves, whatever it looks like', () => {
  const large = 'x'.repeat(70 * 1024);
  test.each<[string, Record<string, string>, string]>([
    ['an empty JSON body', { 'content-type': 'application/json' }, ''],
    ['broken JSON', { 'content-type': 'application/json' }, '{"List-Unsubscribe":'],
    ['JSON that is no object', { 'content-type': 'application/json' }, 'null'],
    ['JSON with a poisoned key', { 'content-type': 'application/json' }, '{"__proto__":{}}'],
    ['no content type', {}, 'List-Unsubscribe=One-Click'],
    ['an empty content type', { 'content-type': '' }, 'a=b'],
    ['a content type without a slash', { 'content-type': 'form' }, 'a=b'],
    ['a list of content types', { 'content-type': `${FORM}, ${FORM}` }, 'a=b'],
    ['an unknown charset', { 'content-type': `${FORM}; charset=klingon` }, 'a=b'],
    ['a charset of UTF-16', { 'content-type': `${FORM}; charset="utf-16le"` }, 'L\0i\0s\0t\0'],
    ['a coding that it does not have', { 'content-type': FORM, 'content-encoding': 'gzip' }, 'a=b'],
    ['a form of 70 KB', { 'content-type': FORM }, `List-Unsubscribe=One-Click&a=${large}`],
    ['parts of 70 KB', { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, large],
    ['JSON of 70 KB', { 'content-type': 'application/json' }, `"${large}"`],
    ['5 MB', { 'content-type': 'application/octet-stream' }, 'x'.repeat(5 << 20)],
    ['a form with broken escapes', { 'content-type': FORM }, '%=%zz&&=&%00=%FF'],
    ['a wish for JSON', { accept: 'application/json', 'content-type': FORM }, 'a=b'],
  ])('with %s', async (_what, headers, payload) => {
    const answer = await site.app.inject({ method: 'POST', url, headers, payload });
    expect([answer.statusCode, await stateOf(ada.id)]).toEqual([200, 'unsubscribed']);
  });

  test('with any type and any octets', async () => {
    const type = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom(FORM, 'multipart/form-data; boundary=', 'application/json', 'text/html;;;'),
    );
    await fc.assert(
      fc.asyncProperty(type, fc.uint8Array({ maxLength: 200 }), async (contentType, octets) => {
        const { id } = await site.subscriber('bob@reader.test', 'active');
        const answer = await site.app.inject({
          method: 'POST',
          url: `/unsubscribe/${site.tokens.unsubscribe(id)}`,
          headers: { 'content-type': contentType },
          payload: Buffer.from(octets),
        });
        expect([answer.statusCode, await stateOf(id)]).toEqual([200, 'unsubscribed']);
      }),
      { numRuns: 50 },
    );
  });

  /** Sends octets to the site's port, and hangs up where the server is not to answer. */
  async function sendOctets(octets: string, answered = true): Promise<string> {
    await site.app.listen({ host: '127.0.0.1', port: 0 });
    const address = site.app.server.address();
    if (address === null || typeof address === 'string') throw new Error('There is no port.');
    const socket = connect(address.port, '127.0.0.1');
    socket.write(octets);
    if (!answered) {
      await once(site.app.server, 'request');
      socket.resetAndDestroy();
      return '';
    }
    const [head] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return head.toString('latin1');
  }
  const post = (fields: string, body: string) =>
    `POST ${url} HTTP/1.1\r\nHost: x\r\n${fields}\r\n${body}`;

  test.each([
    ['in chunks', 'Transfer-Encoding: chunked\r\n', '3\r\na=b\r\n0\r\n\r\n'],
    ['in chunks without a type, empty', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'],
    ['with no length and no type', '', ''],
    ['and waits to be told to go on', 'Expect: 100-continue\r\nContent-Length: 3\r\n', ''],
    ['that promises more than comes', 'Content-Length: 100\r\n', 'List-Unsubscribe'],
  ])('%s', async (_what, fields, body) => {
    expect(await sendOctets(post(fields, body))).toMatch(/^HTTP\/1\.1 (200|100) /);
    await expect.poll(() => stateOf(ada.id)).toBe('unsubscribed');
  });

  test.each([
    ['a body of which half has come', 'Content-Length: 100\r\n', 'List-Un'],
    ['a body of which nothing has come', 'Content-Length: 100\r\n', ''],
    ['no body', '', ''],
  ])('and hangs up over %s', async (_what, fields, body) => {
    await sendOctets(post(fields, body), false);
    await expect.poll(() => stateOf(ada.id)).toBe('unsubscribed');
  });

  test('but HEAD, GET and other methods change nothing', async () => {
    for (const method of ['HEAD', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const) {
      for (const headers of [{}, { 'x-http-method-override': 'POST' }]) {
        const answer = await site.app.inject({ method, url: `${url}?_method=POST`, headers });
        expect(answer.statusCode).toBeLessThan(500);
        expect(await stateOf(ada.id)).toBe('active');
      }
    }
  });
});

describe('the link that people follow', () => {
  test('opens a page with a button, tells of a gentler way, and changes nothing', async () => {
    const { statusCode, body } = await site.get(url);
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Unsubscribe']);
    expect(textOf(body)).toContain('ada@reader.test');
    expect(tags(body, 'form').map(({ attributes }) => attributes)).toEqual([
      { action: url, method: 'post' },
    ]);
    // Who was forwarded a digest must not get at its reader's preferences from here.
    expect(body).not.toContain('/preferences/');
    expect(await stateOf(ada.id)).toBe('active');
  });

  test('its button unsubscribes and says so', async () => {
    const { statusCode, body } = await site.post(url);
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'You’ve left']);
    expect(await stateOf(ada.id)).toBe('unsubscribed');
    const [consent] = await site.store.subscribers.consents(ada.id);
    expect(consent).toMatchObject({ event: 'unsubscribed', via: 'link' });
    expect(elementText((await site.get(url)).body, 'h1')).toBe('You’ve left');
  });

  test.each(['pending', 'paused'] as const)('lets a %s address go', async (state) => {
    const bob = await site.subscriber('bob@reader.test', state);
    const answer = await site.post(`/unsubscribe/${site.tokens.unsubscribe(bob.id)}`);
    expect([answer.statusCode, await stateOf(bob.id)]).toEqual([200, 'unsubscribed']);
  });

  test('leaves a suppressed address suppressed', async () => {
    const bob = await site.subscriber('bob@reader.test', 'suppressed');
    const answer = await site.post(`/unsubscribe/${site.tokens.unsubscribe(bob.id)}`);
    expect([answer.statusCode, await stateOf(bob.id)]).toEqual([200, 'suppressed']);
  });

  test('of somebody who was deleted still answers that nothing will be sent', async () => {
    await site.store.subscribers.erase(ada.id);
    for (const answer of [await site.get(url), await site.post(url)]) {
      expect([answer.statusCode, elementText(answer.body, 'h1')]).toEqual([200, 'You’ve left']);
    }
  });

  test('works years later', async () => {
    site.clock.time += 10 * 365 * 24 * 3_600_000;
    expect((await site.post(url)).statusCode).toBe(200);
    expect(await stateOf(ada.id)).toBe('unsubscribed');
  });
});

test('after leaving, the same address comes back by confirming anew', async () => {
  await site.post(url);
  await site.post('/subscribe', { email: 'ADA@reader.test' });
  const back = await site.store.subscribers.find(ada.id);
  expect(back).toMatchObject({ state: 'pending', round: ada.round + 1 });
  const expiresAt = NOW + 3_600_000;
  const round = ada.round + 1;
  const token = site.tokens.confirm({ subscriberId: ada.id, round, expiresAt });
  expect((await site.post(`/confirm/${token}`)).statusCode).toBe(200);
  expect(await stateOf(ada.id)).toBe('active');
  const events = (await site.store.subscribers.consents(ada.id)).map(({ event }) => event);
  expect(events).toEqual(['unsubscribed', 'requested', 'confirmed']);
});
