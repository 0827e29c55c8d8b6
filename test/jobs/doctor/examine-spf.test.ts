import { describe, expect, test } from 'vitest';
import type { MailSettings } from '../../../src/jobs/doctor/mail-setup.js';
import type { DnsName } from '../../support/dns.js';
import { lookUp, lookUpAt } from './looked-up.js';

const MX: { mx: [number, string][] } = { mx: [[10, 'mail.example.org']] };

/** Findings with this record at example.org. */
const spf = (
  record: string | readonly string[],
  names: Record<string, DnsName> = {},
  settings: Partial<MailSettings> = {},
  interfaces?: readonly string[],
) =>
  lookUpAt(
    'spf',
    { 'example.org': { ...MX, txt: [record].flat() }, ...names },
    settings,
    interfaces,
  );

const relay = (host: string) => ({ routes: [{ name: 'smtp', smtp: { host } }] });

/** Only what is not in order. */
const faults = async (...given: Parameters<typeof spf>) =>
  (await spf(...given)).filter((line) => !line.startsWith('ok'));

test('a record that lets this machine send is in order', async () => {
  expect(await spf('v=spf1 ip4:9.8.7.5 ~all')).toEqual([
    'ok example.org has "v=spf1 ip4:9.8.7.5 ~all", which needs 0 look-ups of the 10 that are allowed',
    "ok lets this machine's address 9.8.7.5 send (relay own)",
  ]);
});

test.each([
  'v=spf1 ip4:9.8.7.0/24 -all',
  'V=SPF1 ip4:198.51.100.1 +A:papers.example.org -ALL',
  'v=spf1 mx -all',
  'v=spf1 mx/24//64 ?ip6:2001:db8::/32 -all',
  'v=spf1 a:mail.example.org/31 -all',
  'v=spf1 include:one.example.net -all',
  'v=spf1 redirect=one.example.net',
  'v=spf1 exists:%{i}.list.example.net -all',
  'v=spf1 exists:%{ir}.%{v}.list.example.net -all',
  'v=spf1 include:%{d2}.all.example.net -all',
  'v=spf1 exp=why.example.org x-other=%{l}1 ip4:9.8.7.5 -all',
])('lets the machine send: %s', async (record) => {
  const names = {
    'one.example.net': { txt: ['v=spf1 ip4:9.8.7.5 -all'] },
    '9.8.7.5.list.example.net': { a: ['127.0.0.2'] },
    '5.7.8.9.in-addr.list.example.net': { a: ['127.0.0.2'] },
    'example.org.all.example.net': { txt: ['v=spf1 ip4:9.8.7.5 -all'] },
  };
  expect(await faults(record, names)).toEqual([]);
});

describe('a machine that may not send', () => {
  test.each([
    ['v=spf1 ip4:198.51.100.0/24 -all', 'fail', 'ip4:198.51.100.0/24 ip4:9.8.7.5 -all'],
    ['v=spf1 ip4:198.51.100.1 ~all', 'softfail', 'ip4:198.51.100.1 ip4:9.8.7.5 ~all'],
    ['v=spf1 -ip4:9.8.7.5 ~all', 'fail', '-ip4:9.8.7.5 ip4:9.8.7.5 ~all'],
    ['v=spf1 redirect=no.example.net', 'fail', 'ip4:9.8.7.5 redirect=no.example.net'],
    // RFC 7208 §5.2: an include matches where it says pass.
    ['v=spf1 include:soft.example.net -all', 'fail', 'include:soft.example.net ip4:9.8.7.5 -all'],
    ['v=spf1 -all redirect=yes.example.net', 'fail', 'ip4:9.8.7.5 -all redirect=yes.example.net'],
  ])('%s', async (record, result, better) => {
    const names = {
      'no.example.net': { txt: ['v=spf1 -all'] },
      'yes.example.net': { txt: ['v=spf1 ip4:9.8.7.5 -all'] },
      'soft.example.net': { txt: ['v=spf1 ~all'] },
    };
    expect(await faults(record, names)).toEqual([
      `FAIL does not let this machine's address 9.8.7.5 send (relay own): a receiver gets "${result}" -> add it to the record, unless the relay hands all mail on to another -> example.org TXT "v=spf1 ${better}"`,
    ]);
  });

  test('by IPv6', async () => {
    const [line] = await faults('v=spf1 ip4:9.8.7.5 -all', {}, {}, ['2001:4860::5']);
    expect(line).toMatch(
      /address 2001:4860::5 send .*"fail" .*TXT "v=spf1 ip4:9.8.7.5 ip6:2001:4860::5 -all"$/,
    );
  });
});

test('no record at all is told with the one to paste', async () => {
  expect(await spf([])).toEqual([
    'FAIL example.org has no record: large mailboxes refuse mail without SPF -> publish this one, with whatever else sends for the domain in it -> example.org TXT "v=spf1 ip4:9.8.7.5 ~all"',
  ]);
  expect(await spf(['v=spf10 all', 'spf1 -all'], {}, relay('smtp.gmail.com'))).toEqual([
    expect.stringContaining('TXT "v=spf1 include:_spf.google.com ~all"'),
  ]);
  expect(await spf([], {}, relay('smtp.example.net'))).toEqual([
    expect.stringContaining('TXT "v=spf1 a:smtp.example.net ~all"'),
  ]);
});

test('of a provider that has an envelope of its own, none is needed', async () => {
  expect(await spf([], {}, relay('smtp.postmarkapp.com'))).toEqual([
    expect.stringMatching(/^ok example.org has no record, and mail over Postmark needs none there/),
  ]);
});

test('two records are one too many', async () => {
  expect(await spf(['v=spf1 mx -all', 'v=spf1 ip4:9.8.7.5 mx ~all'])).toEqual([
    'FAIL example.org has 2 records, so none of them counts -> leave one record that says what all of them say -> example.org TXT "v=spf1 mx ip4:9.8.7.5 -all"',
  ]);
});

describe('syntax', () => {
  test.each([
    ['ip4:9.8.7.500', 'has no address that can be read'],
    ['ip4:9.8.7.5/33', 'has no address that can be read'],
    ['ip6:9.8.7.5', 'has no address that can be read'],
    ['ip4', 'has no address that can be read'],
    ['a/33', 'can not be read'],
    ['a:/24', 'can not be read'],
    ['include', 'names no domain'],
    ['include:', 'can not be read'],
    ['includes:x.example', 'is no part of SPF'],
    ['all.', 'is no part of SPF'],
    ['all:x.example', 'can not be read'],
    ['redirect=', 'names no domain'],
    ['exists:%{z}.x', 'can not be read'],
    ['v=spf1', null],
  ])('%s', async (word, why) => {
    const found = await faults(`v=spf1 ip4:9.8.7.5 ${word} -all`);
    if (why === null) expect(found).toEqual([]);
    else {
      expect(found[0]).toBe(`FAIL its record is void: "${word}" ${why} -> correct the record`);
    }
  });

  test('"redirect=" twice', async () => {
    const found = await faults('v=spf1 redirect=a.example redirect=b.example');
    expect(found.join()).toContain('"redirect=" is there twice');
  });

  test('of what is included', async () => {
    const names = { 'one.example.net': { txt: ['v=spf1 ipv4:1.2.3.4 -all'] } };
    expect((await faults('v=spf1 ip4:9.8.7.5 include:one.example.net -all', names))[0]).toBe(
      'FAIL the record of one.example.net, which it includes, is void: "ipv4:1.2.3.4" is no part of SPF -> leave it out, or ask whoever runs that domain',
    );
  });
});

describe('look-ups', () => {
  const chain = (count: number): Record<string, DnsName> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [
        `i${n}.example.net`,
        { txt: [n + 1 < count ? `v=spf1 include:i${n + 1}.example.net ?all` : 'v=spf1 ?all'] },
      ]),
    );
  const first = 'v=spf1 ip4:9.8.7.5 include:i0.example.net -all';

  test('ten are allowed', async () => {
    const [line, ...others] = await spf(first, chain(10));
    expect(line).toContain('which needs 10 look-ups of the 10 that are allowed');
    expect(others.filter((one) => !one.startsWith('ok'))).toEqual([]);
  });

  test('eleven are too many, however deep they lie', async () => {
    expect(await faults(first, chain(11))).toEqual([
      'FAIL the record needs 11 look-ups, and receivers stop after 10: it is void -> leave out what no longer sends for you, or give this service a subdomain',
    ]);
  });

  test('each kind of term counts, but not what stands behind "all"', async () => {
    const names = { 'x.example.net': { a: ['192.0.2.1'], mx: [], txt: ['v=spf1 ?all a mx'] } };
    const [line] = await spf(
      'v=spf1 a mx ptr exists:x.example.net a:x.example.net include:x.example.net ip4:9.8.7.5 -all include:y.example.net',
      names,
    );
    expect(line).toContain('which needs 6 look-ups');
  });

  test.each([
    ['v=spf1 redirect=one.example.net', '1 look-up'],
    ['v=spf1 ip4:9.8.7.5 -all redirect=one.example.net', '0 look-ups'],
  ])('%s needs %s', async (record, cost) => {
    const names = { 'one.example.net': { txt: ['v=spf1 ip4:9.8.7.5 -all'] } };
    const lines = await spf(record, names);
    expect(lines[0]).toContain(`which needs ${cost} of the 10`);
    expect(lines[1]).toMatch(/^ok lets/);
  });

  test('two that find nothing are allowed, three are not', async () => {
    const record = (count: number) =>
      `v=spf1 ip4:9.8.7.5 ${['a:n1.example', 'mx:n2.example', 'exists:n3.example'].slice(0, count).join(' ')} -all`;
    expect(await faults(record(2))).toEqual([]);
    expect(await faults(record(3))).toEqual([
      'FAIL 3 look-ups of the record find nothing, and receivers take 2: it is void -> leave out what names nothing: a:n1.example mx:n2.example exists:n3.example',
    ]);
  });

  test('a record that includes itself is told, and followed once', async () => {
    const found = await faults('v=spf1 ip4:9.8.7.5 include:example.org -all');
    expect(found[0]).toMatch(/^FAIL example.org can't be followed: it includes itself/);
  });

  test('a record without end is followed to an end', async () => {
    const words = Array.from({ length: 10 }, (_, n) => `a:h${n}.example.net`).join(' ');
    const names: Record<string, DnsName> = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [
        `w${n}.example.net`,
        { txt: [`v=spf1 ${words} include:w${n + 1}.example.net -all`] },
      ]),
    );
    const settings = { routes: [] };
    const { asked, findings } = await lookUp(
      { 'example.org': { ...MX, txt: ['v=spf1 include:w0.example.net -all'] }, ...names },
      settings,
    );
    expect(asked.filter((one) => /\bh\d+\.|\bw\d+\./.test(one)).length).toBeLessThan(100);
    expect(findings.some(({ told }) => /needs \d+ look-ups, and receivers stop/.test(told))).toBe(
      true,
    );
  });

  test('eleven mail servers are too many for one "mx"', async () => {
    const mx = Array.from({ length: 11 }, (_, n) => [n, `m${n}.example.net`] as [number, string]);
    const names = { 'big.example.net': { mx } };
    expect((await faults('v=spf1 ip4:9.8.7.5 mx:big.example.net -all', names))[0]).toMatch(
      /^FAIL "mx:big.example.net" names more than 10 mail servers/,
    );
  });
});

describe('what is included', () => {
  test('has to have a record', async () => {
    expect((await faults('v=spf1 ip4:9.8.7.5 include:gone.example.net -all'))[0]).toBe(
      'FAIL it includes gone.example.net, which has no record, so the whole record is void -> leave it out -> example.org TXT "v=spf1 ip4:9.8.7.5 -all"',
    );
  });

  test('has to have one record', async () => {
    const names = { 'two.example.net': { txt: ['v=spf1 -all', 'v=spf1 ?all'] } };
    expect((await faults('v=spf1 ip4:9.8.7.5 include:two.example.net -all', names))[0]).toMatch(
      /^FAIL two.example.net, which it includes, has 2 records/,
    );
  });

  test("that can't be looked up is a warning", async () => {
    const names: Record<string, DnsName> = { 'ill.example.net': 'fails' };
    expect(
      await faults('v=spf1 ip4:9.8.7.5 include:ill.example.net a:ill.example.net -all', names),
    ).toEqual([
      "warn the record of ill.example.net can't be looked up (SERVFAIL)",
      'warn "a:ill.example.net" can\'t be looked up (SERVFAIL)',
    ]);
  });
});

describe('what a record says of all others', () => {
  test.each([
    ['v=spf1 +all', /^FAIL "\+all" lets everybody on earth send .* TXT "v=spf1 ~all"$/],
    ['v=spf1 ip4:9.8.7.5 all', /^FAIL "all" lets everybody .* TXT "v=spf1 ip4:9.8.7.5 ~all"$/],
    ['v=spf1 ip4:9.8.7.5 ?all', /^warn "\?all" says nothing .* TXT "v=spf1 ip4:9.8.7.5 ~all"$/],
    ['v=spf1 ip4:9.8.7.5', /^warn the record says nothing of all others.*:9.8.7.5 ~all"$/],
    ['v=spf1 ptr ip4:9.8.7.5 -all', /^warn "ptr" is slow/],
    ['v=spf1 ip4:9.8.7.5 -all mx', /^warn what stands behind "all" counts for nothing: mx/],
  ])('%s', async (record, words) => {
    const found = await faults(record);
    expect(found).toEqual([expect.stringMatching(words)]);
  });
});

describe('relays elsewhere', () => {
  const google = { '_spf.google.com': { txt: ['v=spf1 ip4:192.0.2.0/24 ~all'] } };

  test('of a provider that is included', async () => {
    const found = await spf('v=spf1 include:_spf.google.com ~all', google, relay('smtp.gmail.com'));
    expect(found[1]).toBe('ok includes _spf.google.com, so Google may send (relay smtp)');
  });

  test('of a provider that is included further down', async () => {
    const names = { ...google, 'm.example.net': { txt: ['v=spf1 include:_spf.google.com ~all'] } };
    expect(
      await faults('v=spf1 include:m.example.net ~all', names, relay('smtp.gmail.com')),
    ).toEqual([]);
  });

  test('of a provider that is not', async () => {
    expect(await faults('v=spf1 mx -all', {}, relay('smtp.office365.com'))).toEqual([
      'FAIL does not include spf.protection.outlook.com: Microsoft 365 (relay smtp) may not send for example.org -> add it to the record -> example.org TXT "v=spf1 mx include:spf.protection.outlook.com -all"',
    ]);
  });

  test('of a provider whose addresses may be written out', async () => {
    expect(await faults('v=spf1 ip4:192.0.2.0/24 -all', {}, relay('smtp.gmail.com'))).toEqual([
      expect.stringMatching(
        /^warn does not include _spf.google.com.*unless its addresses are among/,
      ),
    ]);
  });

  test('of a provider that has an envelope of its own', async () => {
    expect((await spf('v=spf1 -all', {}, relay('smtp.postmarkapp.com'))).at(-1)).toMatch(
      /^ok does not include spf.mtasv.net, and Postmark \(relay smtp\) mostly puts/,
    );
  });

  test('that nobody knows: its address is what can be seen', async () => {
    const names = { 'mx.example.net': { a: ['9.9.9.9'] } };
    const allowed = await spf('v=spf1 ip4:9.9.9.9 -all', names, relay('mx.example.net'));
    expect(allowed[1]).toMatch(
      /^ok lets 9.9.9.9 \(the address of mx.example.net\) send .* can't be seen here/,
    );
    expect(await faults('v=spf1 mx -all', names, relay('mx.example.net'))).toEqual([
      expect.stringMatching(
        /^warn does not let 9.9.9.9 .* "fail"; whether .* -> example.org TXT "v=spf1 mx a:mx.example.net -all"$/,
      ),
    ]);
  });

  test('in a container beside us sends from this machine', async () => {
    const found = await spf('v=spf1 ip4:9.8.7.5 -all', {}, relay('postfix'));
    expect(found[1]).toBe("ok lets this machine's address 9.8.7.5 send (relay smtp)");
  });

  test('by its address', async () => {
    expect(await faults('v=spf1 -all', {}, relay('9.9.9.9'))).toEqual([
      expect.stringMatching(/^warn does not let 9.9.9.9 .*"v=spf1 ip4:9.9.9.9 -all"$/),
    ]);
    expect(await spf([], {}, relay('9.9.9.9'))).toEqual([
      expect.stringContaining('"v=spf1 ip4:9.9.9.9 ~all"'),
    ]);
  });

  test('that send from one address are told once', async () => {
    const routes = ['a', 'b'].map((name) => ({ name, smtp: { host: 'localhost' } }));
    expect(await lookUpAt('reverse dns', {}, { routes })).toHaveLength(1);
  });

  test('where no address shows, that is said', async () => {
    const found = await spf('v=spf1 mx -all', { 'papers.example.org': null }, {}, ['10.0.0.4']);
    expect(found[1]).toMatch(/^ok from which address this machine sends .* can't be seen/);
  });

  test('a machine behind NAT is taken to have the address of the pages', async () => {
    const names = { 'papers.example.org': { a: ['9.9.9.9'] } };
    const found = await spf('v=spf1 ip4:9.9.9.9 -all', names, {}, ['10.0.0.4']);
    expect(found[1]).toBe("ok lets this machine's address 9.9.9.9 send (relay own)");
  });
});

test('the record is looked up at the domain of the envelope', async () => {
  const names = { 'b.example.org': { txt: ['v=spf1 ip4:9.8.7.5 -all'], a: ['9.8.7.5'] } };
  const [line] = await spf('v=spf1 -all', names, { bounceAddress: { domain: 'b.example.org' } });
  expect(line).toMatch(/^ok b.example.org has "v=spf1 ip4/);
});
