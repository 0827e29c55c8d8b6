import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { openSite, type Site, type SiteOptions } from './site.js';

let site: Site;
afterEach(() => site.close());

let number = 0;
const PROXY = '192.0.2.1';

/** Subscribes through a proxy. @returns the address in the consent record */
async function consentIp(headers: Record<string, string>, remoteAddress = PROXY) {
  const email = `reader${++number}@reader.test`;
  const answer = await site.app.inject({
    ...{ method: 'POST', url: '/subscribe', remoteAddress },
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    payload: JSON.stringify({ email, token: await site.token() }),
  });
  if (answer.statusCode !== 202) return answer.statusCode;
  const newest = await site.store.subscribers.findByEmail(email);
  const [consent] = await site.store.subscribers.consents(newest?.id ?? 0);
  return consent?.ip;
}
const forwardedFor = (value: string) => consentIp({ 'x-forwarded-for': value });

async function open(options: SiteOptions = { trustProxy: true }) {
  site = await openSite(options);
}

describe('the address behind a proxy, however it is written', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:50001', '203.0.113.9'],
    ['"203.0.113.9:50001"', '203.0.113.9'],
    [' 203.0.113.9 ', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['[::FFFF:203.0.113.9]:443', '203.0.113.9'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['203.0.113.9, ', '203.0.113.9'],
    [',203.0.113.9:1,', '203.0.113.9'],
  ])('%j is %s', async (header, ip) => {
    await open();
    expect(await forwardedFor(header)).toBe(ip);
  });

  test.each([
    ...[
      'unknown',
      '_hidden',
      '-',
      'localhost',
      '203.0.113',
      '203.0.113.999',
      '0x7f.1',
      '017.0.0.1',
    ],
    ...['1', ':::', '[]', '[203.0.113.9', '203.0.113.9:50001:2', '<script>', '203.0.113.9 OR 1=1'],
    ...[
      '\u00e9',
      '%00',
      'for=203.0.113.9',
      '::ffff:999.1.1.1',
      '2001:db8::1::2',
      'x'.repeat(5_000),
    ],
  ])('%j is none: it is the proxy that asks', async (header) => {
    await open();
    expect(await forwardedFor(header)).toBe(PROXY);
    // Nobody vouches for what stands before it.
    expect(await forwardedFor(`198.51.100.1, ${header}`)).toBe(PROXY);
    expect(await forwardedFor(`${header}, 198.51.100.1`)).toBe('198.51.100.1');
  });

  test.each([
    ['for=203.0.113.9', '203.0.113.9'],
    ['For="203.0.113.9:47011";proto=https;by=10.0.0.1', '203.0.113.9'],
    ['proto=http; for="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for=203.0.113.9, for=198.51.100.2', '203.0.113.9'],
    ['for="203.0.113.9:_port"', '203.0.113.9'],
    ['for=unknown', PROXY],
    ['for="_gazonk"', PROXY],
    ['proto=https', PROXY],
    ['for="a, for=203.0.113.9"', PROXY],
    ['', PROXY],
  ])('Forwarded: %s (RFC 7239) is %s', async (forwarded, ip) => {
    await open();
    expect(await consentIp({ forwarded })).toBe(ip);
  });

  test('X-Forwarded-For counts where there are both', async () => {
    await open();
    const headers = { 'x-forwarded-for': '203.0.113.9:1', forwarded: 'for=198.51.100.7' };
    expect(await consentIp(headers)).toBe('203.0.113.9');
  });

  test('a port hides no proxy that is trusted', async () => {
    await open({ trustProxy: '192.0.2.0/24, 198.51.100.0/24' });
    expect(await forwardedFor('203.0.113.9:1, 198.51.100.3:2')).toBe('203.0.113.9');
    expect(await forwardedFor('198.51.100.9, 203.0.113.9:1')).toBe('203.0.113.9');
  });

  test('nothing of it counts while TRUST_PROXY is off', async () => {
    await open({ trustProxy: false });
    for (const name of ['x-forwarded-for', 'forwarded']) {
      expect(await consentIp({ [name]: 'for=203.0.113.9' })).toBe(PROXY);
    }
    expect(await consentIp({}, '::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(await consentIp({}, 'fe80::1%lo')).toBe('fe80::1');
  });
});

test('whatever the header says, the record holds an address, and one client is one', async () => {
  await open();
  const four = fc.ipV4();
  const part = fc.oneof(
    four,
    fc.ipV6(),
    fc.tuple(four, fc.nat(65_535)).map(([ip, port]) => `${ip}:${port}`),
    fc.tuple(fc.ipV6(), fc.nat(65_535)).map(([ip, port]) => `[${ip}]:${port}`),
    fc.string({ maxLength: 20 }),
    fc.constantFrom('unknown', '"', '[', ']:', ',', ''),
  );
  const header = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(', '));
  await fc.assert(
    fc.asyncProperty(header, fc.ipV4(), async (value, last) => {
      const ip = await forwardedFor(value.replace(/[^\x20-\x7e]/g, ''));
      // 429: from now on the limit of somebody is reached.
      if (ip !== 429) expect(ip).toMatch(/^(\d{1,3}\.){3}\d{1,3}$|^[\da-f:]+(:[\d.]+)?$/);
      const behind = await forwardedFor(`${last}:1, ${last}`);
      if (behind !== 429) expect(behind).toBe(last);
    }),
    { numRuns: 25 },
  );
});

describe('one client is one for the limit', () => {
  const LIMIT = 30;
  const refused = async (headers: string[]) => {
    const answers: unknown[] = [];
    for (const header of headers) answers.push(await forwardedFor(header));
    return answers.filter((answer) => answer === 429).length;
  };
  const times = (write: (n: number) => string) =>
    Array.from({ length: LIMIT + 10 }, (_, n) => write(n));

  test.each<[string, (n: number) => string]>([
    ['another port each time', (n) => `203.0.113.9:${50_000 + n}`],
    ['another address of its home network', (n) => `[2001:db8:1:2:${n.toString(16)}::1]:443`],
    ['other ways of writing it', (n) => (n % 2 ? '::ffff:203.0.113.9' : '"203.0.113.9"')],
    ['a name that nobody reads', (n) => `_hidden${n}`],
    ['other addresses before one that nobody reads', (n) => `198.51.100.${n}, unknown`],
  ])('with %s', async (_what, write) => {
    await open();
    expect(await refused(times(write))).toBe(10);
  });

  test('and two are two', async () => {
    await open();
    expect(await refused(times((n) => `203.0.113.${n}:1`))).toBe(0);
    expect(await refused(times((n) => `[2001:db8:1:${n.toString(16)}::1]`))).toBe(0);
  });
});

test('who hides is not near enough for the metrics', async () => {
  await open();
  const ask = async (header: string) =>
    (await site.app.inject({ url: '/metrics', headers: { 'x-forwarded-for': header } })).statusCode;
  expect(await ask('10.0.0.7:1234')).toBe(200);
  for (const header of ['unknown', '203.0.113.9:1', '10.0.0.7, unknown']) {
    expect(await ask(header)).toBe(403);
  }
});
