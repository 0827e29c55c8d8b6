import type { LogLevel } from '../base/logger.js';
import type { Route, Routing } from '../delivery/routes.js';
import type { RateLimits } from '../delivery/throttle/rate-limits.js';
import type { Ranking } from '../editions/pick.js';
import type { DkimKey } from '../mail/dkim.js';
import type { Mailbox } from '../mail/headers.js';
import { isLocalHost } from '../mail/host-names.js';
import { SCORE_WEIGHTS } from '../papers/score.js';
import type { ArxivOptions } from '../sources/arxiv/arxiv.js';
import type { SourceName } from '../sources/source.js';
import type { StoreLocation } from '../store/open.js';
import { parseDailyCap, parseDomainRates, parseRate, parseWarmup } from './config-pace.js';
import { type Environment, Reader } from './config-reader.js';
import { readRoutes } from './config-routes.js';
import {
  parseByline,
  parseCategories,
  parseCron,
  parseDatabase,
  parseLogLevel,
  parseMailbox,
  parsePublicUrl,
  parseSecret,
  parseSources,
  parseSwitch,
  parseTimezone,
  parseTrustProxy,
  parseWebUrl,
  parseWebUrls,
  parseWeights,
  readKeyFile,
} from './config-values.js';

/** Everything that the environment decides. */
export interface Config {
  readonly production: boolean;
  readonly database: StoreLocation;
  /** In the order of SMTP_URL. None: mail goes to the embedded inbox. */
  readonly routes: readonly Route[];
  readonly routing: Routing;
  readonly mailFrom: Mailbox;
  /** Where readers reach the pages; no slash at the end. */
  readonly publicUrl: string;
  /** `null`: the store keeps one of its own making. */
  readonly secretKey: string | null;
  readonly host: string;
  readonly port: number;
  readonly sources: readonly SourceName[];
  readonly huggingFaceUrl: URL;
  /** Who edits the editions, as readers are told; `null`: nobody is named. */
  readonly editedBy: string | null;
  readonly arxiv: ArxivOptions;
  readonly feedUrls: readonly URL[];
  /** Whether feeds may come from the operator's own network. */
  readonly allowPrivateFeeds: boolean;
  /** Seconds that one answer of a source may take. */
  readonly sourceTimeout: number;
  /** Minutes for which the daily run waits for sources that fail. */
  readonly sourceDeadline: number;
  /** Minutes after which votes are observed again; 0: never. */
  readonly refreshVotesEvery: number;
  readonly ranking: Ranking;
  readonly editionTimezone: string;
  readonly pickCron: string;
  /** Minutes between picking an edition and freezing it. */
  readonly freezeAfter: number;
  readonly smtpConnections: number;
  readonly pace: RateLimits;
  /** What whoever asks for `/metrics` from outside has to know; `null`: nobody may. */
  readonly metricsToken: string | null;
  /** Where a `worker` tells how it is; `null`: nowhere. */
  readonly metricsPort: number | null;
  /** What Fastify's `trustProxy` takes. */
  readonly trustProxy: boolean | string | number;
  readonly dkim: DkimKey | null;
  readonly logLevel: LogLevel;
  /** What works but should not stay as it is. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks the environment.
 * @throws PaperboyError `bad_config` that names every fault at once, with what was got and what is
 *   wanted; values of secrets are never shown.
 */
export function loadConfig(environment: Environment): Config {
  const production = environment['NODE_ENV'] === 'production';
  const reader = new Reader(environment, production);
  const port = reader.integer('PORT', 3000, 0, 65535);
  const publicUrl = reader.read('PUBLIC_URL', `http://localhost:${port}`, parsePublicUrl);
  const { warnings, ...relays } = readRoutes(reader);
  const editionTimezone = reader.read('EDITION_TIMEZONE', 'UTC', parseTimezone);
  const config: Omit<Config, 'warnings'> = {
    production,
    database: reader.read(
      'DATABASE_URL',
      { kind: 'sqlite', file: './data/paperboy.db' },
      parseDatabase,
      { secret: true },
    ),
    ...relays,
    mailFrom: reader.read(
      'MAIL_FROM',
      { name: 'Paperboy', address: 'paperboy@paperboy.localhost' },
      parseMailbox,
    ),
    publicUrl,
    secretKey: reader.read('SECRET_KEY', null, parseSecret, { secret: true }),
    host: reader.read('HOST', 'localhost', (text) => text),
    port,
    sources: reader.read('SOURCES', ['huggingface'], parseSources),
    huggingFaceUrl: reader.read('HUGGINGFACE_URL', new URL('https://huggingface.co'), parseWebUrl),
    editedBy: reader.read('EDITED_BY', null, parseByline),
    arxiv: readArxiv(reader),
    feedUrls: reader.read('FEED_URLS', [], parseWebUrls),
    allowPrivateFeeds: reader.read('ALLOW_PRIVATE_FEEDS', false, parseSwitch),
    sourceTimeout: reader.integer('SOURCE_TIMEOUT', 30, 1, 300),
    sourceDeadline: reader.integer('SOURCE_DEADLINE', 30, 0, 600),
    refreshVotesEvery: reader.integer('OBSERVE_EVERY', 180, 0, 7 * 24 * 60),
    ranking: {
      weights: reader.read('SCORE_WEIGHTS', SCORE_WEIGHTS, parseWeights),
      mostRising: reader.integer('STILL_RISING', 3, 0, 10),
    },
    editionTimezone,
    pickCron: reader.read('PICK_CRON', '0 16 * * *', parseCron),
    freezeAfter: reader.integer('FREEZE_AFTER', 0, 0, 24 * 60),
    pace: readRateLimits(reader, editionTimezone),
    metricsToken: reader.read('METRICS_TOKEN', null, parseSecret, { secret: true }),
    metricsPort: reader.optionalInteger('METRICS_PORT', 1, 65535),
    trustProxy: reader.read('TRUST_PROXY', false, parseTrustProxy),
    dkim: readDkim(reader),
    logLevel: reader.read('LOG_LEVEL', 'info', parseLogLevel),
  };
  if (config.sources.includes('feed') && config.feedUrls.length === 0) {
    reader.fault('FEED_URLS names no feed, but SOURCES has feed.');
  }
  if (production) reader.require('SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL', 'SECRET_KEY');
  reader.throwFaults();
  return Object.freeze({ ...config, warnings: [...warnings, ...findWarnings(config)] });
}

function readRateLimits(reader: Reader, timezone: string): RateLimits {
  return {
    rate: reader.read('SMTP_RATE', null, parseRate),
    domainRate: reader.read('SMTP_DOMAIN_RATE', null, parseRate),
    domainRates: reader.read('SMTP_DOMAIN_RATES', {}, parseDomainRates),
    dailyCap: reader.read('DAILY_CAP', null, parseDailyCap),
    warmup: reader.read('WARMUP', null, parseWarmup),
    timezone,
  };
}

const ARXIV_API = new URL('https://export.arxiv.org');
const ARXIV_RSS = new URL('https://rss.arxiv.org');

/** Whoever puts another server in arXiv's place need say so only once. */
function readArxiv(reader: Reader): ArxivOptions {
  const apiUrl = reader.read('ARXIV_URL', ARXIV_API, parseWebUrl);
  return {
    apiUrl,
    rssUrl: reader.read('ARXIV_RSS_URL', apiUrl === ARXIV_API ? ARXIV_RSS : apiUrl, parseWebUrl),
    categories: reader.read(
      'ARXIV_CATEGORIES',
      ['cs.AI', 'cs.CL', 'cs.CV', 'cs.LG'],
      parseCategories,
    ),
    crossLists: reader.read('ARXIV_CROSS_LISTS', false, parseSwitch),
  };
}

/** All three settings or none. */
function readDkim(reader: Reader): DkimKey | null {
  const domain = reader.text('DKIM_DOMAIN');
  const selector = reader.text('DKIM_SELECTOR');
  const privateKey = reader.read('DKIM_KEY_FILE', '', readKeyFile);
  const given = [domain, selector, reader.text('DKIM_KEY_FILE')].filter(Boolean).length;
  if (given === 0) return null;
  if (given < 3) {
    reader.fault('DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY_FILE go together; some are missing.');
  }
  return domain && selector && privateKey ? { domain, selector, privateKey } : null;
}

function findWarnings(config: Omit<Config, 'warnings'>): string[] {
  const warnings: string[] = [];
  const { protocol, hostname } = new URL(config.publicUrl);
  if (protocol === 'http:' && (config.production || !isLocalHost(hostname))) {
    warnings.push(
      'PUBLIC_URL is http: links are not private, and one-click unsubscribing (RFC 8058) wants https.',
    );
  }
  if (!config.production) return warnings;
  for (const { name, smtp } of config.routes) {
    if (smtp.secure || smtp.requireTLS || isLocalHost(smtp.host ?? '')) continue;
    const which = config.routes.length > 1 ? ` for ${name}` : '';
    warnings.push(`SMTP_URL does not demand TLS${which}; use smtps:// or add ?requireTLS=true.`);
  }
  if (config.secretKey !== null && config.secretKey.length < 32) {
    warnings.push('SECRET_KEY is short; use 32 random characters or more.');
  }
  return warnings;
}
