import {
  checkTlsFile,
  parseFronts,
  parseHookSecret,
  parseResendSecret,
  parseSendgridKey,
  parseTopics,
} from './parse-doors.js';
import { parseImapUrl } from './parse-imap.js';
import { optionalSetting, setting } from './setting.js';
import { integerParser, listenHostParser, parseSwitch } from './setting-parsers.js';

const group = 'What comes back';
const since = '0.2.0';
const MAX_PORT = 65_535;

/** By which ways bounces and complaints come in. */
export const DOOR_SETTINGS = {
  bounceHost: setting('BOUNCE_HOST', {
    group,
    default: '127.0.0.1',
    parse: listenHostParser('BOUNCE_PORT'),
    meaning:
      'The address at which `BOUNCE_PORT` and `BOUNCE_LMTP_PORT` listen. `0.0.0.0` listens on all.',
    since,
  }),
  bouncePort: optionalSetting('BOUNCE_PORT', {
    group,
    unset: 'none',
    example: '2525',
    parse: integerParser(1, MAX_PORT),
    meaning:
      'Where `serve` and `worker` take mails that come back, by SMTP. See [INBOUND.md](INBOUND.md).',
    since,
  }),
  bounceLmtpPort: optionalSetting('BOUNCE_LMTP_PORT', {
    group,
    unset: 'none',
    example: '2424',
    parse: integerParser(1, MAX_PORT),
    meaning: 'The same by LMTP, for a mail server of your own that hands them on.',
    since,
  }),
  bouncePipe: setting('BOUNCE_PIPE', {
    group,
    default: 'off',
    parse: parseSwitch,
    meaning:
      '`on` where what comes to `BOUNCE_ADDRESS` is read by `paperboy bounce`, as a pipe or from cron, or by a process with other settings. With a way in, `List-Unsubscribe` has an address to which readers can write to leave, too.',
    since,
  }),
  bounceFronts: optionalSetting('BOUNCE_FRONTS', {
    group,
    unset: 'this machine',
    example: '172.16.0.0/12',
    parse: parseFronts,
    meaning:
      'Addresses and networks, with commas between them, of mail servers or proxies of your own that pass mail on to `BOUNCE_PORT` from elsewhere than this machine: the limits for one client do not hold for them, since what they bring is from many. Whoever speaks LMTP is one, too.',
    since,
  }),
  bounceCertFile: optionalSetting('BOUNCE_TLS_CERT_FILE', {
    group,
    unset: 'no STARTTLS',
    example: '/etc/letsencrypt/live/bounces.example.org/fullchain.pem',
    parse: checkTlsFile,
    meaning:
      'The certificate with its chain, in PEM, with which STARTTLS is offered there. It is read again every hour. It goes together with `BOUNCE_TLS_KEY_FILE`.',
    since,
  }),
  bounceKeyFile: optionalSetting('BOUNCE_TLS_KEY_FILE', {
    group,
    unset: 'no STARTTLS',
    example: '/etc/letsencrypt/live/bounces.example.org/privkey.pem',
    parse: checkTlsFile,
    meaning: 'Its private key, in PEM, without a passphrase.',
    since,
  }),
  bounceImap: optionalSetting('BOUNCE_IMAP_URL', {
    group,
    unset: 'none',
    example: 'imaps://bounces%40example.org:PASSWORD@imap.example.net/INBOX',
    parse: parseImapUrl,
    meaning:
      'A mailbox from which mails that came back are read: `imaps://USER:PASSWORD@HOST[:PORT][/MAILBOX]` (port 993), or `imap://…` (port 143, with STARTTLS). After a `?` it takes `moveTo=NAME`, the mailbox to which mails go once they are stored (`Paperboy`; `moveTo=` leaves them where they are, seen), `requireTLS=false`, `tls.rejectUnauthorized=false` and `tls.servername`.',
    since,
    secret: true,
  }),
  hookSes: optionalSetting('HOOK_SES_TOPIC', {
    group,
    unset: '`/hooks/ses` is not there',
    example: 'arn:aws:sns:eu-central-1:123456789012:paperboy',
    parse: parseTopics,
    meaning:
      'The ARN of the Amazon SNS topic to which Amazon SES publishes; several with commas between them.',
    since,
  }),
  hookPostmark: optionalSetting('HOOK_POSTMARK_PASSWORD', {
    group,
    unset: '`/hooks/postmark` is not there',
    example: 'a long random word for Postmark',
    parse: parseHookSecret,
    meaning:
      'The password with which Postmark calls: `https://paperboy:PASSWORD@…/hooks/postmark`.',
    since,
    secret: true,
  }),
  hookMailgun: optionalSetting('HOOK_MAILGUN_KEY', {
    group,
    unset: '`/hooks/mailgun` is not there',
    example: 'the HTTP webhook signing key of Mailgun',
    parse: parseHookSecret,
    meaning: 'The “HTTP webhook signing key” that Mailgun shows.',
    since,
    secret: true,
  }),
  hookSendgrid: optionalSetting('HOOK_SENDGRID_KEY', {
    group,
    unset: '`/hooks/sendgrid` is not there',
    example:
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==',
    parse: parseSendgridKey,
    meaning: 'The “verification key” of SendGrid’s signed event webhook, which is public.',
    since,
  }),
  hookResend: optionalSetting('HOOK_RESEND_SECRET', {
    group,
    unset: '`/hooks/resend` is not there',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    parse: parseResendSecret,
    meaning: 'The “signing secret” of the webhook that Resend shows.',
    since,
    secret: true,
  }),
  hookBrevo: optionalSetting('HOOK_BREVO_TOKEN', {
    group,
    unset: '`/hooks/brevo` is not there',
    example: 'a long random word for Brevo',
    parse: parseHookSecret,
    meaning: 'The token, or the password, with which Brevo calls.',
    since,
    secret: true,
  }),
  hookSparkpost: optionalSetting('HOOK_SPARKPOST_PASSWORD', {
    group,
    unset: '`/hooks/sparkpost` is not there',
    example: 'a long random word for SparkPost',
    parse: parseHookSecret,
    meaning: 'The password with which SparkPost calls.',
    since,
    secret: true,
  }),
};
