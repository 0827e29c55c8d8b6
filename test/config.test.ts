import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PaperboyError } from '../src/base/errors.js';
import { type Config, loadConfig } from '../src/config.js';
import { runPaperboy, tempDir } from './support/program.js';

/** Every setting with something wrong in it, and what the sentence about it must say. */
const WRONG: Record<string, [value: string, sentence: string]> = {
  DATABASE_URL: [
    'mysql://root:geheim-db@db/x',
    'is a value that is not shown, but must be sqlite:PATH or postgres://USER:PASSWORD@HOST',
  ],
  SMTP_URL: ['mail://user:geheim-smtp@h', 'is a value that is not shown, but must be smtp://'],
  MAIL_FROM: ['nobody', 'is "nobody", but must be one address, like "Daily Papers <papers@'],
  PUBLIC_URL: ['papers.example.org', 'is "papers.example.org", but must be a URL that begins with'],
  PORT: ['http', 'is "http", but must be a whole number from 0 to 65535.'],
  SOURCES: ['huggingface,usenet', 'is "huggingface,usenet", but must be a list of huggingface'],
  HUGGINGFACE_URL: ['ftp://example.org', 'is "ftp://example.org", but must be a URL that begins'],
  EDITED_BY: ['x'.repeat(101), `is "${'x'.repeat(100)}", but must be names to stand behind "by"`],
  ARXIV_URL: ['arxiv', 'is "arxiv", but must be a URL that begins'],
  ARXIV_RSS_URL: ['arxiv', 'is "arxiv", but must be a URL that begins'],
  ARXIV_CATEGORIES: [
    'cs.CL;rm',
    'is "cs.CL;rm", but must be categories of arXiv between commas, like cs.CL,stat.ML.',
  ],
  ARXIV_CROSS_LISTS: ['maybe', 'is "maybe", but must be on or off.'],
  FEED_URLS: ['https://a.example, b', 'is "https://a.example, b", but must be a URL that begins'],
  ALLOW_PRIVATE_FEEDS: ['some', 'is "some", but must be on or off.'],
  SOURCE_TIMEOUT: ['0', 'is "0", but must be a whole number from 1 to 300.'],
  SOURCE_DEADLINE: ['-1', 'is "-1", but must be a whole number from 0 to 600.'],
  OBSERVE_EVERY: ['often', 'is "often", but must be a whole number from 0 to 10080.'],
  EDITION_TIMEZONE: ['Mars/Base', 'is "Mars/Base", but must be a time zone, like Europe/Vienna.'],
  PICK_CRON: ['at noon', 'is "at noon", but must be a cron expression, like "0 16 * * *".'],
  FREEZE_AFTER: ['-5', 'is "-5", but must be a whole number from 0 to 1440.'],
  SMTP_CONNECTIONS: ['0', 'is "0", but must be a whole number from 1 to 200.'],
  SMTP_RATE: ['fast', 'is "fast", but must be a number of mails per second from 0.001 to 100000.'],
  SMTP_DOMAIN_RATE: ['0', 'is "0", but must be a number of mails per second from 0.001 to 100000.'],
  SMTP_DOMAIN_RATES: [
    'gmail.com:20',
    'is "gmail.com:20", but must be domains with a number of mails per second from 0.001 to 100000 each, like gmail.com=20,yahoo.com=5.',
  ],
  DAILY_CAP: ['none', 'is "none", but must be a whole number of mails a day, 1 or more.'],
  WARMUP: [
    '2026-02-30:200',
    'is "2026-02-30:200", but must be a day and how many mails go out on it, like 2026-12-01:200.',
  ],
  METRICS_TOKEN: ['geheim', 'is a value that is not shown, but must be at least 8 characters'],
  METRICS_PORT: ['http', 'is "http", but must be a whole number from 1 to 65535.'],
  TRUST_PROXY: ['maybe', 'is "maybe", but must be on, off, how many proxies there are, or their'],
  DKIM_KEY_FILE: ['/no/such/file', 'is "/no/such/file", but must be a readable RSA private key'],
  SECRET_KEY: ['geheim', 'is a value that is not shown, but must be at least 8 characters'],
  LOG_LEVEL: [
    'loud',
    'is "loud", but must be one of fatal, error, warn, info, debug, trace, silent',
  ],
};

const wrong = Object.fromEntries(Object.entries(WRONG).map(([name, [value]]) => [name, value]));

const PRODUCTION = {
  NODE_ENV: 'production',
  SMTP_URL: 'smtps://user:password@mail.example.org',
  MAIL_FROM: 'Daily Papers <papers@example.org>',
  PUBLIC_URL: 'https://papers.example.org',
  SECRET_KEY: 'k'.repeat(32),
};

/** The one sentence list of what is wrong. */
function faultsOf(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof PaperboyError && error.code === 'bad_config') return error.message;
    throw error;
  }
  return '';
}

describe('without any setting', () => {
  test('everything has a value that works on a laptop', () => {
    expect(loadConfig({})).toEqual({
      production: false,
      database: { kind: 'sqlite', file: './data/paperboy.db' },
      smtp: null,
      mailFrom: { name: 'Paperboy', address: 'paperboy@paperboy.localhost' },
      publicUrl: 'http://localhost:3000',
      secretKey: null,
      host: 'localhost',
      port: 3000,
      sources: ['huggingface'],
      huggingFaceUrl: new URL('https://huggingface.co'),
      editedBy: null,
      arxiv: {
        apiUrl: new URL('https://export.arxiv.org'),
        rssUrl: new URL('https://rss.arxiv.org'),
        categories: ['cs.AI', 'cs.CL', 'cs.CV', 'cs.LG'],
        crossLists: false,
      },
      feedUrls: [],
      allowPrivateFeeds: false,
      sourceTimeout: 30,
      sourceDeadline: 30,
      observeEvery: 180,
      editionTimezone: 'UTC',
      pickCron: '0 16 * * *',
      freezeAfter: 0,
      smtpConnections: 8,
      pace: {
        ...{ rate: null, domainRate: null, domainRates: {}, dailyCap: null, warmup: null },
        timezone: 'UTC',
      },
      metricsToken: null,
      metricsPort: null,
      trustProxy: false,
      dkim: null,
      logLevel: 'info',
      warnings: [],
    } satisfies Config);
  });

  test('blank settings count as none', () => {
    const blank = Object.fromEntries(Object.keys(WRONG).map((name) => [name, '  ']));
    expect(loadConfig(blank)).toEqual(loadConfig({}));
  });

  test('the address of the pages follows the port', () => {
    expect(loadConfig({ PORT: '8080' }).publicUrl).toBe('http://localhost:8080');
  });

  test('nobody can change it afterwards', () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
  });
});

describe('wrong settings', () => {
  test('are all told at once, each with what was got and what is wanted', () => {
    const told = faultsOf(wrong);
    for (const [name, [, sentence]] of Object.entries(WRONG)) {
      expect(told).toContain(`  ${name} ${sentence}`);
    }
    const dkim = 'DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY_FILE go together; some are missing.';
    expect(told.split('\n')).toHaveLength(1 + Object.keys(WRONG).length + 1);
    expect(told).toContain(dkim);
  });

  test.each(Object.keys(WRONG))('%s alone is told alone', (name) => {
    const told = faultsOf({ [name]: wrong[name] ?? '' });
    const lines = told.split('\n').filter((line) => !line.includes('go together'));
    expect(lines).toEqual([expect.stringMatching(/^The settings have/), expect.any(String)]);
    expect(lines[1]).toContain(WRONG[name]?.[1]);
  });

  test('end the program with exit code 2 before it does anything, secrets unseen', async () => {
    using dir = tempDir();
    const { code, stdout, stderr } = await runPaperboy(['migrate'], { env: wrong, cwd: dir.path });
    expect([code, stdout]).toEqual([2, '']);
    for (const name of Object.keys(WRONG)) expect(stderr).toContain(name);
    expect(stderr).not.toContain('geheim');
    expect(stderr).toMatch(/^paperboy: The settings have faults:\n/);
  });

  test.each([
    ['DATABASE_URL', 'postgres://paperboy:geheim@db.example.org'],
    ['DATABASE_URL', 'postgres://paperboy:ge%heim@db.example.org/paperboy'],
    ['DATABASE_URL', 'postgres://paperboy:geheim@db.example.org/paperboy?password=geheim'],
    ['DATABASE_URL', 'postgres://paperboy:geheim#@db.example.org/paperboy'],
    ['SMTP_URL', 'smtp://user:geheim@mail.example.org:99999'],
    ['SMTP_URL', 'mail.example.org?password=geheim'],
    ['SMTP_URL', 'smtp://user:geheim@mail.example.org?pool=geheim'],
    ['PUBLIC_URL', 'https://user:geheim@papers.example.org'],
    ['PUBLIC_URL', 'https://:geheim@papers.example.org'],
    ['PUBLIC_URL', 'ftp://user:ge@heim:geheim@papers.example.org'],
    ['HUGGINGFACE_URL', 'https://user:geheim@mirror.example.org'],
  ])('a password in %s is never shown', (name, value) => {
    const told = faultsOf({ [name]: value });
    expect(told).toContain(name);
    expect(told).not.toContain('geheim');
  });

  test.each([
    ['PORT', ['65536', '3e3', '0x10', '80.5', '+80', '٣٠٠٠']],
    ['SMTP_CONNECTIONS', ['201', '1000000', 'Infinity']],
    ['SMTP_RATE', ['0', '-1', '1e3', '1,5', '0.0001', '100001', 'Infinity', '50/s']],
    ['SMTP_DOMAIN_RATES', ['gmail.com', 'gmail.com=', '=5', 'gmail=5', 'a.org=5,', 'a.org=1=2']],
    ['DAILY_CAP', ['0', '-5', '1.5', '1e6', '9999999999']],
    ['WARMUP', ['2026-12-01', '200', '2026-12-01:0', '2026-12-1:200', '2026-12-01:-5']],
    ['MAIL_FROM', ['a@b@c.org', 'A <a@b.org>, B <b@b.org>', '@b.org', 'Group: a@b.org;', 'A <>']],
    [
      'PUBLIC_URL',
      ['https://x.org/papers', 'https://x.org/?a', 'https://x.org/#a', 'javascript:1'],
    ],
    ['SOURCES', [',', 'huggingface,', 'HUGGINGFACE,usenet']],
    ['EDITION_TIMEZONE', ['+02:00', 'CEST!', 'Europe/Wien']],
    ['PICK_CRON', ['* * *', '61 * * * *', '0 16 * * * * *', '@never']],
    [
      'TRUST_PROXY',
      ['10', '1.5', '10.0.0.0/33', '10.0.0', 'fade', '2001:db8::/129', 'loopback, evil', ','],
    ],
    [
      'SMTP_URL',
      ['smtp://', 'smtp:mail', 'http://mail.example.org', 'smtp://h:port', 'smtp://h?lmtp=true'],
    ],
    [
      'DATABASE_URL',
      [
        ...['sqlite:', 'data/paperboy.db', 'postgres:db', 'postgres://', 'postgres:///paperboy'],
        ...['postgres://db/', 'postgres://db/paperboy/x', 'postgres://db/paperboy?ssl=0'],
        ...['postgres://db:port/paperboy', 'postgresql:/paperboy', 'postgres://db/a#b'],
      ],
    ],
    ['FREEZE_AFTER', ['1441', '1.5']],
  ])('%s refuses what looks almost right', (name, values) => {
    for (const value of values)
      expect([value, faultsOf({ [name]: value })]).toEqual([value, expect.stringContaining(name)]);
  });

  test('whatever is set, the answer is a configuration or a list of faults, without secrets', () => {
    const names = fc.constantFrom(...Object.keys(WRONG), 'HOST', 'DKIM_DOMAIN', 'NODE_ENV');
    const values = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.emailAddress());
    fc.assert(
      fc.property(fc.dictionary(names, values), (environment) => {
        const secret = { ...environment, SECRET_KEY: 'geheim-key' };
        expect(faultsOf(secret)).not.toContain('geheim');
      }),
    );
  });
});

describe('right settings', () => {
  test('are read', () => {
    const config = loadConfig({
      DATABASE_URL: 'sqlite:///var/lib/paperboy.db',
      SMTP_URL: 'smtps://us%40er:pa%2Fss@mail.example.org:4465',
      MAIL_FROM: '"Päper, Inc." <papers@EXAMPLE.org>',
      PUBLIC_URL: 'https://Papers.Example.org/',
      SECRET_KEY: 'secret key',
      HOST: '0.0.0.0',
      PORT: '8080',
      HUGGINGFACE_URL: 'http://127.0.0.1:9000',
      EDITION_TIMEZONE: 'Europe/Vienna',
      PICK_CRON: '*/5 * * * * *',
      FREEZE_AFTER: '30',
      SMTP_CONNECTIONS: '20',
      SMTP_RATE: '50',
      SMTP_DOMAIN_RATE: '0.5',
      SMTP_DOMAIN_RATES: 'GMail.com=20, bücher.example = 2.5',
      DAILY_CAP: '100000',
      WARMUP: '2026-12-01:200',
      METRICS_TOKEN: 'for the scraper',
      METRICS_PORT: '9464',
      TRUST_PROXY: 'on',
      LOG_LEVEL: 'WARN',
    });
    expect(config).toMatchObject({
      database: { kind: 'sqlite', file: '/var/lib/paperboy.db' },
      smtp: {
        host: 'mail.example.org',
        port: 4465,
        secure: true,
        auth: { user: 'us@er', pass: 'pa/ss' },
      },
      mailFrom: { name: 'Päper, Inc.', address: 'papers@example.org' },
      publicUrl: 'https://papers.example.org',
      secretKey: 'secret key',
      host: '0.0.0.0',
      port: 8080,
      editionTimezone: 'Europe/Vienna',
      pickCron: '*/5 * * * * *',
      freezeAfter: 30,
      smtpConnections: 20,
      pace: {
        rate: 50,
        domainRate: 0.5,
        domainRates: { 'gmail.com': 20, 'xn--bcher-kva.example': 2.5 },
        dailyCap: 100_000,
        warmup: { from: '2026-12-01', first: 200 },
        timezone: 'Europe/Vienna',
      },
      metricsToken: 'for the scraper',
      metricsPort: 9464,
      trustProxy: true,
      logLevel: 'warn',
    });
    expect(config.huggingFaceUrl.href).toBe('http://127.0.0.1:9000/');
  });

  test.each([
    'postgres://paperboy:p%40ss@db.example.org:5433/paperboy',
    'postgresql://db/paperboy?sslmode=verify-full&sslrootcert=/etc/ca.pem',
    'postgres:///paperboy?host=/run/postgresql',
    'postgres://db/paperboy?uselibpqcompat=true&sslmode=require',
  ])('DATABASE_URL=%s is taken as it is', (url) => {
    expect(loadConfig({ DATABASE_URL: url }).database).toEqual({ kind: 'postgres', url });
  });

  test('a database over TLS has to prove who it is', () => {
    const { database } = loadConfig({ DATABASE_URL: 'postgres://db/paperboy?sslmode=require' });
    expect(database).toEqual({
      kind: 'postgres',
      url: 'postgres://db/paperboy?sslmode=verify-full',
    });
  });

  test.each([
    ['off', false],
    ['0', false],
    ['1', 1],
    ['2', 2],
    ['yes', true],
    ['loopback', 'loopback'],
    ['10.0.0.0/8, 2001:db8::/32', '10.0.0.0/8, 2001:db8::/32'],
    ['127.0.0.1', '127.0.0.1'],
  ])('TRUST_PROXY=%s is taken', (value, trustProxy) => {
    expect(loadConfig({ TRUST_PROXY: value }).trustProxy).toBe(trustProxy);
  });

  test('a laptop’s own address may send', () => {
    expect(loadConfig({ MAIL_FROM: 'me@laptop' }).mailFrom.address).toBe('me@laptop');
  });
});

describe('DKIM', () => {
  test('takes an RSA key, and all three settings or none', () => {
    using dir = tempDir();
    const file = (name: string, content: string) => {
      writeFileSync(join(dir.path, name), content);
      return join(dir.path, name);
    };
    const pem = { type: 'pkcs8', format: 'pem' } as const;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem);
    const ed25519 = generateKeyPairSync('ed25519').privateKey.export(pem);
    const all = {
      DKIM_DOMAIN: 'example.org',
      DKIM_SELECTOR: 'p1',
      DKIM_KEY_FILE: file('rsa', rsa.toString()),
    };
    expect(loadConfig(all).dkim).toEqual({
      domain: 'example.org',
      selector: 'p1',
      privateKey: rsa,
    });
    for (const name of Object.keys(all)) {
      expect(faultsOf({ ...all, [name]: '' })).toContain('go together; some are missing');
    }
    for (const key of [file('ed25519', ed25519.toString()), file('text', 'geheim')]) {
      const told = faultsOf({ ...all, DKIM_KEY_FILE: key });
      expect(told).toMatch(/DKIM_KEY_FILE is ".*", but must be an? (readable )?RSA private key/);
      expect(told).not.toContain('geheim');
    }
  });
});

describe('production', () => {
  test('needs four settings and names those that are missing', () => {
    const told = faultsOf({ NODE_ENV: 'production' });
    expect(told.split('\n')).toEqual([
      'The settings for production have faults:',
      '  SMTP_URL is not set, but production needs it.',
      '  MAIL_FROM is not set, but production needs it.',
      '  PUBLIC_URL is not set, but production needs it.',
      '  SECRET_KEY is not set, but production needs it.',
    ]);
  });

  test('is content with those', () => {
    const config = loadConfig(PRODUCTION);
    expect([config.production, config.warnings]).toEqual([true, []]);
  });

  test.each([
    ['http links', { PUBLIC_URL: 'http://papers.example.org' }, /^PUBLIC_URL is http/],
    [
      'SMTP without TLS',
      { SMTP_URL: 'smtp://u:geheim@mail.example.org' },
      /^SMTP_URL does not demand/,
    ],
    ['a short key', { SECRET_KEY: 'geheim key' }, /^SECRET_KEY is short/],
  ])('warns of %s, and only warns', (_what, settings, warning) => {
    const { warnings } = loadConfig({ ...PRODUCTION, ...settings });
    expect(warnings).toEqual([expect.stringMatching(warning)]);
    expect(warnings.join()).not.toContain('geheim');
  });

  test.each(['smtp://localhost', 'smtp://127.0.0.1:25', 'smtp://mail.example.org?requireTLS=true'])(
    'does not warn of %s',
    (url) => {
      expect(loadConfig({ ...PRODUCTION, SMTP_URL: url }).warnings).toEqual([]);
    },
  );

  test('its warnings are logged once, on standard error', async () => {
    using dir = tempDir();
    const env = { ...PRODUCTION, PUBLIC_URL: 'http://papers.example.org' };
    const result = await runPaperboy(['migrate', '--json'], { env, cwd: dir.path });
    expect(result.code).toBe(0);
    expect(result.stderr.match(/PUBLIC_URL is http/g)).toHaveLength(1);
    expect(result.stderr).not.toContain('password');
  });
});
