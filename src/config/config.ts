import type { RateLimits } from '../delivery/throttle/rate-limits.js';
import { isLocalHost } from '../mail/host-names.js';
import type { ArxivOptions } from '../sources/arxiv/arxiv.js';
import { buildRoutes, type Routes } from './build-routes.js';
import { buildDkim, findDkimWarnings } from './dkim-settings.js';
import { ReadSettings } from './read-settings.js';
import { checkLongSecret } from './secret-parsers.js';
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
    settings.check('secretKey', null, () => checkLongSecret(config.secretKey));
  }
  settings.throwFaults();
  return Object.freeze({ ...config, warnings: [...warnings, ...findWarnings(config)] });
}

/** Settings that stand in a group of `Config`; all others stand in it by their own keys. */
const GROUPED = [
  ...(['relays', 'routeRules', 'mailsPerConnection'] as const),
  ...(['rate', 'domainRate', 'domainRates', 'dailyCap', 'warmup'] as const),
  ...(['arxivUrl', 'arxivRssUrl', 'arxivCategories', 'arxivCrossLists'] as const),
  ...(['httpProxy', 'httpsProxy', 'noProxy'] as const),
  ...(['scoreWeights', 'mostRising'] as const),
  ...(['dkimDomain', 'dkimSelector', 'dkimKey'] as const),
] satisfies SettingKey[];

function buildConfig(settings: ReadSettings, routes: Omit<Routes, 'warnings'>) {
  const { values } = settings;
  return {
    ...omit(values, GROUPED),
    ...routes,
    publicUrl: values.publicUrl ?? `http://localhost:${values.port}`,
    feedUrls: values.feedUrls ?? [],
    formOrigins: values.formOrigins ?? [],
    arxiv: buildArxiv(settings),
    proxy: { httpProxy: values.httpProxy, httpsProxy: values.httpsProxy, noProxy: values.noProxy },
    ranking: { weights: values.scoreWeights, mostRising: values.mostRising },
    rateLimits: buildRateLimits(values),
    dkim: buildDkim(settings),
  };
}

function buildRateLimits(values: SettingValues): RateLimits {
  const { rate, domainRate, domainRates, dailyCap, warmup, editionTimezone } = values;
  const rates = { rate, domainRate, domainRates: domainRates ?? {} };
  return { ...rates, dailyCap, warmup, timezone: editionTimezone };
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
  if (!production) return warnings;
  for (const { name, smtp } of routes) {
    // Of what goes with a login, more is said where it is read.
    if (smtp.secure || smtp.requireTLS || smtp.auth || isLocalHost(smtp.host ?? '')) continue;
    const which = routes.length > 1 ? ` for ${name}` : '';
    warnings.push(`SMTP_URL does not demand TLS${which}; use smtps:// or add ?requireTLS=true.`);
  }
  return warnings;
}
