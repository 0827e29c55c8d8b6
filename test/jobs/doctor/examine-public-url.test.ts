import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { VERSION } from '../../../src/base/version.js';
import { examineProxies, type TrustProxy } from '../../../src/jobs/doctor/examine-proxies.js';
import { examinePublicUrl } from '../../../src/jobs/doctor/examine-public-url.js';
import { buildReflectionToken, isReflectionToken } from '../../../src/jobs/doctor/reflection.js';
import { openWebLook } from '../../../src/jobs/doctor/web-look.js';
import { freePort, ROOT } from '../../support/program.js';

const pem = readFileSync(join(ROOT, 'test/fixtures/tls/valid.pem'), 'utf8');
const look = openWebLook({ httpProxy: null, httpsProxy: null, noProxy: null });
const DAY = 24 * 3_600_000;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(listener: RequestListener, tls = false): Promise<string> {
  const server = tls ? createHttps({ key: pem, cert: pem }, listener) : createHttp(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  return `http${tls ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Without what is said of the loopback address, which stands for any. */
async function told(url: string, { now = Date.now(), addresses = [] as string[] } = {}) {
  const findings = await examinePublicUrl(url, {
    ...{ look, secret: 'a secret', trustProxy: false as const },
    clock: { now: () => now },
    findAddresses: async () => addresses,
  });
  return findings
    .map(({ ok, warns, told: words, remedy }) =>
      [`${ok ? (warns ? 'warn' : 'ok') : 'FAIL'} ${words}`, remedy].filter(Boolean).join(' -> '),
    )
    .filter((line) => !line.includes('127.0.0.1 is an address of this machine'));
}

describe('what answers at PUBLIC_URL', () => {
  test('may be this Paperboy', async () => {
    const url = await serve((_request, response) =>
      response.end(
        JSON.stringify({ version: VERSION, peer: '::1', client: '::1', forwardedFor: null }),
      ),
    );
    expect(await told(url)).toEqual([
      `ok ${url} leads to this Paperboy, ${VERSION}`,
      'ok no proxy on the way from here to PUBLIC_URL adds X-Forwarded-For',
    ]);
  });

  test('may be another version', async () => {
    const answer = { version: '0.0.9', peer: null, client: null, forwardedFor: null };
    const url = await serve((_request, response) => response.end(JSON.stringify(answer)));
    expect((await told(url))[0]).toBe(
      `warn ${url} leads to Paperboy 0.0.9, and this is ${VERSION} -> restart "serve"`,
    );
  });

  test('may be another Paperboy', async () => {
    const url = await serve((request, response) => {
      if (request.url !== '/healthz') response.writeHead(404).end('{}');
      else response.end('{"status":"ok","version":"0.3.1"}');
    });
    expect(await told(url)).toEqual([
      `FAIL a Paperboy 0.3.1 answers at ${url}, but it has another SECRET_KEY, or is older than ${VERSION} -> run doctor with the settings of "serve", and restart "serve" after an update`,
    ]);
  });

  test.each([
    [200, '<html>It works!</html>'],
    [200, '{"version":7}'],
    [200, 'null'],
    [404, 'Not found'],
    [502, 'Bad gateway'],
  ])('may be something else: %d %s', async (status, body) => {
    const url = await serve((_request, response) => response.writeHead(status).end(body));
    expect(await told(url)).toEqual([
      expect.stringContaining(`FAIL something else than Paperboy answers at ${url} (${status})`),
    ]);
  });

  test.each([
    ['https://papers.example.org/x', 'https://papers.example.org, if that is this Paperboy too'],
    ['/login', 'without a login'],
    ['http://[', 'without a login'],
  ])('may lead elsewhere: %s', async (location, remedy) => {
    const url = await serve((_request, response) => response.writeHead(301, { location }).end());
    const [line = ''] = await told(url);
    expect(line).toMatch(
      /^FAIL .* leads elsewhere \(301 to http.*by one click does not follow -> /,
    );
    expect(line).toContain(remedy);
  });

  test('may be nothing', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await told(url)).toEqual([
      `FAIL ${url} can't be opened from here (ECONNREFUSED) -> start "serve", and whatever stands before it`,
    ]);
  });

  test('may have a certificate that nobody knows', async () => {
    const url = await serve((_request, response) => response.end(), true);
    expect(
      await told(url, { now: Date.parse(new X509Certificate(pem).validTo) - 20 * DAY }),
    ).toEqual([
      expect.stringMatching(
        /\(DEPTH_ZERO_SELF_SIGNED_CERT\) -> get a certificate that browsers know/,
      ),
    ]);
  });

  test('may have a certificate that ends soon', async () => {
    const url = await serve((_request, response) => response.end(), true);
    const now = Date.parse(new X509Certificate(pem).validTo) - 3.5 * DAY;
    expect(await told(url, { now })).toContainEqual(
      expect.stringMatching(/^warn its certificate ends in 3 days, on /),
    );
  });
});

describe('whether readers can come', () => {
  const first = async (url: string, addresses: string[] = []) =>
    (await told(url, { addresses }))[0];

  test.each([
    'http://localhost:1',
    'http://10.0.0.4:1',
    'http://papers.local:1',
    'http://[fd00::1]:1',
  ])('not to %s', async (url) => {
    expect(await first(url)).toMatch(/^FAIL .* is an address of this machine or network/);
  });

  test('not to a name with private addresses', async () => {
    expect(await first('http://papers.example.invalid:1', ['10.1.2.3'])).toMatch(
      /^FAIL papers.example.invalid is 10.1.2.3, which only this machine or network can reach/,
    );
    expect(await first('http://papers.example.invalid:1', ['10.1.2.3', '9.8.7.5'])).toMatch(
      /^FAIL http:\/\/papers.example.invalid:1 can't be opened from here/,
    );
  });
});

describe('TRUST_PROXY', () => {
  const look = (trust: TrustProxy, forwardedFor: string | null, client: string) => {
    const reflection = { version: VERSION, peer: '10.0.0.9', client, forwardedFor };
    const [finding] = examineProxies(reflection, trust);
    const word = finding?.ok ? (finding.warns ? 'warn' : 'ok') : 'FAIL';
    return `${word} ${finding?.told} -> ${finding?.remedy}`;
  };

  test.each<[TrustProxy, string | null, string, RegExp]>([
    // Nobody on the way.
    [false, '192.0.2.77', '9.8.7.5', /^ok no proxy on the way/],
    [false, null, '9.8.7.5', /^ok no proxy on the way/],
    [
      1,
      null,
      '9.8.7.5',
      /^ok no proxy .* and TRUST_PROXY is 1; what a client writes is not believed/,
    ],
    ['10.0.0.0/8', '192.0.2.77', '9.8.7.5', /^ok no proxy .* TRUST_PROXY is 10.0.0.0\/8/],
    [
      true,
      '192.0.2.77',
      '192.0.2.77',
      /^FAIL whoever asks may write any address.*set TRUST_PROXY=off/,
    ],
    // A proxy that adds.
    [
      false,
      '192.0.2.77, 9.8.7.5',
      '10.0.0.9',
      /^warn requests come through .* all readers count as 10.0.0.9.*set TRUST_PROXY=1,/,
    ],
    [
      1,
      '192.0.2.77, 9.8.7.5',
      '9.8.7.5',
      /^ok readers are told apart behind 1 proxy; we came from 9.8.7.5/,
    ],
    [1, '192.0.2.77, 9.8.7.5:4711', '9.8.7.5', /^ok readers are told apart/],
    [1, '192.0.2.77, [2001:db8::5]:4711', '2001:db8::5', /^ok readers are told apart/],
    [
      true,
      '192.0.2.77, 9.8.7.5',
      '192.0.2.77',
      /^FAIL .* -> set TRUST_PROXY=1, the number of proxies/,
    ],
    [
      2,
      '192.0.2.77, 9.8.7.5',
      '192.0.2.77',
      /^FAIL .* -> set TRUST_PROXY=1, the number of proxies/,
    ],
    // A proxy that throws away what it got.
    [false, '9.8.7.5', '10.0.0.9', /^warn requests come through .*set TRUST_PROXY=1,/],
    [true, '9.8.7.5', '9.8.7.5', /^ok readers are told apart behind 1 proxy/],
    // Two of them.
    [2, '192.0.2.77, 9.8.7.5, 10.0.0.8', '9.8.7.5', /^ok readers are told apart behind 2 proxies/],
    [
      1,
      '192.0.2.77, 9.8.7.5, 10.0.0.8',
      '10.0.0.8',
      /^warn 10.0.0.8, which is a proxy, .*set TRUST_PROXY=2/,
    ],
    [false, '192.0.2.77, 9.8.7.5, 10.0.0.8', '10.0.0.9', /^warn .*set TRUST_PROXY=2,/],
  ])('%s where X-Forwarded-For is %s and we are %s', (trust, forwardedFor, client, words) => {
    expect(look(trust, forwardedFor, client)).toMatch(words);
  });
});

test('a token to be reflected lasts for minutes, and is for one key', () => {
  const now = Date.UTC(2026, 10, 30, 12);
  const token = buildReflectionToken('a secret', now);
  expect(isReflectionToken('a secret', token, now)).toBe(true);
  expect(isReflectionToken('a secret', token, now + 4 * 60_000)).toBe(true);
  expect(isReflectionToken('a secret', token, now + 10 * 60_000)).toBe(false);
  expect(isReflectionToken('a secret', token, now - 60 * 60_000)).toBe(false);
  expect(isReflectionToken('another', token, now)).toBe(false);
  for (const wrong of ['', 'x', '.', token.slice(0, -1), `${token}x`, token.replace(/^./, 'z')]) {
    expect(isReflectionToken('a secret', wrong, now)).toBe(false);
  }
});
