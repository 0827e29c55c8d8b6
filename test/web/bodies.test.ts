import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { elementText, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

function send(contentType: string | undefined, payload: string | Buffer, accept = 'text/html') {
  return site.app.inject({
    method: 'POST',
    url: '/subscribe',
    headers: { accept, ...(contentType && { 'content-type': contentType }) },
    payload,
  });
}

describe('bodies that are no form', () => {
  const FORM = 'application/x-www-form-urlencoded';
  const JSON_TYPE = 'application/json';
  test.each([
    ['5 MB of form', 413, FORM, `email=${'a'.repeat(5_000_000)}`, 'That is too much'],
    ['5 MB of JSON', 413, JSON_TYPE, `{"email":"${'a'.repeat(5_000_000)}"}`, 'That is too much'],
    ['XML', 415, 'application/xml', '<email/>', 'That request does not work'],
    ['plain text', 415, 'text/plain', 'email=ada@reader.test', 'That request does not work'],
    ['a type that is none', 415, 'nonsense', 'x', 'That request does not work'],
    ['broken JSON', 400, JSON_TYPE, '{"email":', 'That request does not work'],
    ['empty JSON', 400, JSON_TYPE, '', 'That request does not work'],
    ['a JSON list', 400, JSON_TYPE, '["ada@reader.test"]', 'That request does not work'],
    ['a JSON string', 400, JSON_TYPE, '"ada@reader.test"', 'That request does not work'],
    ['a nested field', 400, JSON_TYPE, '{"email":{"a":1}}', 'That request does not work'],
    ['a list of numbers', 400, JSON_TYPE, '{"email":[1]}', 'That request does not work'],
  ])('%s is refused with a page, and with JSON', async (_what, status, type, payload, heading) => {
    const page = await send(type, payload);
    expect([page.statusCode, elementText(page.body, 'h1')]).toEqual([status, heading]);
    const json = await send(type, payload, 'application/json');
    expect(json.statusCode).toBe(status);
    expect(json.json()).toEqual({
      error: { code: expect.stringMatching(/^[a-z_]+$/), message: expect.stringMatching(/\.$/) },
    });
    expect(site.rows()['subscribers']).toEqual([]);
  });

  test('no body at all is a missing address', async () => {
    expect((await send(undefined, '')).statusCode).toBe(400);
  });

  test('a repeated field is not an address', async () => {
    const { statusCode, body } = await send(FORM, 'email=ada@reader.test&email=bob@reader.test');
    expect(statusCode).toBe(400);
    expect(textOf(body)).toContain('"ada@reader.test bob@reader.test" is not an email address');
    expect(site.rows()['subscribers']).toEqual([]);
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'a JSON key %s changes nothing',
    async (key) => {
      for (const value of ['"active"', '{"state":"active"}', '{"prototype":{"state":"active"}}']) {
        const answer = await send(JSON_TYPE, `{"email":"nobody","${key}":${value}}`);
        expect(answer.statusCode).toBe(400);
        expect(({} as Record<string, unknown>)['state']).toBeUndefined();
      }
    },
  );

  test.each(['__proto__', 'constructor', 'toString', '__proto__[state]'])(
    'a form field %s changes nothing',
    async (key) => {
      const body = new URLSearchParams({ email: 'nobody', [key]: 'active' });
      const { statusCode } = await send(FORM, body.toString());
      expect(statusCode).toBe(400);
      expect(({} as Record<string, unknown>)['state']).toBeUndefined();
    },
  );

  test('whatever comes as a body, the answer is never a fault of the program', async () => {
    const type = fc.constantFrom(FORM, JSON_TYPE, 'text/html', 'multipart/form-data; boundary=x');
    const payload = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.json(),
      fc
        .dictionary(fc.constantFrom('email', 'hour', 'timezone', '__proto__', 'do'), fc.string())
        .map((fields) => new URLSearchParams(fields).toString()),
    );
    let client = 0;
    await fc.assert(
      fc.asyncProperty(type, payload, async (contentType, body) => {
        const answer = await site.app.inject({
          method: 'POST',
          url: '/subscribe',
          remoteAddress: `10.0.${client >> 8}.${client++ & 255}`,
          headers: { 'content-type': contentType },
          payload: body,
        });
        expect(answer.statusCode).toBeLessThan(500);
        expect(answer.statusCode === 200 || answer.statusCode >= 202).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
