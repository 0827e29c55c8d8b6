import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attribute, elementText, tags, textOf } from './markup.js';
import { openSite, type Site } from './site.js';

let site: Site;
beforeEach(async () => {
  site = await openSite({ publicUrl: 'https://papers.example.org' });
});
afterEach(() => site.close());

interface Operation {
  tags: string[];
  summary: string;
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}

async function operations(): Promise<[name: string, operation: Operation][]> {
  const { paths } = (await site.get('/api/openapi.json')).json();
  return Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
  );
}

describe('/api/openapi.json', () => {
  test('is OpenAPI 3.1 of this site', async () => {
    const { statusCode, headers, body } = await site.get('/api/openapi.json');
    expect([statusCode, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Paperboy', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      servers: [{ url: 'https://papers.example.org' }],
    });
  });

  test('has what programs ask for and what forms send, each with its answers', async () => {
    const found = await operations();
    expect(found.map(([name]) => name).sort()).toEqual([
      'GET /feed.atom',
      'GET /feed.json',
      'GET /healthz',
      'GET /metrics',
      'GET /preferences/{token}/export',
      'GET /readyz',
      'POST /confirm/{token}',
      'POST /never/{token}',
      'POST /preferences/{token}',
      'POST /subscribe',
      'POST /suggest',
      'POST /unsubscribe/{token}',
    ]);
    for (const [name, { tags: groups, summary, responses }] of found) {
      expect([name, groups.length, summary]).toEqual([name, 1, expect.stringMatching(/^[A-Z]/)]);
      expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining(['200'])]);
      for (const { description } of Object.values(responses)) {
        expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/)]);
      }
    }
  });

  test('says of what types a form may be, and which fields it has', async () => {
    const [, subscribe] = (await operations()).find(([name]) => name === 'POST /subscribe') ?? [];
    expect(Object.keys(subscribe?.requestBody?.content ?? {})).toEqual([
      'application/x-www-form-urlencoded',
      'application/json',
    ]);
    expect(JSON.stringify(subscribe?.requestBody)).toContain('An IANA time zone');
  });
});

describe('/api/docs', () => {
  test('tells people the same, without a script and under the same policy', async () => {
    const { statusCode, headers, body } = await site.get('/api/docs');
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'For programs']);
    expect(headers['content-security-policy']).toContain("style-src 'self'");
    expect(tags(body, 'script')).toEqual([]);
    for (const [name, { summary }] of await operations()) {
      expect(textOf(body)).toContain(name);
      expect(textOf(body)).toContain(summary);
    }
    expect(textOf(body)).toContain('An IANA time zone, like Europe/Vienna.');
    expect(tags(body, 'a').map((tag) => attribute(tag, 'href'))).toContain('/api/openapi.json');
  });

  test('is linked from every page', async () => {
    const links = tags((await site.get('/archive')).body, 'a').map((tag) => attribute(tag, 'href'));
    expect(links).toContain('/api/docs');
  });
});

describe('every answer in JSON is as it is described', () => {
  test('whoever subscribes, suggests or confirms', async () => {
    const { id, round } = await site.subscriber('ada@reader.test', 'pending');
    const expiresAt = site.clock.now() + 60_000;
    const confirm = `/confirm/${site.tokens.confirm({ subscriberId: id, round, expiresAt })}`;
    expect((await site.postJson('/subscribe', { email: 'bob@reader.test' })).json()).toEqual({
      email: 'bob@reader.test',
      message: expect.any(String),
    });
    expect((await site.postJson('/suggest', { link: '2603.12345' })).json()).toEqual({
      paper: '2603.12345',
      message: expect.any(String),
    });
    expect((await site.postJson(confirm, {})).json()).toEqual({ state: 'active' });
  });
});
