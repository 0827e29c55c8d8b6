import { parseDkimDomain, parseSelectors, readKeyFiles } from './parse-dkim.js';
import { parseDailyCap, parseDomainRates, parseRate, parseWarmup } from './parse-rates.js';
import { MAX_CONNECTIONS, MAX_MAILS_PER_CONNECTION, parseRelays } from './parse-relays.js';
import { parseRules } from './parse-rules.js';
import { optionalSetting, setting } from './setting.js';
import { integerParser, parseMailbox, parseSender } from './setting-parsers.js';

const group = 'Mail';
const LIMITS = 'Limits of sending';

/** From whom mails come, over which relays they go, and how fast. */
export const SENDING_SETTINGS = {
  mailFrom: setting('MAIL_FROM', {
    group,
    default: 'Paperboy <paperboy@paperboy.localhost>',
    parse: parseSender,
    meaning: 'The sender of all mails, and where bounces go: `Name <address>` or an address.',
    since: '0.1.0',
    required: true,
  }),
  replyTo: optionalSetting('REPLY_TO', {
    group,
    unset: 'to the sender',
    example: 'Papers desk <desk@example.org>',
    parse: parseMailbox,
    meaning: 'Where answers to mails go, in the same form.',
    since: '0.1.0',
  }),
  relays: optionalSetting('SMTP_URL', {
    group,
    unset: 'the embedded inbox',
    example: 'smtp://USER:PASSWORD@smtp.example.net:587?requireTLS=true',
    parse: parseRelays,
    meaning:
      '`smtp://[USER:PASSWORD@]HOST[:PORT]` (port 587) or `smtps://…` (port 465). Options go after a `?`: those of Nodemailer, like `requireTLS=true`, and limits of this relay: `connections`, `mailsPerConnection`, `rate`, `cap`. Several relays have names and spaces between them: `ses=smtp://… own=smtps://…`. See [SENDING.md](SENDING.md).',
    since: '0.1.0',
    secret: true,
    required: true,
  }),
  routeRules: optionalSetting('SMTP_ROUTES', {
    group,
    unset: 'all relays, in their order',
    example: 'gmail.com=ses|own,*=own',
    parse: parseRules,
    meaning:
      'Which relay the mail to a domain takes where there are several, first choice first: `gmail.com=ses|own,*=own`.',
    since: '0.1.0',
  }),
  smtpConnections: setting('SMTP_CONNECTIONS', {
    group,
    default: '8',
    parse: integerParser(1, MAX_CONNECTIONS),
    meaning: `Connections to each relay side by side, unless its URL sets the number; 1 to ${MAX_CONNECTIONS}.`,
    since: '0.1.0',
  }),
  mailsPerConnection: setting('SMTP_MAILS_PER_CONNECTION', {
    group,
    default: '100',
    parse: integerParser(1, MAX_MAILS_PER_CONNECTION),
    meaning:
      'After this many mails a connection is closed and another one opened, unless the URL of the relay sets the number; 1 to 100,000.',
    since: '0.1.0',
  }),
  dkimDomain: optionalSetting('DKIM_DOMAIN', {
    group,
    unset: 'mails are not signed',
    example: 'example.org',
    parse: parseDkimDomain,
    meaning:
      'Signs mails with DKIM for this domain. `DKIM_DOMAIN`, `DKIM_SELECTOR` and `DKIM_KEY_FILE` go together: set all three or none.',
    since: '0.1.0',
  }),
  dkimSelectors: optionalSetting('DKIM_SELECTOR', {
    group,
    unset: 'mails are not signed',
    example: 's1',
    parse: parseSelectors,
    meaning:
      'The selector: the key is published at `SELECTOR._domainkey.DOMAIN`. Where there are several keys, one for each in the same order, with spaces or commas between.',
    since: '0.1.0',
  }),
  dkimKeys: optionalSetting('DKIM_KEY_FILE', {
    group,
    unset: 'mails are not signed',
    example: '/etc/paperboy-dkim.pem',
    parse: readKeyFiles,
    meaning:
      'The file of the private key, in PEM, without a passphrase: RSA of 2048 bits (less than 1024 is refused, RFC 8301), or Ed25519 (RFC 8463). Several files have spaces or commas between; mails are signed with each key. See [SENDING.md](SENDING.md#signatures).',
    since: '0.1.0',
  }),
  rate: optionalSetting('SMTP_RATE', {
    group: LIMITS,
    unset: 'no limit',
    example: '50',
    parse: parseRate,
    meaning: 'Mails per second in all, like `50` or `0.5`.',
    since: '0.1.0',
  }),
  domainRate: optionalSetting('SMTP_DOMAIN_RATE', {
    group: LIMITS,
    unset: 'no limit',
    example: '5',
    parse: parseRate,
    meaning: 'Mails per second to each recipient domain.',
    since: '0.1.0',
  }),
  domainRates: optionalSetting('SMTP_DOMAIN_RATES', {
    group: LIMITS,
    unset: 'no limit',
    example: 'gmail.com=20,yahoo.com=5',
    parse: parseDomainRates,
    meaning:
      'The same for single domains: `gmail.com=20,yahoo.com=5`. It counts before `SMTP_DOMAIN_RATE`.',
    since: '0.1.0',
  }),
  dailyCap: optionalSetting('DAILY_CAP', {
    group: LIMITS,
    unset: 'no limit',
    example: '10000',
    parse: parseDailyCap,
    meaning: 'Mails per day in all. Days begin at midnight in `EDITION_TIMEZONE`.',
    since: '0.1.0',
  }),
  warmup: optionalSetting('WARMUP', {
    group: LIMITS,
    unset: 'none',
    example: '2026-12-01:200',
    parse: parseWarmup,
    meaning:
      'For a new sending address, `DAY:MAILS` like `2026-12-01:200`: this many mails on that day, and 18 % more on each day after one on which servers took them, until `DAILY_CAP` is reached or 42 such days are over.',
    since: '0.1.0',
  }),
};
