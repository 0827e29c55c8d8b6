import { describe, expect, test } from 'vitest';
import { toReverseName } from '../../../src/jobs/doctor/dns-lookups.js';
import type { DnsName } from '../../support/dns.js';
import { GOOD, LOCAL, lookUp, lookUpAt } from './looked-up.js';

const PTR = '5.7.8.9.in-addr.arpa';

test('where all is as it should be, nothing but a missing signature is a warning', async () => {
  const { findings } = await lookUp();
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(findings.filter(({ warns }) => warns).map(({ subject }) => subject)).toEqual(['dmarc']);
});

describe('the domain of MAIL_FROM', () => {
  const sender = (names: Record<string, DnsName>) => lookUpAt('sender', names);

  test('takes mail at its servers, or at its address', async () => {
    expect(await sender({})).toEqual([
      'ok example.org is in the DNS, and takes mail at mail.example.org',
    ]);
    expect(await sender({ 'example.org': { a: ['9.8.7.5'] } })).toEqual([
      'ok example.org is in the DNS; it has no MX, so answers go to its address',
    ]);
  });

  test('that takes no mail is refused', async () => {
    expect(await sender({ 'example.org': { mx: [[0, '.']] } })).toEqual([
      'FAIL example.org says that it takes no mail (null MX), so mailboxes refuse mail from it -> take another MAIL_FROM, or name a server that takes its mail',
    ]);
  });

  test('that is not there is refused', async () => {
    expect(await sender({ 'example.org': null })).toEqual([
      'FAIL example.org, the domain of MAIL_FROM, does not exist: mailboxes refuse such senders -> check how MAIL_FROM is written -> example.org MX 10 papers.example.org.',
    ]);
    expect(await sender({ 'example.org': {} })).toEqual([
      'FAIL example.org, the domain of MAIL_FROM, has neither MX nor address: mailboxes refuse such senders -> name a server that takes its mail -> example.org MX 10 papers.example.org.',
    ]);
  });

  test("that can't be looked up is a warning", async () => {
    expect(await sender({ 'example.org': 'fails' })).toEqual([
      "warn example.org can't be looked up (SERVFAIL)",
    ]);
  });

  test.each(['paperboy.localhost', 'mail.local', 'box.home.arpa', 'a.internal'])(
    'that only this network knows is one finding, and is not looked up: %s',
    async (domain) => {
      const { findings, asked } = await lookUp({}, { mailFrom: { address: `p@${domain}` } });
      expect([findings.length, findings[0]?.ok, asked]).toEqual([1, false, []]);
      expect(findings[0]?.remedy).toBe('set MAIL_FROM to an address at your domain');
    },
  );
});

describe('the domain of bounces', () => {
  const settings = { bounceAddress: { domain: 'b.example.org' } };
  const bounces = (names: Record<string, DnsName>) => lookUpAt('bounces', names, settings);
  const record = 'b.example.org MX 10 papers.example.org.';

  test('is not looked at where there is none', async () => {
    expect(await lookUpAt('bounces')).toEqual([]);
  });

  test('takes mail at a server with an address', async () => {
    expect(await bounces({ 'b.example.org': { mx: [[10, 'mail.example.org']] } })).toEqual([
      'ok b.example.org takes mail at mail.example.org',
    ]);
  });

  test.each<[string, DnsName, RegExp]>([
    ['nothing', null, /^FAIL b.example.org has neither MX nor address: no bounce comes back/],
    [
      'an address alone',
      { a: ['9.8.7.5'] },
      /^warn .*has no MX, so bounces go to its address, 9.8.7.5/,
    ],
    ['a null MX', { mx: [[0, '.']] }, /^FAIL .*takes no mail \(null MX\)/],
    [
      'a server without address',
      { mx: [[1, 'gone.example.org']] },
      /^FAIL the mail servers .*no address \(gone.example.org\)/,
    ],
  ])('has %s', async (_what, name, words) => {
    const [line = ''] = await bounces({ 'b.example.org': name });
    expect(line).toMatch(words);
    expect(line.split(' -> ').at(-1)).toBe(record);
  });

  test('in trouble is a warning', async () => {
    expect(await bounces({ 'b.example.org': 'fails' })).toEqual([
      "warn MX of b.example.org can't be looked up (SERVFAIL)",
    ]);
  });
});

describe('reverse DNS', () => {
  const reverse = (names: Record<string, DnsName>, ...more: [object?, string[]?]) =>
    lookUpAt('reverse dns', names, ...more);

  test('is confirmed where the name leads back', async () => {
    expect(await reverse({})).toEqual(['ok 9.8.7.5 is papers.example.org, and that is 9.8.7.5']);
  });

  test('that is missing is told with the record', async () => {
    expect(await reverse({ [PTR]: null })).toEqual([
      `FAIL 9.8.7.5 has no name: large mailboxes refuse mail from there -> whoever gives you the address sets its name, mostly in their console -> ${PTR} PTR papers.example.org.`,
    ]);
  });

  test.each<[string, DnsName]>([
    ['nowhere', null],
    ['elsewhere', { a: ['9.8.7.6'] }],
  ])('that leads %s is not believed', async (_where, name) => {
    const names = { [PTR]: { ptr: ['static.example.net'] }, 'static.example.net': name };
    expect(await reverse(names)).toEqual([
      'FAIL 9.8.7.5 is called static.example.net, which is not 9.8.7.5: mailboxes believe neither -> give the name that address -> static.example.net A 9.8.7.5',
    ]);
  });

  test('of IPv6', async () => {
    expect(toReverseName('2001:db8::567:89ab')).toBe(
      'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    );
    const [line] = await reverse({}, {}, ['2001:4860::5']);
    expect(line).toMatch(/^FAIL 2001:4860::5 has no name.* PTR papers.example.org\.$/);
  });

  test("of the operator's own relay is looked at, of a provider's not", async () => {
    const own = { routes: [{ name: 'own', smtp: { host: 'mail.example.org' } }] };
    expect(await reverse({}, own)).toEqual([
      'ok 9.8.7.5 is papers.example.org, and that is 9.8.7.5',
    ]);
    expect(
      await reverse({}, { routes: [{ name: 'p', smtp: { host: 'smtp.example.net' } }] }),
    ).toEqual([]);
  });

  test("of addresses that do not show can't be looked up", async () => {
    expect(await reverse({ 'papers.example.org': null }, {}, ['10.0.0.4'])).toEqual([
      expect.stringMatching(/^ok from which address the relay own sends can't be seen/),
    ]);
  });
});

describe('the name in EHLO', () => {
  test('has an address', async () => {
    expect(await lookUpAt('helo')).toEqual(['ok EHLO says papers.example.org, which is 9.8.7.5']);
  });

  test('without one is a warning', async () => {
    expect(await lookUpAt('helo', { 'papers.example.org': null })).toEqual([
      'warn EHLO says papers.example.org, which has no address: some servers refuse that -> give it one, or set name=HOST in the URL of the relay -> papers.example.org A 9.8.7.5',
    ]);
  });

  test('may be a literal, or set for a relay', async () => {
    expect(await lookUpAt('helo', {}, { publicUrl: 'http://localhost:3000' })).toEqual([
      expect.stringMatching(/^ok EHLO says \[127.0.0.1\]/),
    ]);
    const routes = [{ ...LOCAL, smtp: { host: 'localhost', name: 'mail.example.org' } }];
    expect(await lookUpAt('helo', {}, { routes })).toEqual([
      'ok EHLO says mail.example.org, which is 9.8.7.5',
    ]);
  });
});

describe('the name of a mail server beside us', () => {
  const helo = async (ownName: string, names: Record<string, DnsName> = {}, own?: string[]) =>
    (await lookUpAt('helo', names, {}, own, ownName)).slice(1);

  test('leads to the address that mail comes from', async () => {
    expect(await helo('mail.example.org')).toEqual([
      'ok the mail server of the relay own calls itself mail.example.org, which is 9.8.7.5',
    ]);
  });

  test.each<[DnsName, string]>([
    [null, 'has no address'],
    [{ a: ['9.8.7.6'] }, 'is 9.8.7.6, not 9.8.7.5'],
  ])('or is told: %j', async (name, what) => {
    expect(await helo('box.example.org', { 'box.example.org': name })).toEqual([
      `warn the mail server of the relay own calls itself box.example.org, which ${what}: mailboxes trust it less -> give it the name of its address (Postfix: myhostname), like papers.example.org -> papers.example.org A 9.8.7.5`,
    ]);
  });

  test('is enough where no address shows', async () => {
    const names = { 'papers.example.org': null };
    expect(await helo('mail.example.org', names, ['10.0.0.4'])).toEqual([
      expect.stringMatching(/^ok .* calls itself mail.example.org/),
    ]);
  });

  test('in trouble is a warning', async () => {
    expect(await helo('ill.example.org', { 'ill.example.org': 'fails' })).toEqual([
      "warn the mail server of the relay own calls itself ill.example.org, which can't be looked up",
    ]);
  });
});

describe('without a network', () => {
  test('one line says so', async () => {
    const all = [
      ...['example.org', 'mail.example.org', 'papers.example.org', PTR],
      ...['_dmarc.example.org', '_dmarc.org', 'org'],
    ];
    const names = Object.fromEntries(all.map((name) => [name, 'silent' as const]));
    const { findings } = await lookUp(names);
    expect(findings).toEqual([
      {
        ...{ subject: 'dns', ok: false, remedy: expect.stringContaining('--dns 9.9.9.9') },
        told: 'no name server answers (no answer in time), so nothing could be looked up',
      },
    ]);
  });

  test('nor does a name server help that denies everything', async () => {
    const names = Object.fromEntries(Object.keys(GOOD).map((name) => [name, null]));
    const { findings } = await lookUp(names);
    expect(findings.map(({ ok, told }) => [ok, told])).toEqual([
      [false, 'the name server knows no name, not even gmail.com, so nothing could be looked up'],
    ]);
    const world: Record<string, DnsName> = { 'outlook.com': { mx: [[1, 'mx.outlook.com']] } };
    expect((await lookUp({ ...names, ...world })).findings.length).toBeGreaterThan(4);
  });
});

test('records to paste have a placeholder where PUBLIC_URL has no name that others know', async () => {
  const names = { 'example.org': null, '5.7.8.9.in-addr.arpa': null };
  for (const publicUrl of ['http://localhost:3000', 'http://9.8.7.5', 'http://box.lan']) {
    const { findings } = await lookUp(names, { publicUrl });
    const records = findings.flatMap(({ record }) => record ?? []);
    expect(records).toContain('example.org MX 10 HOST.');
    expect(records).toContain('5.7.8.9.in-addr.arpa PTR HOST.');
  }
  const { findings } = await lookUp(names, { publicUrl: 'http://localhost:3000' }, ['10.0.0.4']);
  expect(findings.map(({ record }) => record)).toContain(
    'example.org TXT "v=spf1 ip4:ADDRESS ~all"',
  );
});
