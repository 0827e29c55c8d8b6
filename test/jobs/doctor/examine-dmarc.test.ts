import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { listWalked } from '../../../src/jobs/doctor/dmarc.js';
import type { MailSettings } from '../../../src/jobs/doctor/mail-setup.js';
import type { DnsName } from '../../support/dns.js';
import { lookUp, lookUpAt } from './looked-up.js';

const privateKey = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const signing = (domain: string) => ({ dkim: { domain, keys: [{ selector: 's1', privateKey }] } });
const from = (domain: string): Partial<MailSettings> => ({
  ...{ mailFrom: { address: `papers@${domain}` } },
  ...signing(domain),
});
const NONE = { '_dmarc.example.org': null };
const txt = (...texts: string[]) => ({ txt: texts });

/** What is said of policies, without alignment. */
async function policy(
  domain: string,
  names: Record<string, DnsName>,
  settings: Partial<MailSettings> = {},
): Promise<string[]> {
  const lines = await lookUpAt('dmarc', { ...NONE, ...names }, { ...from(domain), ...settings });
  return lines.filter((line) => !/alignment\)/.test(line));
}

describe('the tree walk', () => {
  test('asks at the domain and at all that is above it', async () => {
    const { asked } = await lookUp(NONE, from('a.b.example.org'));
    expect(new Set(asked.filter((one) => one.startsWith('TXT _dmarc')))).toEqual(
      new Set(
        ['a.b.example.org', 'b.example.org', 'example.org', 'org'].map((at) => `TXT _dmarc.${at}`),
      ),
    );
  });

  test('leaves out parts of a long name', () => {
    expect(listWalked('a.b.c.d.e.f.g.h.i.j.mail.example.com')).toEqual([
      'a.b.c.d.e.f.g.h.i.j.mail.example.com',
      ...['g.h.i.j.mail.example.com', 'h.i.j.mail.example.com', 'i.j.mail.example.com'],
      ...['j.mail.example.com', 'mail.example.com', 'example.com', 'com'],
    ]);
    expect(listWalked('1.2.3.4.5.6.7.8')).toHaveLength(8);
    expect(listWalked('1.2.3.4.5.6.7')).toHaveLength(7);
    expect(listWalked('com')).toEqual(['com']);
  });
});

describe('the policy', () => {
  const sub = { 'news.example.org': { a: ['9.8.7.5'] } };

  test('of the domain itself counts first', async () => {
    const names = {
      ...sub,
      '_dmarc.news.example.org': txt('v=DMARC1; p=reject; rua=mailto:a@example.org'),
      '_dmarc.example.org': txt('v=DMARC1; p=none; sp=quarantine'),
    };
    expect(await policy('news.example.org', names)).toEqual([
      'ok _dmarc.news.example.org says p=reject for mail from news.example.org',
    ]);
  });

  test.each([
    ['v=DMARC1; p=reject; sp=none; np=quarantine', 'sp=none'],
    ['v=DMARC1; p=quarantine; np=reject', 'p=quarantine'],
    ['v=DMARC1;p=reject', 'p=reject'],
    ['v = DMARC1 ; P = Reject', 'p=reject'],
  ])('of the organisation counts for what is below it: %s', async (record, says) => {
    const names = { ...sub, '_dmarc.example.org': txt(record) };
    expect(await policy('news.example.org', names)).toEqual([
      `ok _dmarc.example.org says ${says} for mail from news.example.org; it asks for no reports (rua=)`,
    ]);
  });

  test.each([
    ['v=DMARC1; p=reject; sp=none; np=quarantine', 'np=quarantine'],
    ['v=DMARC1; p=reject; sp=none', 'sp=none'],
    ['v=DMARC1; p=reject', 'p=reject'],
  ])('of a domain that does not exist: %s', async (record, says) => {
    const [line] = await policy('gone.example.org', { '_dmarc.example.org': txt(record) });
    expect(line).toContain(`says ${says} for mail from gone.example.org`);
  });

  test('of a public suffix counts where there is no other', async () => {
    const names = { '_dmarc.org': txt('v=DMARC1; p=reject; psd=y; np=reject; sp=none') };
    expect(await policy('example.org', names)).toEqual([
      'ok _dmarc.org says sp=none for mail from example.org; it asks for no reports (rua=)',
    ]);
    const own = { ...names, '_dmarc.example.org': txt('v=DMARC1; p=quarantine') };
    expect((await policy('example.org', own))[0]).toContain('_dmarc.example.org says p=quarantine');
  });

  test('of a middle domain loses against the organisation', async () => {
    const names = {
      'a.b.example.org': { a: ['9.8.7.5'] },
      '_dmarc.b.example.org': txt('v=DMARC1; p=reject'),
      '_dmarc.example.org': txt('v=DMARC1; p=none; sp=quarantine'),
    };
    expect((await policy('a.b.example.org', names))[0]).toContain(
      '_dmarc.example.org says sp=quarantine',
    );
  });

  test('is not looked for above the end of the walk', async () => {
    const names = {
      '_dmarc.example.org': txt('v=DMARC1; p=reject; psd=n; rua=mailto:d@example.org'),
      '_dmarc.org': txt('v=DMARC1; p=none', 'v=DMARC1; p=none'),
    };
    expect(await policy('example.org', names)).toEqual([
      'ok _dmarc.example.org says p=reject for mail from example.org',
    ]);
  });

  test('in test mode is told as such', async () => {
    const names = {
      '_dmarc.example.org': txt('v=DMARC1; p=reject; t=y; rua=mailto:d@example.org'),
    };
    expect(await policy('example.org', names)).toEqual([
      'ok _dmarc.example.org says p=reject for mail from example.org, and "t=y" asks not to apply it yet',
    ]);
  });

  test('that is missing is told with the record to paste', async () => {
    expect(await policy('example.org', {})).toEqual([
      'FAIL neither example.org nor what is above it has a record: large mailboxes refuse bulk mail without DMARC -> publish this one; with rua=mailto:ADDRESS you get reports -> _dmarc.example.org TXT "v=DMARC1; p=none"',
    ]);
  });

  test('that is there twice counts for nothing', async () => {
    const names = { '_dmarc.example.org': txt('v=DMARC1; p=none', 'v=DMARC1; p=reject') };
    expect(await policy('example.org', names)).toEqual([
      'FAIL _dmarc.example.org has more than one record, so none of them counts -> leave one',
    ]);
  });

  test('beside records of others counts', async () => {
    const names = { '_dmarc.example.org': txt('google-site-verification=x', 'v=DMARC1; p=none') };
    expect((await policy('example.org', names))[0]).toMatch(/^ok .* p=none/);
  });

  test.each([
    ['v=dmarc1; p=none', 'v=DMARC1; p=none'],
    ['p=reject; v=DMARC1', 'v=DMARC1; p=reject'],
    ['v=DMARC1 p=none', 'v=DMARC1; p=none'],
    ['DMARC1; p=quarantine', 'v=DMARC1; p=quarantine'],
  ])('that begins wrongly: %s', async (wrong, right) => {
    expect(await policy('example.org', { '_dmarc.example.org': txt(wrong) })).toEqual([
      `FAIL the record at _dmarc.example.org does not count: "${wrong}" -> let it begin with v=DMARC1; in just these letters -> _dmarc.example.org TXT "${right}"`,
    ]);
  });

  test.each([
    ['v=DMARC1; rua=mailto:d@example.org', 'it has no "p=", which counts as p=none'],
    ['v=DMARC1; p=block', '"p=block" is none of none, quarantine, reject'],
    ['v=DMARC1; p=none; sp=no', '"sp=no" is none of none, quarantine, reject'],
    ['v=DMARC1; p=none; adkim=strict', '"adkim=strict" is none of r, s'],
    ['v=DMARC1; p=none; pct=20; ri=3600', 'pct, ri: read no more (RFC 9989)'],
    ['v=DMARC1; p=none; rua=d@example.org', '"rua=" has no address that begins with mailto:'],
    ['v=DMARC1; p=none; p=reject', '"p=" is there twice'],
    ['v=DMARC1; p=none; and more', '"and more" is no tag'],
  ])('with something wrong: %s', async (record, why) => {
    const lines = await policy('example.org', { '_dmarc.example.org': txt(record) });
    expect(lines[0]).toBe(
      `warn the record at _dmarc.example.org is not quite right: ${why} -> correct it`,
    );
    expect(lines[1]).toMatch(/^ok _dmarc.example.org says p=none for mail/);
  });

  test("that can't be looked up is no missing one", async () => {
    expect(await policy('example.org', { '_dmarc.example.org': 'fails' })).toEqual([
      "warn the record can't be looked up: _dmarc.example.org (SERVFAIL)",
    ]);
  });
});

describe('alignment', () => {
  const aligned = async (
    settings: Partial<MailSettings>,
    names: Record<string, DnsName> = {},
  ): Promise<string[]> => {
    const lines = await lookUpAt('dmarc', names, settings);
    return lines.filter((line) => !line.includes(' for mail from '));
  };

  test('of both is told', async () => {
    expect(await aligned(signing('example.org'))).toEqual([
      'ok DKIM speaks for example.org (relaxed alignment)',
      'ok SPF speaks for example.org (relaxed alignment)',
    ]);
  });

  test('relaxed takes what is of the same organisation, above, below or beside', async () => {
    const settings = {
      ...{
        mailFrom: { address: 'p@news.example.org' },
        bounceAddress: { domain: 'b.example.org' },
      },
      ...signing('example.org'),
    };
    expect(await aligned(settings)).toEqual([
      'ok DKIM speaks for news.example.org (relaxed alignment)',
      'ok SPF speaks for news.example.org (relaxed alignment)',
    ]);
  });

  test('strict takes the very domain', async () => {
    const names = { '_dmarc.example.org': txt('v=DMARC1; p=none; adkim=s; aspf=s') };
    const settings = { ...signing('m.example.org'), bounceAddress: { domain: 'b.example.org' } };
    expect(await aligned(settings, names)).toEqual([
      'FAIL DKIM signs for m.example.org, which does not speak for example.org (strict alignment) -> set DKIM_DOMAIN=example.org',
      'FAIL the envelope is from b.example.org, so SPF does not speak for example.org (strict alignment) -> take a BOUNCE_ADDRESS at example.org, or write aspf=r into the record',
    ]);
    expect(
      await aligned(
        { ...signing('example.org'), bounceAddress: { domain: 'b.example.org' } },
        names,
      ),
    ).toEqual([
      'ok DKIM speaks for example.org (strict alignment)',
      expect.stringMatching(/^warn the envelope is from b.example.org/),
    ]);
  });

  test('another organisation speaks for nobody else', async () => {
    const settings = { ...signing('example.net'), bounceAddress: { domain: 'example.com' } };
    expect(await aligned(settings)).toEqual([
      expect.stringMatching(/^FAIL DKIM signs for example.net, .* -> set DKIM_DOMAIN=example.org$/),
      expect.stringMatching(/^FAIL the envelope is from example.com, .*or below it$/),
    ]);
  });

  test('below a public suffix, two domains are two organisations', async () => {
    const names = { ...NONE, '_dmarc.org': txt('v=DMARC1; p=none; psd=y') };
    const settings = { ...signing('other.org'), bounceAddress: { domain: 'b.example.org' } };
    const lines = await aligned(settings, names);
    expect(lines.find((line) => line.includes('DKIM'))).toMatch(/^warn DKIM signs for other.org/);
    expect(lines.find((line) => line.includes('SPF'))).toMatch(/^ok SPF speaks for example.org/);
  });

  test('psd=n makes a domain an organisation of its own', async () => {
    const names = { '_dmarc.lab.example.org': txt('v=DMARC1; p=none; psd=n') };
    const settings = { mailFrom: { address: 'p@lab.example.org' }, ...signing('example.org') };
    const lines = await aligned(
      { ...settings, bounceAddress: { domain: 'b.lab.example.org' } },
      names,
    );
    expect(lines).toEqual([
      expect.stringMatching(/^warn DKIM signs for example.org/),
      'ok SPF speaks for lab.example.org (relaxed alignment)',
    ]);
  });

  test("without a signature of ours, what the relay does can't be seen", async () => {
    const routes = [{ name: 'smtp', smtp: { host: 'smtp.postmarkapp.com' } }];
    expect(await aligned({ routes })).toEqual([
      expect.stringMatching(
        /^warn mails are not signed here, and whether the relay signs .* -> look with "doctor --send-to"/,
      ),
    ]);
  });
});
