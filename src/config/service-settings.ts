import { parseDatabase } from './parse-database.js';
import { parseSecret, parseSecrets } from './secret-parsers.js';
import { optionalSetting, setting } from './setting.js';
import {
  integerParser,
  listenHostParser,
  parseLogLevel,
  parsePublicUrl,
  parseTrustProxy,
} from './setting-parsers.js';

const group = 'The service';
const METRICS = 'Metrics';
const MAX_PORT = 65_535;

/** Where the service listens, keeps its data and is watched. */
export const SERVICE_SETTINGS = {
  production: setting('NODE_ENV', {
    group,
    default: 'development',
    parse: (text) => text === 'production',
    meaning:
      '`production` makes `SMTP_URL`, `MAIL_FROM`, `PUBLIC_URL` and `SECRET_KEY` required. It also warns in the log of what works but should be changed.',
    since: '0.1.0',
  }),
  publicUrl: optionalSetting('PUBLIC_URL', {
    group,
    unset: '`http://localhost:PORT`',
    example: 'https://papers.example.org',
    parse: parsePublicUrl,
    meaning:
      'The address of the pages. Links in mails begin with it. It has no path, query or password. `http` works with a warning, because one-click unsubscribing (RFC 8058) needs `https`. Its host is the name of the list (`List-Id`) and the name that greets the SMTP server. If the host is not a DNS name, the list takes the domain of `MAIL_FROM` and the greeting is an address literal.',
    since: '0.1.0',
    required: true,
  }),
  secretKey: optionalSetting('SECRET_KEY', {
    group,
    unset: 'made once, kept in the store',
    example: 'what "openssl rand -base64 32" prints',
    parse: parseSecrets,
    meaning:
      'Signs the links in mails and makes the Message-IDs. At least 8 characters, in production 32 random ones. Several with commas between them, newest first: the first signs, and links of all of them work ([PRIVACY.md](PRIVACY.md#a-new-secret_key) says how to change it). Links of a key that is not there stop working, so the store keeps a fingerprint, and a list without the known key is told at the start.',
    since: '0.1.0',
    secret: true,
    required: true,
  }),
  database: setting('DATABASE_URL', {
    group,
    default: 'sqlite:./data/paperboy.db',
    parse: parseDatabase,
    meaning:
      '`sqlite:PATH`: the file and its folder are created when they are missing. Or `postgres://USER:PASSWORD@HOST[:PORT]/DATABASE`, with special letters %-encoded. After a `?` it takes `sslmode` (`verify-full`, `disable`, `no-verify`), `sslrootcert`, `sslcert`, `sslkey` and `host` (a folder with a socket).',
    since: '0.1.0',
    secret: true,
  }),
  host: setting('HOST', {
    group,
    default: 'localhost',
    parse: listenHostParser('PORT'),
    meaning:
      'The address that the web server listens on, and a `worker` with `METRICS_PORT`. `0.0.0.0` listens on all.',
    since: '0.1.0',
  }),
  port: setting('PORT', {
    group,
    default: '3000',
    parse: integerParser(0, MAX_PORT),
    meaning: 'The port of the web server.',
    since: '0.1.0',
  }),
  trustProxy: setting('TRUST_PROXY', {
    group,
    default: 'off',
    parse: parseTrustProxy,
    meaning:
      'Whose `X-Forwarded-For`, or else `Forwarded`, to believe: `off`, `on`, the number of proxies, or their addresses with commas between them, like `10.0.0.0/8` or `loopback`.',
    since: '0.1.0',
  }),
  logLevel: setting('LOG_LEVEL', {
    group,
    default: 'info',
    parse: parseLogLevel,
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
    since: '0.1.0',
  }),
  metricsToken: optionalSetting('METRICS_TOKEN', {
    group: METRICS,
    unset: 'none',
    example: 'a long random word',
    parse: parseSecret,
    meaning:
      'Whoever asks for `/metrics` must send it. Without a token, only this machine and private networks may ask.',
    since: '0.1.0',
    secret: true,
  }),
  metricsPort: optionalSetting('METRICS_PORT', {
    group: METRICS,
    unset: 'none',
    example: '9464',
    parse: integerParser(1, MAX_PORT),
    meaning:
      'Where a `worker` answers `/metrics`, `/healthz` and `/readyz`, at `HOST`. `serve` answers them at `PORT`.',
    since: '0.1.0',
  }),
};
