import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config/config.js';
import { runPaperboy, tempDir } from '../support/program.js';
import { plainSite } from '../support/words.js';
import { faultsOf, WRONG } from './wrong-settings.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  SMTP_URL: 'smtps://user:password@mail.example.org',
  MAIL_FROM: 'Daily Papers <papers@example.org>',
  PUBLIC_URL: 'https://papers.example.org',
  SECRET_KEY: 'k'.repeat(32),
};

describe('without any setting', () => {
  test('everything has a value that works on a laptop', () => {
    expect(loadConfig({})).toEqual({
      production: false,
      database: { kind: 'sqlite', file: './data/paperboy.db' },
      routes: [],
      routing: { rules: [] },
      mailFrom: { name: 'Paperboy', address: 'paperboy@paperboy.localhost' },
      bounceAddress: null,
      bounceVerp: true,
      publicUrl: 'http://localhost:3000',
      secretKey: null,
      host: 'localhost',
      port: 3000,
      sources: ['huggingface'],
      huggingFaceUrl: new URL('https://huggingface.co'),
      ...{
        site: plainSite({ contact: 'paperboy@paperboy.localhost' }),
        logo: null,
        language: 'en',
      },
      arxiv: {
        apiUrl: new URL('https://export.arxiv.org'),
        rssUrl: new URL('https://rss.arxiv.org'),
        categories: ['cs.AI', 'cs.CL', 'cs.CV', 'cs.LG'],
        crossLists: false,
      },
      feedUrls: [],
      operators: [],
      formOrigins: [],
      disposableDomains: null,
      checkMx: true,
      proxy: { httpProxy: null, httpsProxy: null, noProxy: null },
      allowPrivateFeeds: false,
      sourceTimeout: 30,
      sourceDeadline: 30,
      refreshVotesEvery: 180,
      ranking: {
        weights: { base: 1, authors: 0.4, code: 0.25, project: 0.25, fade: 4 },
        mostRising: 3,
      },
      editionTimezone: 'UTC',
      pickCron: '0 16 * * *',
      freezeAfter: 0,
      smtpConnections: 8,
      rateLimits: {
        ...{ rate: null, domainRate: null, domainRates: {}, dailyCap: null, warmup: null },
        ...{ noticesPerHour: 1_000, noticesShare: 10 },
        timezone: 'UTC',
      },
      noticeLimits: { perDomain: 100, perNetwork: 50, inAll: 24_000 },
      metricsToken: null,
      metricsPort: null,
      trustProxy: false,
      replyTo: null,
      dkim: null,
      inboundDoors: {
        ...{ host: '127.0.0.1', smtpPort: null, lmtpPort: null, tls: null, mailbox: null },
        ...{ fronts: [], isPiped: false },
      },
      readsBounces: false,
      hooks: {
        ...{ ses: null, postmark: null, mailgun: null, sendgrid: null, resend: null },
        ...{ brevo: null, sparkpost: null },
      },
      logLevel: 'info',
      keep: { pending: 7, left: 90, ips: 30, deliveries: 400 },
      thumbnails: { pages: true, mails: false },
      keepPictures: 90,
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
      routes: [
        {
          smtp: {
            host: 'mail.example.org',
            port: 4465,
            secure: true,
            auth: { user: 'us@er', pass: 'pa/ss' },
          },
          connections: 20,
        },
      ],
      mailFrom: { name: 'Päper, Inc.', address: 'papers@example.org' },
      publicUrl: 'https://papers.example.org',
      secretKey: ['secret key'],
      host: '0.0.0.0',
      port: 8080,
      editionTimezone: 'Europe/Vienna',
      pickCron: '*/5 * * * * *',
      freezeAfter: 30,
      smtpConnections: 20,
      rateLimits: {
        rate: 50,
        domainRate: 0.5,
        domainRates: { 'gmail.com': 20, 'xn--bcher-kva.example': 2.5 },
        dailyCap: 100_000,
        warmup: { from: '2026-12-01', first: 200 },
        ...{ noticesPerHour: 1_000, noticesShare: 10 },
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
    const all = {
      DKIM_DOMAIN: 'example.org',
      DKIM_SELECTOR: 'p1',
      DKIM_KEY_FILE: file('rsa', rsa.toString()),
    };
    expect(loadConfig(all).dkim).toEqual({
      domain: 'example.org',
      keys: [{ selector: 'p1', privateKey: rsa }],
    });
    for (const name of Object.keys(all)) {
      expect(faultsOf({ ...all, [name]: '' })).toContain('go together; some are missing');
    }
    for (const key of [file('text', 'geheim')]) {
      const told = faultsOf({ ...all, DKIM_KEY_FILE: key });
      expect(told).toMatch(/DKIM_KEY_FILE is ".*", but must be an? (readable )?RSA private key/);
      expect(told).not.toContain('geheim');
    }
  });
});

const HTTP_LINKS =
  'PUBLIC_URL is http: links are not private, and one-click unsubscribing (RFC 8058) needs https.';

describe('outside production', () => {
  test.each([
    'http://papers.example.org',
    'http://192.168.1.10:3000',
    'http://papers:3000',
    'http://[fe80::1]',
  ])('it warns of http links to %s, and of nothing else', (PUBLIC_URL) => {
    const settings = { SMTP_URL: 'smtp://mail.example.org', SECRET_KEY: 'geheim key' };
    expect(loadConfig({ ...settings, PUBLIC_URL }).warnings).toEqual([HTTP_LINKS]);
  });

  test.each([
    'https://papers.example.org',
    'http://localhost:3000',
    'http://papers.localhost',
    'http://127.0.0.1:3000',
    'http://127.1.2.3',
    'http://[::1]:3000',
  ])('it does not warn of %s', (PUBLIC_URL) => {
    expect(loadConfig({ PUBLIC_URL }).warnings).toEqual([]);
  });
});

describe('production', () => {
  test('needs four settings and names those that are missing', () => {
    const told = faultsOf({ NODE_ENV: 'production' });
    expect(told.split('\n')).toEqual([
      'The settings for production have faults:',
      '  PUBLIC_URL is not set, but production needs it.',
      '  SECRET_KEY is not set, but production needs it.',
      '  MAIL_FROM is not set, but production needs it.',
      '  SMTP_URL is not set, but production needs it.',
    ]);
  });

  test('is content with those', () => {
    const config = loadConfig(PRODUCTION);
    expect([config.production, config.warnings]).toEqual([true, []]);
  });

  test.each([
    ['http links', { PUBLIC_URL: 'http://papers.example.org' }, /^PUBLIC_URL is http/],
    ['SMTP without TLS', { SMTP_URL: 'smtp://mail.example.org' }, /^SMTP_URL does not demand/],
    [
      'a login in the clear',
      { SMTP_URL: 'smtp://u:geheim@mail.example.org?requireTLS=false' },
      /^SMTP_URL has requireTLS=false: anybody in between can read the password/,
    ],
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

  test.each(['geheim key', 'changeme', 'k'.repeat(31), 'change-me '.repeat(4), 'ü'.repeat(31)])(
    'refuses a key that can be found from one link',
    (SECRET_KEY) => {
      expect(faultsOf({ ...PRODUCTION, SECRET_KEY })).toMatch(
        /SECRET_KEY is a value that is not shown, but must be (at least 32 characters in production, like what "openssl rand|a value of your own)/,
      );
    },
  );

  test.each(['your-secret-key-here-please-change-it', 'replace-with-a-long-random-string!!'])(
    'refuses a key of an example: %s',
    (SECRET_KEY) => {
      expect(faultsOf({ ...PRODUCTION, SECRET_KEY })).toContain('must be a value of your own');
    },
  );

  test('says of http links what they lack, also at home', () => {
    for (const PUBLIC_URL of ['http://papers.example.org', 'http://localhost:3000']) {
      expect(loadConfig({ ...PRODUCTION, PUBLIC_URL }).warnings).toEqual([HTTP_LINKS]);
    }
  });

  test('its warnings are logged once, on standard error', async () => {
    using dir = tempDir();
    const env = { ...PRODUCTION, PUBLIC_URL: 'http://papers.example.org' };
    const result = await runPaperboy(['migrate', '--json'], { env, cwd: dir.path });
    expect(result.code).toBe(0);
    expect(result.stderr.match(/PUBLIC_URL is http/g)).toHaveLength(1);
    expect(result.stderr).not.toContain('password');
  });
});

describe('the proxies of sources', () => {
  test.each([
    ['capitals', { HTTPS_PROXY: 'http://p.example:3128' }, 'http://p.example:3128/'],
    ['small letters', { https_proxy: 'http://p.example:3128' }, 'http://p.example:3128/'],
    [
      'both',
      { HTTPS_PROXY: 'http://q.example', https_proxy: 'p.example:3128' },
      'http://p.example:3128/',
    ],
    ['a login', { HTTPS_PROXY: 'https://u:pw@p.example' }, 'https://u:pw@p.example/'],
    ['nothing', { HTTPS_PROXY: ' ', https_proxy: '' }, null],
  ])('are read from %s', (_what, environment, proxy) => {
    expect(loadConfig(environment).proxy.httpsProxy).toBe(proxy);
  });
});
