import type { Clock } from '../base/clock.js';
import type { Leases } from '../base/leases.js';
import type { Logger } from '../base/logger.js';
import { once } from '../base/memo.js';
import type { Random } from '../base/random.js';
import type { Timing } from '../base/timing.js';
import type { HttpDeps, RetryPolicy } from '../http/http-client.js';
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
}

/** For the first start, when somebody waits for the first page. */
export const FIRST_START: RetryPolicy = { tries: 2, timeout: 8_000 };
/** For a command that somebody waits for. */
const WATCHED: RetryPolicy = { tries: 3, timeout: 10_000 };
/** Tries of a run that nobody waits for. */
const UNWATCHED_TRIES = 5;

/** Hugging Face takes 500 requests in 5 minutes; this is 450 at most. */
const HUGGINGFACE_BURST = 50;
const HUGGINGFACE_INTERVAL = 750;

/** Makes sources as the settings say. All that one call opens share the limits of requests. */
export function openSources(settings: SourceSettings, deps: OpenSourcesDeps): OpenSources {
  const { clock, random, logger, timing } = deps;
  const backoff = timing.sourceBackoff;
  const timeout = settings.sourceTimeout * 1_000;
  const toArxivHttp = limitArxiv(settings, deps);
  const open = sourceOpeners(settings, deps, toArxivHttp);
  return {
    sources: (retryPolicy = { tries: UNWATCHED_TRIES, timeout }) =>
      Promise.all(settings.sources.map((name) => open[name]({ backoff, ...retryPolicy }))),
    lookup: async () => {
      const { firstLookup } = await import('./lookup.js');
      const { huggingFaceLookup } = await import('./huggingface/huggingface.js');
      const { arxivLookup } = await import('./arxiv/arxiv-lookup.js');
      const http = { clock, random, logger, retryPolicy: { backoff, ...WATCHED } };
      return firstLookup([
        huggingFaceLookup(settings.huggingFaceUrl, http),
        arxivLookup(settings.arxiv.apiUrl, await toArxivHttp(WATCHED)),
      ]);
    },
  };
}

type ToHttp = (retryPolicy: RetryPolicy) => Promise<HttpDeps>;

/** arXiv takes one request at a time, whichever process it comes from. */
function limitArxiv({ sourceTimeout }: SourceSettings, deps: OpenSourcesDeps): ToHttp {
  const { leases, holder, timing, ...http } = deps;
  const loadLimit = once(async () => {
    const { oneAtATime } = await import('../http/request-limit.js');
    return oneAtATime({
      ...{ clock: http.clock, logger: http.logger, leases, name: 'fetching arXiv', holder },
      interval: timing.arxivInterval,
      longest: sourceTimeout * 1_000 + timing.arxivInterval,
    });
  });
  return async (retryPolicy) => ({
    ...http,
    limit: await loadLimit(),
    retryPolicy: { ...retryPolicy, backoff: timing.arxivBackoff },
  });
}

function sourceOpeners(
  settings: SourceSettings,
  { clock, random, logger }: OpenSourcesDeps,
  toArxivHttp: ToHttp,
): Record<SourceName, (retryPolicy: RetryPolicy) => Promise<Source>> {
  const http = { clock, random, logger };
  const loadLimit = once(async () => {
    const { burstLimit } = await import('../http/request-limit.js');
    return burstLimit(clock, HUGGINGFACE_BURST, HUGGINGFACE_INTERVAL);
  });
  return {
    huggingface: async (retryPolicy) => {
      const { huggingFace } = await import('./huggingface/huggingface.js');
      const limit = await loadLimit();
      return huggingFace(settings.huggingFaceUrl, { ...http, limit, retryPolicy });
    },
    arxiv: async (retryPolicy) => {
      const { arxiv } = await import('./arxiv/arxiv.js');
      return arxiv(settings.arxiv, await toArxivHttp(retryPolicy));
    },
    feed: async (retryPolicy) => {
      const { feeds } = await import('./feeds/feed.js');
      const { publicOnly } = await import('../http/address-guard.js');
      const options = { urls: settings.feedUrls, timezone: settings.editionTimezone };
      const guard = settings.allowPrivateFeeds ? {} : { guard: publicOnly() };
      return feeds(options, { ...http, retryPolicy, ...guard });
    },
  };
}
