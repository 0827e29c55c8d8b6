import type { Clock } from '../base/clock.js';
import type { Leases } from '../base/leases.js';
import type { Logger } from '../base/logger.js';
import { once } from '../base/memo.js';
import type { Random } from '../base/random.js';
import type { Timing } from '../base/timing.js';
import { VERSION } from '../base/version.js';
import type { HttpDeps, RetryPolicy } from '../http/http-client.js';
import type { ProxySettings } from '../http/proxy.js';
import type { ArxivOptions } from './arxiv/arxiv.js';
import type { PaperLookup } from './lookup.js';
import type { Source, SourceName } from './source.js';

/** What the settings say of sources. */
export interface SourceSettings {
  /** The sources that are read. */
  readonly sources: readonly SourceName[];
  readonly huggingFaceUrl: URL;
  readonly arxiv: ArxivOptions;
  readonly feedUrls: readonly URL[];
  /** Whether feeds may come from the operator's own network. */
  readonly allowPrivateFeeds: boolean;
  /** The proxies that sources are read through. */
  readonly proxy: ProxySettings;
  /** The address of the pages, for which sources are told who asks. */
  readonly publicUrl: string;
  /** The zone in which days are counted. */
  readonly editionTimezone: string;
  /** Seconds that one answer of a source may take. */
  readonly sourceTimeout: number;
}

interface OpenSourcesDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
  timing: Timing;
  leases: Leases;
  /** This process, by a name of its own among all that use the store. */
  holder: string;
}

/** The sources that are set up. A source's module is loaded when the source is opened. */
export interface OpenSources {
  /** @param retryPolicy left out: that of a run that nobody waits for. */
  sources(retryPolicy?: RetryPolicy): Promise<Source[]>;
  /** Finds single papers, for a command that somebody waits for. */
  lookup(): Promise<PaperLookup>;
  /**
   * What pictures of papers are fetched with. Others have chosen their addresses: only what a feed of the
   * operator's names on its own server may be in a private network.
   */
  pictureHttp(): Promise<(url: URL, source: string | undefined) => HttpDeps>;
}

/** For the first start, when somebody waits for the first page. */
export const FIRST_START: RetryPolicy = { tries: 2, timeout: 8_000 };
/** For a command that somebody waits for. */
const WATCHED: RetryPolicy = { tries: 3, timeout: 10_000 };
/** Nobody waits for pictures, and what fails is tried again another time. */
const PICTURES: RetryPolicy = { tries: 1, timeout: 20_000 };
const FOR_PICTURES = 'only pictures on the host of the feed that names them may come from there';
/** Tries of a run that nobody waits for. */
const UNWATCHED_TRIES = 5;

/** Hugging Face takes 500 requests in 5 minutes; this is 450 at most. */
const HUGGINGFACE_BURST = 50;
const HUGGINGFACE_INTERVAL = 750;

/** Makes sources as the settings say. All that one call opens share the limits of requests. */
export function openSources(settings: SourceSettings, deps: OpenSourcesDeps): OpenSources {
  const backoff = deps.timing.sourceBackoff;
  const timeout = settings.sourceTimeout * 1_000;
  const toHttp = openHttp(settings, deps);
  const toArxivHttp = limitArxiv(settings, deps, toHttp);
  const open = sourceOpeners(settings, deps, { toHttp, toArxivHttp });
  return {
    sources: (retryPolicy = { tries: UNWATCHED_TRIES, timeout }) =>
      Promise.all(settings.sources.map((name) => open[name]({ backoff, ...retryPolicy }))),
    lookup: async () => {
      const { firstLookup } = await import('./lookup.js');
      const { huggingFaceLookup } = await import('./huggingface/huggingface.js');
      const { arxivLookup } = await import('./arxiv/arxiv-lookup.js');
      return firstLookup([
        huggingFaceLookup(settings.huggingFaceUrl, await toHttp({ backoff, ...WATCHED })),
        arxivLookup(settings.arxiv.apiUrl, await toArxivHttp(WATCHED)),
      ]);
    },
    pictureHttp: once(async () => {
      const http = await toHttp({ backoff, ...PICTURES });
      const { publicOnly } = await import('../http/address-guard.js');
      const guarded = { ...http, guard: publicOnly(undefined, settings.proxy, FOR_PICTURES) };
      const own = new Set(settings.allowPrivateFeeds ? settings.feedUrls.map(toHost) : []);
      // No feed's picture is taken in that is on another feed's host.
      return (url, source) =>
        source === 'feed' && own.has(url.host) ? { ...guarded, freeHost: url.host } : guarded;
    }),
  };
}

type ToHttp = (retryPolicy: RetryPolicy) => Promise<HttpDeps>;

/** What every source is asked with: who asks, and through which proxy. */
function openHttp({ proxy, publicUrl }: SourceSettings, deps: OpenSourcesDeps): ToHttp {
  const { clock, random, logger } = deps;
  const userAgent = `Paperboy/${VERSION} (+${publicUrl})`;
  const loadDispatcher = once(async () => {
    const { hasProxy, openProxyAgent } = await import('../http/proxy.js');
    return hasProxy(proxy) ? { dispatcher: openProxyAgent(proxy) } : {};
  });
  return async (retryPolicy) => ({
    ...{ clock, random, logger, retryPolicy, userAgent },
    ...(await loadDispatcher()),
  });
}

/** arXiv takes one request at a time, whichever process it comes from. */
function limitArxiv(
  { sourceTimeout }: SourceSettings,
  { leases, holder, timing, clock, logger }: OpenSourcesDeps,
  toHttp: ToHttp,
): ToHttp {
  const loadLimit = once(async () => {
    const { oneAtATime } = await import('../http/request-limit.js');
    return oneAtATime({
      ...{ clock, logger, leases, name: 'fetching arXiv', holder },
      interval: timing.arxivInterval,
      longest: sourceTimeout * 1_000 + timing.arxivInterval,
    });
  });
  return async (retryPolicy) => ({
    ...(await toHttp({ ...retryPolicy, backoff: timing.arxivBackoff })),
    limit: await loadLimit(),
  });
}

function sourceOpeners(
  settings: SourceSettings,
  { clock }: OpenSourcesDeps,
  { toHttp, toArxivHttp }: Record<'toHttp' | 'toArxivHttp', ToHttp>,
): Record<SourceName, (retryPolicy: RetryPolicy) => Promise<Source>> {
  const loadLimit = once(async () => {
    const { burstLimit } = await import('../http/request-limit.js');
    return burstLimit(clock, HUGGINGFACE_BURST, HUGGINGFACE_INTERVAL);
  });
  return {
    huggingface: async (retryPolicy) => {
      const { huggingFace } = await import('./huggingface/huggingface.js');
      const limit = await loadLimit();
      return huggingFace(settings.huggingFaceUrl, { ...(await toHttp(retryPolicy)), limit });
    },
    arxiv: async (retryPolicy) => {
      const { arxiv } = await import('./arxiv/arxiv.js');
      return arxiv(settings.arxiv, await toArxivHttp(retryPolicy));
    },
    feed: async (retryPolicy) => {
      const { feeds } = await import('./feeds/feed.js');
      const { publicOnly } = await import('../http/address-guard.js');
      const options = { urls: settings.feedUrls, timezone: settings.editionTimezone };
      const { allowPrivateFeeds, proxy } = settings;
      const guard = allowPrivateFeeds ? {} : { guard: publicOnly(undefined, proxy) };
      return feeds(options, { ...(await toHttp(retryPolicy)), ...guard });
    },
  };
}

function toHost({ host }: URL): string {
  return host;
}
