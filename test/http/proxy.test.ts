import type { lookup } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publicOnly } from '../../src/http/address-guard.js';
import { get } from '../../src/http/http-client.js';
import { openProxyAgent, type ProxySettings } from '../../src/http/proxy.js';
import { asking, type Served, serve } from '../sources/asking.js';

let site: Served;
let server: Server;
/** What the proxy was asked for. */
let asked: string[];
let proxy: ProxySettings;

/** A proxy to which every name is the site. */
beforeEach(async () => {
  site = await serve((_request, response) => response.end('here'));
  asked = [];
  server = createServer((request, response) => {
    asked.push(
      `${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim(),
    );
    response.end('through the proxy');
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    const target = connect(Number(site.url.port), '127.0.0.1');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    target.pipe(socket).pipe(target);
    for (const end of [socket, target]) end.on('error', () => end.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const httpProxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  proxy = { httpProxy, httpsProxy: null, noProxy: null };
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await site.close();
});

const through = (changes: Partial<ProxySettings> = {}) => ({
  ...asking({ tries: 1 }),
  dispatcher: openProxyAgent({ ...proxy, ...changes }),
});
const names = (...addresses: string[]) =>
  ((_name: string, _options: unknown, done: (...args: unknown[]) => void) => {
    if (addresses.length === 0) return done(Object.assign(new Error('?'), { code: 'ENOTFOUND' }));
    return done(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  }) as unknown as typeof lookup;

describe('a proxy', () => {
  test('is asked for http by whole addresses, names unknown here', async () => {
    const answer = await get(through(), new URL('http://feed.example/a?b'));
    expect(answer.body).toBe('through the proxy');
    expect(asked).toEqual(['GET http://feed.example/a?b']);
  });

  test('is told its login', async () => {
    const httpProxy = proxy.httpProxy?.replace('//', '//u:p%40w@') ?? null;
    await get(through({ httpProxy }), new URL('http://feed.example/'));
    expect(asked).toEqual([`GET http://feed.example/ Basic ${btoa('u:p@w')}`]);
  });

  test.each([
    ['of its own', { httpProxy: null }],
    ['for both', {}],
  ])('%s tunnels https', async (_what, changes) => {
    const httpsProxy = 'httpProxy' in changes ? proxy.httpProxy : null;
    // The site speaks no TLS; that the tunnel was asked for is what counts.
    const failed = get(through({ ...changes, httpsProxy }), new URL('https://feed.example/'));
    await expect(failed).rejects.toMatchObject({ code: 'source_failed' });
    expect(asked).toEqual(['CONNECT feed.example:443']);
  });

  test('that refuses says so', async () => {
    server.removeAllListeners('connect');
    server.on('connect', (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const refused = get(through(), new URL('https://feed.example/'));
    await expect(refused).rejects.toThrow(
      'feed.example could not be read (the proxy answered 403).',
    );
  });

  test.each(['127.0.0.1', 'x.example, 127.0.0.1', '*'])('is not asked for %s', async (noProxy) => {
    expect((await get(through({ noProxy }), site.url)).body).toBe('here');
    expect(asked).toEqual([]);
  });
});

describe('behind a proxy the guard', () => {
  const guarded = (lookup: typeof names extends (...a: never[]) => infer L ? L : never) => ({
    ...asking({ tries: 1 }),
    guard: publicOnly(lookup, proxy),
  });
  const refused = /is not on the public internet/;

  test.each([
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://10.0.0.1/',
    'http://[64:ff9b::a00:1]/',
    'http://localhost/',
    'http://nas.local/',
    'http://printer/',
  ])('refuses %s', async (address) => {
    await expect(get(guarded(names()), new URL(address))).rejects.toThrow(refused);
    expect(asked).toEqual([]);
  });

  test('refuses names that are private here, and leaves unknown ones to the proxy', async () => {
    const url = new URL('http://feed.example/');
    await expect(get(guarded(names('10.0.0.1')), url)).rejects.toThrow(refused);
    await expect(get(guarded(names('1.1.1.1', '10.0.0.1')), url)).rejects.toThrow(refused);
    expect(asked).toEqual([]);
    expect((await get(guarded(names()), url)).body).toBe('through the proxy');
    expect((await get(guarded(names('93.184.216.34')), url)).body).toBe('through the proxy');
  });

  test('connects to what no proxy is for as ever', async () => {
    const guard = publicOnly(names('127.0.0.1'), { ...proxy, noProxy: 'feed.example' });
    const url = new URL(`http://feed.example:${site.url.port}/`);
    await expect(get({ ...asking({ tries: 1 }), guard }, url)).rejects.toThrow(refused);
    expect([asked, site.requests]).toEqual([[], []]);
  });
});
