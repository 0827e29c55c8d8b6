import { parseBounceAddress } from './bounce-settings.js';
import { parseDkimDomain, parseSelectors, readKeyFiles } from './parse-dkim.js';
import { parseDailyCap, parseDomainRates, parseRate, parseWarmup } from './parse-rates.js';
import { MAX_CONNECTIONS, MAX_MAILS_PER_CONNECTION, parseRelays } from './parse-relays.js';
import { parseRules } from './parse-rules.js';
import { optionalSetting, setting } from './setting.js';
import { integerParser, parseAddresses, parseMailbox, parseSwitch } from './setting-parsers.js';

const group = 'Mail';
const LIMITS = 'Limits of sending';

/** From whom mails come, over which relays they go, and how fast. */
export const SENDING_SETTINGS = {
  mailFrom: setting('MAIL_FROM', {
    group,
    default: 'paperboy@paperboy.localhost',
    parse: parseMailbox,
    meaning:
      'The sender of all mails: `Name <address>` or an address, which goes under the name of the site. Without `BOUNCE_ADDRESS`, bounces go there.',
    since: '0.1.0',
    required: true,
  }),
  bounceAddress: optionalSetting('BOUNCE_ADDRESS', {
    group,
    unset: 'the address of `MAIL_FROM`',
    example: 'bounces@example.org',
    parse: parseBounceAddress,
    meaning:
      'Where bounces go. Each mail has an address of its own, by which its bounce is known: of `bounces@example.org` it is `bounces+KEY@example.org`. Where the host wants another form, write a `*` for the key, at the end of the local part: `bounces-*@example.org`, `*@bounces.example.org`. SPF looks at its domain. See [BOUNCES.md](BOUNCES.md).',
    since: '0.1.0',
  }),
  bounceVerp: setting('BOUNCE_VERP', {
    group,
    default: 'on',
    parse: parseSwitch,
    meaning:
      'Whether there is a key in `BOUNCE_ADDRESS`. `off` for a host that takes mail for that one address only: what is bounced is then known by the id of its envelope or its Message-ID.',
    since: '0.2.0',
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
  operators: optionalSetting('OPERATOR_EMAIL', {
    group,
    unset: 'nobody is written to',
    example: 'you@example.org',
    parse: parseAddresses,
    meaning:
      'Who is told by mail what needs an operator, like digests that were paused or a relay that refuses the login: one address, or several with commas between them. See [SENDING.md](SENDING.md#alarms).',
    since: '0.2.0',
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
    meaning:
      'Digests per day in all. Days begin at midnight in `EDITION_TIMEZONE`. Confirmations and other notices have `NOTICES_SHARE` of it beside.',
    since: '0.1.0',
  }),
  noticesPerHour: setting('NOTICES_PER_HOUR', {
    group: LIMITS,
    default: '1000',
    parse: integerParser(2, 1_000_000),
    meaning:
      'Most confirmations and other notices an hour in all; 2 to 1,000,000. In a day, strangers can ask for 24 times as many, or for what the caps of that day leave for notices, if that is less. What is over it waits. See [SENDING.md](SENDING.md#notices).',
    since: '0.2.0',
  }),
  noticesShare: setting('NOTICES_SHARE', {
    group: LIMITS,
    default: '10',
    parse: integerParser(1, 90),
    meaning:
      'The part of a cap or of `SMTP_RATE` that notices have, in percent; 1 to 90. Beside a `DAILY_CAP`, within the `cap` of a relay.',
    since: '0.2.0',
  }),
  noticesPerDomain: setting('NOTICES_PER_DOMAIN', {
    group: LIMITS,
    default: '100',
    parse: integerParser(1, 1_000_000),
    meaning:
      'For how many mailboxes of one domain strangers can ask in a day; ten times as many at the big providers. More are left without a mail, and the answer is the same.',
    since: '0.2.0',
  }),
  noticesPerNetwork: setting('NOTICES_PER_NETWORK', {
    group: LIMITS,
    default: '50',
    parse: integerParser(1, 1_000_000),
    meaning:
      'How many notices one network (IPv4 /24, IPv6 /48) can ask for in a day. Addresses of private networks are not told apart and not limited so: behind a proxy set `TRUST_PROXY`.',
    since: '0.2.0',
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
