import type { KeepDays } from '../delivery/retention.js';
import type { RateLimits } from '../delivery/throttle/rate-limits.js';
import { isLocalHost } from '../mail/host-names.js';
import type { ArxivOptions } from '../sources/arxiv/arxiv.js';
import type { NoticeLimits } from '../subscribers/notice-limits.js';
import { findBounceWarnings } from './bounce-settings.js';
import { buildDoors } from './build-doors.js';
import { buildRoutes, type Routes } from './build-routes.js';
import { buildSite } from './build-site.js';
import { buildDkim, findDkimWarnings } from './dkim-settings.js';
import { ReadSettings } from './read-settings.js';
import { checkLongSecrets } from './secret-parsers.js';
import type { Environment, SettingKey, SettingValues } from './settings.js';

/** Everything that the environment decides. The types are those that the parsers return. */
export interface Config extends Readonly<ReturnType<typeof buildConfig>> {
  /** What works but should be changed. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks the environment.
 * @throws PaperboyError `bad_config` that names every fault at once, with what was got and what is
 *   wanted; values of secrets are never shown.
 */
export function loadConfig(environment: Environment): Config {
  const settings = new ReadSettings(environment);
  const { warnings, ...routes } = buildRoutes(settings);
  const config = buildConfig(settings, routes);
  const lacksFeeds = config.sources.includes('feed') && config.feedUrls.length === 0;
  if (lacksFeeds && !settings.isWrong('feedUrls')) {
    settings.addFault('feedUrls', 'FEED_URLS names no feed, but SOURCES has feed.');
  }
  if (config.production) {
    settings.requireForProduction();
    settings.check('secretKey', null, () => checkLongSecrets(config.secretKey));
  }
  settings.throwFaults();
  return Object.freeze({ ...config, warnings: [...warnings, ...findWarnings(config)] });
}

/** Settings that stand in a group of `Config`; all others stand in it by their own keys. */
const GROUPED = [
  ...(['relays', 'routeRules', 'mailsPerConnection'] as const),
  ...(['rate', 'domainRate', 'domainRates', 'dailyCap', 'warmup'] as const),
  ...(['noticesPerHour', 'noticesShare', 'noticesPerDomain', 'noticesPerNetwork'] as const),
  ...(['arxivUrl', 'arxivRssUrl', 'arxivCategories', 'arxivCrossLists'] as const),
  ...(['httpProxy', 'httpsProxy', 'noProxy'] as const),
  ...(['scoreWeights', 'mostRising'] as const),
  ...([
    'bounceHost',
    'bouncePort',
    'bounceLmtpPort',
    'bounceImap',
    'bounceFronts',
    'bouncePipe',
  ] as const),
  ...(['bounceCertFile', 'bounceKeyFile'] as const),
  ...(['hookSes', 'hookPostmark', 'hookMailgun', 'hookSendgrid'] as const),
  ...(['hookResend', 'hookBrevo', 'hookSparkpost'] as const),
  ...(['dkimDomain', 'dkimSelectors', 'dkimKeys'] as const),
  ...(['siteName', 'siteTagline', 'accent', 'contact', 'imprint', 'postalAddress'] as const),
  ...(['editedBy', 'logo'] as const),
  ...(['keepPending', 'keepLeft', 'keepIps', 'keepDeliveries'] as const),
] satisfies SettingKey[];

function buildConfig(settings: ReadSettings, routes: Omit<Routes, 'warnings'>) {
  const { values } = settings;
  const publicUrl = values.publicUrl ?? `http://localhost:${values.port}`;
  const { name, address } = values.mailFrom;
  return {
    ...omit(values, GROUPED),
    ...routes,
    publicUrl,
    ...buildSite(settings, publicUrl),
    mailFrom: { name: name || values.siteName, address },
    feedUrls: values.feedUrls ?? [],
    operators: values.operators ?? [],
    formOrigins: values.formOrigins ?? [],
    arxiv: buildArxiv(settings),
    proxy: { httpProxy: values.httpProxy, httpsProxy: values.httpsProxy, noProxy: values.noProxy },
    ranking: { weights: values.scoreWeights, mostRising: values.mostRising },
    rateLimits: buildRateLimits(values),
    noticeLimits: buildNoticeLimits(values),
    dkim: buildDkim(settings),
    ...buildDoors(settings),
    keep: buildKeep(values),
  };
}

function buildRateLimits(values: SettingValues): RateLimits {
  const { rate, domainRate, domainRates, dailyCap, warmup, editionTimezone } = values;
  const rates = { rate, domainRate, domainRates: domainRates ?? {} };
  const { noticesPerHour, noticesShare } = values;
  const notices = { noticesPerHour, noticesShare };
  return { ...rates, dailyCap, warmup, ...notices, timezone: editionTimezone };
}

/** How many notices strangers can ask for in a day. In all, no more than could go out. */
function buildNoticeLimits(values: SettingValues): Omit<NoticeLimits, 'hash'> {
  const { noticesPerDomain, noticesPerNetwork, noticesPerHour } = values;
  const inAll = noticesPerHour * HOURS_OF_A_DAY;
  return { perDomain: noticesPerDomain, perNetwork: noticesPerNetwork, inAll };
}

const HOURS_OF_A_DAY = 24;

function buildKeep(values: SettingValues): KeepDays {
  const { keepPending: pending, keepLeft: left, keepIps: ips, keepDeliveries: deliveries } = values;
  return { pending, left, ips, deliveries };
}

/** An operator who puts another server in the place of arXiv's API need say so only once. */
function buildArxiv(settings: ReadSettings): ArxivOptions {
  const { arxivUrl, arxivRssUrl, arxivCategories, arxivCrossLists } = settings.values;
  const isMoved = settings.isSet('arxivUrl') && !settings.isSet('arxivRssUrl');
  return {
    apiUrl: arxivUrl,
    rssUrl: isMoved ? arxivUrl : arxivRssUrl,
    categories: arxivCategories,
    crossLists: arxivCrossLists,
  };
}

function omit<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Omit<T, K> {
  const left = { ...object };
  for (const key of keys) delete left[key];
  return left;
}

/** What works but should be changed. */
function findWarnings(config: ReturnType<typeof buildConfig>): string[] {
  const { production, publicUrl, routes } = config;
  const warnings: string[] = [];
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'http:' && (production || !isLocalHost(hostname))) {
    warnings.push(
      'PUBLIC_URL is http: links are not private, and one-click unsubscribing (RFC 8058) needs https.',
    );
  }
  warnings.push(...findDkimWarnings(config.dkim, config.mailFrom.address));
  warnings.push(...findBounceWarnings(config));
  if (!production) return warnings;
  for (const { name, smtp } of routes) {
    // Of what goes with a login, more is said where it is read.
    if (smtp.secure || smtp.requireTLS || smtp.auth || isLocalHost(smtp.host ?? '')) continue;
    const which = routes.length > 1 ? ` for ${name}` : '';
    warnings.push(`SMTP_URL does not demand TLS${which}; use smtps:// or add ?requireTLS=true.`);
  }
  return warnings;
}
