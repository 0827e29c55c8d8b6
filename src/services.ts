import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Clock, systemClock } from './base/clock.js';
import { dayAt } from './base/day.js';
import { createLogger, type Logger } from './base/logger.js';
import { type Random, systemRandom } from './base/random.js';
import type { Config } from './config/config.js';
import type { Composer } from './delivery/compose.js';
import type { Deliveries } from './delivery/ledger.js';
import { allOver } from './delivery/routes.js';
import type { Sender } from './delivery/sending/sender.js';
import type { MailTemplates } from './digest/templates.js';
import type { HttpDeps, RetryPolicy } from './http/http-client.js';
import type { RequestLimit } from './http/request-limit.js';
import { inboxRoute } from './jobs/inbox.js';
import { toEhloName } from './mail/host-names.js';
import type { PaperLookup } from './sources/lookup.js';
import type { Source, SourceName } from './sources/source.js';
import { openStore } from './store/open.js';
import type { Store } from './store/store.js';
import { createTokens, type Tokens } from './subscribers/tokens.js';

/**
 * Everything the commands work with, made from the configuration once per process. What not every
 * command needs is made, and its modules loaded, when it is first asked for.
 */
export interface Services {
  readonly config: Config;
  /** Of this process, its own among all that ever used the store. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
  /** The day it is where editions are dated. */
  today(): string;
  sources(retryPolicy?: RetryPolicy): Promise<Source[]>;
  /** Asks what is known of single papers. */
  lookup(): Promise<PaperLookup>;
  tokens(): Promise<Tokens>;
  /** @throws PaperboyError `template_fault` */
  templates(): Promise<MailTemplates>;
  composer(): Promise<Composer>;
  /** A sender of notices and of `deliveries`, which are all when left out. */
  sender(deliveries?: Deliveries): Promise<Sender>;
  close(): Promise<void>;
}

/** Tries of a run that nobody waits for. */
const PATIENT_TRIES = 5;
/** Hugging Face takes 500 requests in 5 minutes; this is 450 at most. */
const HUGGINGFACE_BURST = 50;
const HUGGINGFACE_GAP = 750;
/** arXiv wants 3 seconds between two requests, and is slow to recover. */
const ARXIV_GAP = 3_000;
const ARXIV_BACKOFF = 5_000;

/** RetryPolicy of a command that somebody waits for. */
const WATCHED: RetryPolicy = { tries: 3, timeout: 10_000 };

/** @throws PaperboyError `store_…` when the store can't be opened. */
export async function openServices(config: Config): Promise<Services> {
  const clock = systemClock;
  const random = systemRandom;
  const logger = createLogger(config.logLevel);
  for (const warning of config.warnings) logger.warn({ event: 'setting_doubtful' }, warning);
  const name = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const store = await openStore(config.database, clock);

  const secret = once(async () => {
    if (config.secretKey !== null) return config.secretKey;
    return store.settings.getOrSet('secret_key', random.bytes(32).toString('base64url'));
  });
  const templates = once(async () => {
    const { TEMPLATES } = await import('./views/liquid.js');
    const { compileTemplates } = await import('./digest/templates.js');
    return compileTemplates(TEMPLATES);
  });
  const tokens = once(async () => createTokens(await secret()));
  const composer = once(async () => {
    const { Composer } = await import('./delivery/compose.js');
    return new Composer({
      templates: await templates(),
      publicUrl: config.publicUrl,
      editedBy: config.editedBy,
      editions: store.editions,
      ledger: store.ledger,
      tokens: await tokens(),
      from: config.mailFrom,
      secret: await secret(),
      ...(config.dkim && { sign: (await import('./mail/dkim.js')).createDkimSigner(config.dkim) }),
    });
  });

  let senders = 0;
  const limits: { huggingface?: RequestLimit; arxiv?: RequestLimit } = {};
  const arxivHttp = async (retryPolicy: RetryPolicy): Promise<HttpDeps> => {
    const { oneAtATime } = await import('./http/request-limit.js');
    limits.arxiv ??= oneAtATime({
      ...{ clock, logger, leases: store.leases, name: 'asking arXiv', holder: name },
      interval: ARXIV_GAP,
      longest: config.sourceTimeout * 1_000 + ARXIV_GAP,
    });
    const rest = { backoff: ARXIV_BACKOFF };
    return { clock, random, logger, limit: limits.arxiv, retryPolicy: { ...retryPolicy, ...rest } };
  };
  return {
    config,
    name,
    clock,
    random,
    logger,
    store,
    today: () => dayAt(clock.now(), config.editionTimezone),
    sources: (retryPolicy = { tries: PATIENT_TRIES, timeout: config.sourceTimeout * 1_000 }) => {
      const http = { clock, random, logger, retryPolicy };
      const known: Record<SourceName, () => Promise<Source>> = {
        huggingface: async () => {
          const { huggingFace } = await import('./sources/huggingface/huggingface.js');
          const { burstLimit } = await import('./http/request-limit.js');
          limits.huggingface ??= burstLimit(clock, HUGGINGFACE_BURST, HUGGINGFACE_GAP);
          return huggingFace(config.huggingFaceUrl, { ...http, limit: limits.huggingface });
        },
        arxiv: async () => {
          const { arxiv } = await import('./sources/arxiv/arxiv.js');
          return arxiv(config.arxiv, await arxivHttp(retryPolicy));
        },
        feed: async () => {
          const { feeds } = await import('./sources/feeds/feed.js');
          const { publicOnly } = await import('./http/address-guard.js');
          const options = { urls: config.feedUrls, timezone: config.editionTimezone };
          return feeds(options, config.allowPrivateFeeds ? http : { ...http, guard: publicOnly() });
        },
      };
      return Promise.all(config.sources.map((name) => known[name]()));
    },
    lookup: async () => {
      const { firstLookup } = await import('./sources/lookup.js');
      const { huggingFaceLookup } = await import('./sources/huggingface/huggingface-lookup.js');
      const { arxivLookup } = await import('./sources/arxiv/arxiv-lookup.js');
      const http = { clock, random, logger, retryPolicy: WATCHED };
      return firstLookup([
        huggingFaceLookup(config.huggingFaceUrl, http),
        arxivLookup(config.arxiv.apiUrl, await arxivHttp(WATCHED)),
      ]);
    },
    tokens,
    templates,
    composer,
    sender: async (deliveries = store.ledger) => {
      const { Sender } = await import('./delivery/sending/sender.js');
      const { smtpServer } = await import('./mail/smtp/smtp.js');
      const { suppressAfterRefusal } = await import('./subscribers/suppress-after-refusal.js');
      const { readRefusal } = await import('./mail/replies/meaning.js');
      const helo = toEhloName(config.publicUrl);
      const routes =
        config.routes.length > 0 ? config.routes : [inboxRoute(config.smtpConnections)];
      return new Sender({
        notices: store.notices,
        deliveries,
        throttleStore: store.throttleStore,
        holds: store.holds,
        limits: config.rateLimits,
        composer: await composer(),
        routes: routes.map((route) => ({ ...route, server: smtpServer(route.smtp, helo) })),
        routing: config.routes.length > 0 ? config.routing : allOver(['inbox']),
        suppress: (refusal) =>
          store.atomically(({ subscribers }) =>
            suppressAfterRefusal({ subscribers, readRefusal, clock }, refusal),
          ),
        envelopeFrom: config.mailFrom.address,
        // One that starts after a failure must not take what the last one held for its own.
        worker: senders++ === 0 ? name : `${name}:${senders}`,
        clock,
        random,
        logger,
      });
    },
    close: () => store.close(),
  };
}

/** Makes something when it is first asked for; a failure is tried again the next time. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
