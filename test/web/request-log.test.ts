import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { LogFields, Logger } from '../../src/base/logger.js';
import { openSite, pickFixtures, type Site } from './site.js';

interface Line extends LogFields {
  level: string;
  message: string;
}

/** A log that is read by the test. */
function listen(level: string): { lines: Line[]; logger: Logger } {
  const lines: Line[] = [];
  const at = (name: string) => (fields: LogFields, message: string) => {
    lines.push({ level: name, message, ...fields });
  };
  const logger = {
    ...{ fatal: at('fatal'), error: at('error'), warn: at('warn') },
    ...{ info: at('info'), debug: at('debug'), trace: at('trace'), level },
  };
  return { lines, logger };
}

let site: Site;
afterEach(() => site.close());

const ADDRESS = '203.0.113.77';

describe('a line for each request', () => {
  test('names the route, how it was answered and how long it took', async () => {
    const { lines, logger } = listen('debug');
    site = await openSite({ logger });
    await pickFixtures(site);
    await site.get('/papers/2026-03-03?from=mail');
    await site.get('/nothing');
    const requests = lines.filter(({ event }) => event === 'request');
    const any = { level: 'debug', ms: expect.any(Number), requestId: expect.any(String) };
    expect(requests).toEqual([
      {
        ...{ ...any, event: 'request', method: 'GET', route: '/papers/:date', status: 200 },
        message: 'request answered',
      },
      {
        ...{ ...any, event: 'request', method: 'GET', route: 'none', status: 404 },
        message: 'request answered',
      },
    ]);
    expect(requests[0]?.['requestId']).not.toBe(requests[1]?.['requestId']);
  });

  test('holds no address, token or IP, whatever was asked and however it failed', async () => {
    const { lines, logger } = listen('trace');
    site = await openSite({ logger, trustProxy: true });
    const { id, round } = await site.subscriber('ada@reader.test', 'pending');
    const expiresAt = site.clock.now() + 60_000;
    const tokens = [
      site.tokens.confirm({ subscriberId: id, round, expiresAt }),
      site.tokens.unsubscribe(id),
      site.tokens.preferences(id),
    ];
    const ask = async (method: 'GET' | 'POST', url: string, payload = '') =>
      site.app.inject({
        ...{ method, url, payload },
        headers: {
          'x-forwarded-for': ADDRESS,
          'content-type': 'application/x-www-form-urlencoded',
          referer: `http://localhost:3000/preferences/${tokens[2]}`,
        },
      });
    const askAll = async () => {
      for (const method of ['GET', 'POST'] as const) {
        await ask(method, '/subscribe', 'email=ada%40reader.test');
        for (const [n, path] of ['confirm', 'unsubscribe', 'preferences'].entries()) {
          await ask(method, `/${path}/${tokens[n]}`, 'do=pause');
          await ask(method, `/${path}/${tokens[n]}%`, 'do=pause');
          await ask(method, `/${path}/${tokens[n]}/${'x'.repeat(600)}`, 'do=pause');
        }
      }
    };
    await askAll();
    await site.store.close();
    await askAll();
    const log = JSON.stringify(lines);
    expect(lines.some(({ event }) => event === 'request_failed')).toBe(true);
    for (const secret of [...tokens, ADDRESS, 'ada@', 'reader.test']) {
      expect(log).not.toContain(secret);
    }
    for (const { event } of lines) expect(event).toMatch(/^[a-z_]+$/);
  });

  test('is not written at the level that serve has', async () => {
    const { lines, logger } = listen('info');
    site = await openSite({ logger });
    await site.get('/');
    await site.get('/nothing');
    await site.post('/subscribe', { email: 'nobody' });
    expect(lines).toEqual([]);
  });
});

test('a fault is logged once, with the request that it broke', async () => {
  const { lines, logger } = listen('info');
  site = await openSite({ logger });
  await site.store.close();
  const { statusCode } = await site.get('/archive');
  expect(statusCode).toBe(500);
  expect(lines).toMatchObject([
    {
      ...{ level: 'error', event: 'request_failed', method: 'GET', route: '/archive' },
      requestId: expect.any(String),
      reason: expect.any(String),
    },
  ]);
});

describe('a client that hangs up', () => {
  /** Sends octets to the site's port and closes once the server has had them. */
  async function hangUp(send: string): Promise<void> {
    await site.app.listen({ host: '127.0.0.1', port: 0 });
    const address = site.app.server.address();
    if (address === null || typeof address === 'string') throw new Error('There is no port.');
    const arrived = once(site.app.server, 'request');
    const closed = once(site.app.server, 'connection').then(
      ([accepted]: Socket[]) => new Promise((resolve) => accepted?.once('close', resolve)),
    );
    const socket = connect(address.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(send);
    await arrived;
    socket.resetAndDestroy();
    await closed;
  }

  test('in the middle of a form is no error', async () => {
    const { lines, logger } = listen('debug');
    site = await openSite({ logger });
    await hangUp(
      'POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n' +
        'Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=ada',
    );
    await site.app.close();
    expect(lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test('while a page is being made is none either', async () => {
    const { lines, logger } = listen('debug');
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    site = await openSite({ logger, started });
    await hangUp('GET /search?q=speech HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n');
    start();
    await site.app.close();
    expect(lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  /** Octets that a client may have sent, and where it hangs up: in the midst, or with the answer. */
  test.each(['reset', 'end'] as const)('at any octet, by %s, is none', async (how) => {
    const { lines, logger } = listen('debug');
    site = await openSite({ logger, trustProxy: true });
    await pickFixtures(site);
    const { id } = await site.subscriber('ada@reader.test', 'active');
    const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
    const post = (path: string, body: string) =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\n${form}Content-Length: ${body.length}\r\n\r\n${body}`;
    const get = (path: string) =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n`;
    const requests = [
      ...['/', '/papers/2026-03-03', '/search?q=model', '/feed.atom', '/api/openapi.json'].map(get),
      ...['/nothing', '/assets/nothing.css', '/%', '/metrics', '/readyz'].map(get),
      post('/subscribe', 'email=bob%40reader.test'),
      post('/subscribe', 'email=nobody'),
      post(`/preferences/${site.tokens.preferences(id)}`, 'hour=7'),
      post(`/unsubscribe/${site.tokens.unsubscribe(id)}`, 'List-Unsubscribe=One-Click'),
      `POST /subscribe HTTP/1.1\r\nHost: x\r\n${form}Transfer-Encoding: chunked\r\n\r\n5\r\nemail\r\n0\r\n\r\n`,
      get('/') + get('/archive') + get('/search?q=a'),
    ];
    const port = await openPort();
    for (const request of requests) {
      for (const share of [0, 0.3, 0.8, 0.99, 1]) {
        await cutOff(port, request.slice(0, request.length * share), how, 'sent');
      }
      await cutOff(port, request, how, 'answered');
    }
    await site.app.close();
    expect(lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  async function openPort(): Promise<number> {
    await site.app.listen({ host: '127.0.0.1', port: 0 });
    const address = site.app.server.address();
    if (address === null || typeof address === 'string') throw new Error('There is no port.');
    return address.port;
  }

  /** Hangs up once all is sent, or with the first octets of the answer, and waits for the server. */
  async function cutOff(
    port: number,
    octets: string,
    how: 'reset' | 'end',
    when: 'sent' | 'answered',
  ): Promise<void> {
    const closed = once(site.app.server, 'connection').then(
      ([accepted]: Socket[]) => new Promise((resolve) => accepted?.once('close', resolve)),
    );
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write(octets, resolve));
    if (when === 'answered') await once(socket, 'data');
    if (how === 'reset') socket.resetAndDestroy();
    else socket.destroy();
    await closed;
  }
});
