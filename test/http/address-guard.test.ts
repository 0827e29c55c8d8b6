import type { lookup } from 'node:dns';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPublic, publicOnly } from '../../src/http/address-guard.js';
import { get } from '../../src/http/http-client.js';
import { isPublicHost } from '../../src/http/public-address.js';
import { asking, type Served, serve } from '../sources/asking.js';

let served: Served;
beforeEach(async () => {
  served = await serve((_request, response) => response.end('secret'));
});
afterEach(() => served.close());

/** Names that mean these addresses, the first answer first. */
function names(...answers: string[][]): { lookup: typeof lookup; asked: string[] } {
  const asked: string[] = [];
  const answer = (name: string, _options: unknown, done: (...args: unknown[]) => void) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(name);
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { lookup: answer as unknown as typeof lookup, asked };
}

const refused = expect.objectContaining({
  code: 'source_failed',
  message: expect.stringContaining('is not on the public internet'),
});

test.each([
  '127.0.0.1',
  '127.8.8.8',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  '198.18.0.1',
  '192.0.2.1',
  '240.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd00:ec2::254',
  'fec0::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:a00:1',
  '::127.0.0.1',
  '64:ff9b::a00:1',
  '2002:7f00:1::',
  '2001::1',
  '2001:db8::1',
  // NAT64, 6to4 and Teredo with a private address inside, NAT64 of the operator's own network.
  '64:ff9b::7f00:1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::c0a8:101',
  '64:ff9b:1::5db8:d822',
  '64:ff9b:1:fffe::808:808',
  '2002:a00:1::1',
  '2002:c0a8:101::',
  '2001:0:808:808::f5ff:fffe',
  '2001:0:a00:1::a247:27dd',
  '::ffff:192.168.1.1',
  '::ffff:0:8.8.8.8',
  '::808:808',
  'nonsense',
  '',
])('%s is not public', (address) => {
  expect(isPublic(address)).toBe(false);
});

test.each([
  '93.184.216.34',
  '1.1.1.1',
  '172.32.0.1',
  '2606:4700::1111',
  '::ffff:1.1.1.1',
  '64:ff9b::5db8:d822',
  '64:ff9b::808:808',
  '2002:5db8:d822::1',
  '2001:0:5db8:d822:8000:63bf:a247:27dd',
])('%s is public', (address) => {
  expect(isPublic(address)).toBe(true);
});

test.each([
  ['feed.example', true],
  ['feed.example.', true],
  ['93.184.216.34', true],
  ['[64:ff9b::5db8:d822]', true],
  ['localhost', false],
  ['feeds.localhost', false],
  ['printer', false],
  ['nas.local', false],
  ['metadata.google.internal', false],
  ['router.home.arpa.', false],
  ['127.0.0.1', false],
  ['[::1]', false],
  ['', false],
])('the host %s may be public: %s', (host, isIt) => {
  expect(isPublicHost(host)).toBe(isIt);
});

test('a network of IPv6 alone is judged by the addresses inside', async () => {
  const inside = names(['64:ff9b::a00:1']);
  const url = new URL(`http://feed.example:${served.url.port}/`);
  await expect(get({ ...asking(), guard: publicOnly(inside.lookup) }, url)).rejects.toEqual(
    refused,
  );
  // Nobody is there, so it fails, but as any public address would.
  const outside = names(['64:ff9b::5db8:d822']);
  const deps = asking({ tries: 1, timeout: 300 });
  const failed = get({ ...deps, guard: publicOnly(outside.lookup) }, url);
  await expect(failed).rejects.toThrow(/could not be read|did not answer/);
});

describe('a guarded request', () => {
  test.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://169.254.169.254',
    'http://0',
  ])('to %s is refused, and not repeated', async (address) => {
    const url = new URL(`${address}:${served.url.port}/latest`);
    const deps = { ...asking(), guard: publicOnly() };
    await expect(get(deps, url)).rejects.toEqual(refused);
    expect(served.requests).toEqual([]);
    expect(deps.clock.waits).toEqual([]);
  });

  test.each([
    ['a private address', ['10.0.0.1']],
    ['a public address and a private one', ['93.184.216.34', '127.0.0.1']],
    ['no address', []],
  ])('to a name that means %s is refused', async (_what, addresses) => {
    const { lookup } = names(addresses);
    const url = new URL(`http://feed.example:${served.url.port}/`);
    await expect(get({ ...asking(), guard: publicOnly(lookup) }, url)).rejects.toEqual(refused);
    expect(served.requests).toEqual([]);
  });

  test('looks a name up once: what it means a moment later makes no difference', async () => {
    const { lookup, asked } = names(['10.0.0.1'], ['127.0.0.1']);
    const url = new URL(`http://rebinds.example:${served.url.port}/`);
    await expect(get({ ...asking(), guard: publicOnly(lookup) }, url)).rejects.toEqual(refused);
    expect(asked).toEqual(['rebinds.example']);
    expect(served.requests).toEqual([]);
  });

  test('is refused where a redirect leads inside', async () => {
    const guard = publicOnly();
    const outside = await serve((_request, response) => {
      response.writeHead(302, { location: `${served.url.href}inside` }).end();
    });
    // Only the first step is let through, as if it were public.
    const open = { check: guard.check, dispatcher: guard.dispatcher };
    let steps = 0;
    open.check = (url) => {
      if (steps++ > 0) guard.check(url);
    };
    await expect(get({ ...asking(), guard: open }, outside.url)).rejects.toEqual(refused);
    expect([outside.requests.length, served.requests]).toEqual([1, []]);
    await outside.close();
  });
});
