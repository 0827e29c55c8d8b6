import { PaperboyError } from '../../src/base/errors.js';
import { loadConfig } from '../../src/config/config.js';

/** Every setting with something wrong in it, and what the sentence about it must say. */
export const WRONG: Record<string, [value: string, sentence: string]> = {
  DATABASE_URL: [
    'mysql://root:geheim-db@db/x',
    'is a value that is not shown, but must be sqlite:PATH or postgres://USER:PASSWORD@HOST',
  ],
  SMTP_URL: ['mail://user:geheim-smtp@h', 'is a value that is not shown, but must be smtp://'],
  MAIL_FROM: ['nobody', 'is "nobody", but must be one address, like "Daily Papers <papers@'],
  BOUNCE_ADDRESS: [
    '*bounces@example.org',
    'is "*bounces@example.org", but must be an address, like bounces@example.org, or bounces-*@',
  ],
  BOUNCE_VERP: ['perhaps', 'is "perhaps", but must be on or off.'],
  REPLY_TO: ['desk', 'is "desk", but must be one address, like "Daily Papers <papers@'],
  PUBLIC_URL: ['papers.example.org', 'is "papers.example.org", but must be a URL that begins with'],
  BOUNCE_HOST: ['a b', 'is "a b", but must be a name or an address of this machine'],
  BOUNCE_PORT: ['smtp', 'is "smtp", but must be a whole number from 1 to 65535.'],
  BOUNCE_LMTP_PORT: ['0', 'is "0", but must be a whole number from 1 to 65535.'],
  BOUNCE_PIPE: ['perhaps', 'is "perhaps", but must be on or off.'],
  BOUNCE_FRONTS: ['10.0.0.0/33', 'is "10.0.0.0/33", but must be addresses or networks, like'],
  BOUNCE_TLS_CERT_FILE: ['/no/such', 'is "/no/such", but must be a readable file in PEM (ENOENT).'],
  BOUNCE_TLS_KEY_FILE: ['/', 'is "/", but must be a readable file in PEM (EISDIR).'],
  BOUNCE_IMAP_URL: [
    'imaps://reader:geheim-imap?x@imap.example',
    'is a value that is not shown, but must be imaps://USER:PASSWORD@HOST',
  ],
  HOOK_SES_TOPIC: ['paperboy', 'is "paperboy", but must be the ARN of an Amazon SNS topic, like'],
  HOOK_POSTMARK_PASSWORD: ['geheim1', 'is a value that is not shown, but must be at least 8'],
  HOOK_MAILGUN_KEY: ['geheim2', 'is a value that is not shown, but must be at least 8'],
  HOOK_SENDGRID_KEY: ['MFkwAAAA', 'is "MFkwAAAA", but must be the verification key that SendGrid'],
  HOOK_RESEND_SECRET: ['geheim-3', 'is a value that is not shown, but must be the signing secret'],
  HOOK_BREVO_TOKEN: ['geheim4', 'is a value that is not shown, but must be at least 8'],
  HOOK_SPARKPOST_PASSWORD: ['geheim5', 'is a value that is not shown, but must be at least 8'],
  PORT: ['http', 'is "http", but must be a whole number from 0 to 65535.'],
  SOURCES: ['huggingface,usenet', 'is "huggingface,usenet", but must be a list of huggingface'],
  HUGGINGFACE_URL: ['ftp://example.org', 'is "ftp://example.org", but must be a URL that begins'],
  SITE_NAME: [
    'x'.repeat(61),
    `is "${'x'.repeat(61)}", but must be a name of at most 60 characters`,
  ],
  SITE_TAGLINE: ['x'.repeat(141), `is "${'x'.repeat(100)}`],
  ACCENT: ['#12', 'is "#12", but must be a colour without transparency'],
  LOGO_FILE: [
    '/nowhere/logo.gif',
    'is "/nowhere/logo.gif", but must be a file that ends in .svg, .png, .webp or .jpg',
  ],
  CONTACT: ['nobody', 'is "nobody", but must be an address, like papers@example.org, or a URL'],
  IMPRINT: ['x\\n'.repeat(8), 'is "'],
  POSTAL_ADDRESS: ['x'.repeat(301), `is "${'x'.repeat(100)}`],
  LANGUAGE: ['xx', 'is "xx", but must be one of '],
  EDITED_BY: ['x'.repeat(101), `is "${'x'.repeat(100)}", but must be names to stand behind "by"`],
  ARXIV_URL: ['arxiv', 'is "arxiv", but must be a URL that begins'],
  ARXIV_RSS_URL: ['arxiv', 'is "arxiv", but must be a URL that begins'],
  ARXIV_CATEGORIES: [
    'cs.CL;rm',
    'is "cs.CL;rm", but must be categories of arXiv between commas, like cs.CL,stat.ML.',
  ],
  ARXIV_CROSS_LISTS: ['maybe', 'is "maybe", but must be on or off.'],
  FEED_URLS: [
    'https://a.example, b',
    'is a value that is not shown, but must be a URL that begins',
  ],
  HTTP_PROXY: [
    'ftp://u:geheim@proxy.example',
    'is a value that is not shown, but must be the address',
  ],
  HTTPS_PROXY: [
    'socks5://proxy.example',
    'is a value that is not shown, but must be the address of',
  ],
  ALLOW_PRIVATE_FEEDS: ['some', 'is "some", but must be on or off.'],
  SOURCE_TIMEOUT: ['0', 'is "0", but must be a whole number from 1 to 300.'],
  SOURCE_DEADLINE: ['-1', 'is "-1", but must be a whole number from 0 to 600.'],
  OBSERVE_EVERY: ['often', 'is "often", but must be a whole number from 0 to 10080.'],
  SCORE_WEIGHTS: ['votes=2', 'is "votes=2", but must be any of base, authors, code, project, fade'],
  STILL_RISING: ['11', 'is "11", but must be a whole number from 0 to 10.'],
  EDITION_TIMEZONE: ['Mars/Base', 'is "Mars/Base", but must be a time zone, like Europe/Vienna.'],
  PICK_CRON: ['at noon', 'is "at noon", but must be a cron expression, like "0 16 * * *".'],
  FREEZE_AFTER: ['-5', 'is "-5", but must be a whole number from 0 to 1440.'],
  OPERATOR_EMAIL: [
    'you@example.org, me',
    'is "you@example.org, me", but must be one or more addresses with commas between them',
  ],
  SMTP_ROUTES: [
    'gmail.com:ses',
    'is "gmail.com:ses", but must be domains, or * for all others, with routes that SMTP_URL names, like gmail.com=ses|own,*=own.',
  ],
  SMTP_MAILS_PER_CONNECTION: ['0', 'is "0", but must be a whole number from 1 to 100000.'],
  SMTP_CONNECTIONS: ['0', 'is "0", but must be a whole number from 1 to 200.'],
  SMTP_RATE: ['fast', 'is "fast", but must be a number of mails per second from 0.001 to 100000.'],
  SMTP_DOMAIN_RATE: ['0', 'is "0", but must be a number of mails per second from 0.001 to 100000.'],
  SMTP_DOMAIN_RATES: [
    'gmail.com:20',
    'is "gmail.com:20", but must be domains with a number of mails per second from 0.001 to 100000 each, like gmail.com=20,yahoo.com=5.',
  ],
  NOTICES_PER_HOUR: ['1', 'is "1", but must be a whole number from 2 to 1000000.'],
  NOTICES_SHARE: ['100', 'is "100", but must be a whole number from 1 to 90.'],
  NOTICES_PER_DOMAIN: ['0', 'is "0", but must be a whole number from 1 to 1000000.'],
  NOTICES_PER_NETWORK: ['many', 'is "many", but must be a whole number from 1 to 1000000.'],
  DAILY_CAP: ['none', 'is "none", but must be a whole number of mails a day, 1 or more.'],
  WARMUP: [
    '2026-02-30:200',
    'is "2026-02-30:200", but must be a day and how many mails go out on it, like 2026-12-01:200.',
  ],
  FORM_ORIGINS: ['www.example.org', 'is "www.example.org", but must be origins with commas'],
  DISPOSABLE_DOMAINS_FILE: [
    '/no/such/file',
    'is "/no/such/file", but must be a file that can be read',
  ],
  CHECK_MX: ['maybe', 'is "maybe", but must be on or off.'],
  METRICS_TOKEN: ['geheim', 'is a value that is not shown, but must be at least 8 characters'],
  METRICS_PORT: ['http', 'is "http", but must be a whole number from 1 to 65535.'],
  TRUST_PROXY: ['maybe', 'is "maybe", but must be on, off, how many proxies there are, or their'],
  DKIM_KEY_FILE: ['/no/such/file', 'is "/no/such/file", but must be a readable RSA private key'],
  THUMBNAILS: [
    'pages,feeds',
    'is "pages,feeds", but must be pages, mails, both with a comma between, or off.',
  ],
  KEEP_PICTURES: ['6', 'is "6", but must be a whole number from 7 to 36500.'],
  KEEP_PENDING: ['a week', 'is "a week", but must be a whole number from 0 to 36500.'],
  KEEP_LEFT: ['-1', 'is "-1", but must be a whole number from 0 to 36500.'],
  KEEP_IPS: ['1.5', 'is "1.5", but must be a whole number from 0 to 36500.'],
  KEEP_DELIVERIES: ['30', 'is "30", but must be a whole number from 90 to 36500.'],
  SECRET_KEY: ['geheim', 'is a value that is not shown, but must be at least 8 characters'],
  LOG_LEVEL: [
    'loud',
    'is "loud", but must be one of fatal, error, warn, info, debug, trace, silent',
  ],
};

/** The one sentence list of what is wrong. */
export function faultsOf(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof PaperboyError && error.code === 'bad_config') return error.message;
    throw error;
  }
  return '';
}
