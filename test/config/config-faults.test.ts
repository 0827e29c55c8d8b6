import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../../src/config/settings.js';
import { runPaperboy, tempDir } from '../support/program.js';
import { faultsOf, WRONG } from './wrong-settings.js';

const wrong = Object.fromEntries(Object.entries(WRONG).map(([name, [value]]) => [name, value]));

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

  test('an example of a secret is refused as one: everybody can read it', () => {
    const { example } = SETTINGS.secretKey;
    expect(faultsOf({ SECRET_KEY: example ?? '' })).toContain(
      'SECRET_KEY is a value that is not shown, but must be a value of your own.',
    );
  });

  test('feeds that can not be read are not told to be missing', () => {
    const told = faultsOf({ SOURCES: 'feed', FEED_URLS: 'ftp://a.example/feed?token=geheim' });
    expect(told).toContain('FEED_URLS is a value that is not shown, but must be');
    expect(told).not.toContain('names no feed');
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
    ['SMTP_URL', 'smtp://user:geheim@mail.example.org?connections=geheim'],
    ['SMTP_URL', 'smtp://user:my geheim=x@mail.example.org'],
    ['SMTP_URL', 'geheim=smtp:mail.example.org'],
    ['SMTP_URL', 'ses=smtp://user:geheim@ses.test own=smtp://user:geheim@own.test:0x'],
    // Letters that end the login where they are not %-encoded: the rest looks like something else.
    ...['/', '?', '#', '/x?', '?requireTLS='].flatMap((letter) => [
      ['SMTP_URL', `smtp://user:12${letter}geheim@mail.example.org`],
      ['SMTP_URL', `smtp://user:${letter}geheim@mail.example.org:0x`],
      ['SMTP_URL', `ses=smtp://user:12${letter}geheim@mail.example.org:0x own=smtp://own.test`],
      ['DATABASE_URL', `postgres://user:12${letter}geheim@db.example.org:0x/paperboy`],
    ]),
    ['SMTP_URL', 'smtp://user:12?geheim'],
    ['SMTP_URL', 'smtp://mail.example.org?requireTLS=geheim'],
    ['DATABASE_URL', 'postgres://paperboy:12/geheim@db.example.org'],
    ['DATABASE_URL', 'postgres://paperboy:12?geheim@db.example.org/paperboy'],
    ['FEED_URLS', 'ftp://feeds.example.org/geheim/feed.xml?token=geheim'],
    ['FEED_URLS', 'https://geheim@feeds.example.org/feed.xml'],
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
    ['SMTP_MAILS_PER_CONNECTION', ['100001', '1.5', '-1', 'all']],
    [
      'SMTP_ROUTES',
      [
        ...['ses', 'gmail.com=', '=ses', 'gmail=ses', '*.org=ses', 'gmail.com=ses,', 'a.org=b=c'],
        ...['a.org=ses|', 'a.org=ses|ses', 'a.org=ses,A.ORG=own', '*=ses,*=own', '*=smtp'],
      ],
    ],
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
      [
        ...[
          'smtp://',
          'smtp:mail',
          'http://mail.example.org',
          'smtp://h:port',
          'smtp://h?lmtp=true',
        ],
        ...['smtp://h/path', 'smtp://h#a', 'smtp://h?requireTLS=maybe', 'smtp://h?requireTLS'],
        ...[
          'smtp://h?requireTLS=on&requireTLS=off',
          'smtp://h?localAddress=h',
          'smtp://h?name=a%0d',
        ],
        ...['smtp://h?connectionTimeout=soon', 'smtp://h?tls.rejectUnauthorized=0.5'],
      ],
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
