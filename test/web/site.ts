import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { Clock } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/clock.js';
import { createLogger, type Logger } from '../../src/base/logger.js';
import { systemRandom } from '../../src/base/random.js';
import type { Timing } from '../../src/base/timing.js';
import { pickEdition } from '../../src/editions/pick.js';
import { Metrics } from '../../src/jobs/metrics.js';
import { loadWindows } from '../../src/jobs/watch.js';
import type { ListedPaper, Paper } from '../../src/papers/paper.js';
import { readItem } from '../../src/sources/huggingface/huggingface-item.js';
import { loadSourceStates } from '../../src/sources/source-states.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { NO_DISPOSABLE_DOMAINS } from '../../src/subscribers/form/disposable-domains.js';
import { createProofs } from '../../src/subscribers/form/proofs.js';
import { createNoticeLimits, type NoticeLimits } from '../../src/subscribers/notice-limits.js';
import type { Subscriber, SubscriberState } from '../../src/subscribers/subscriber.js';
import { createTokens, type Tokens } from '../../src/subscribers/tokens.js';
import type { Catalogues } from '../../src/views/catalogues.js';
import type { Logo, Site as SiteWords } from '../../src/views/site.js';
import { buildApp } from '../../src/web/app.js';
import type { HealthDeps } from '../../src/web/pages/health.js';
import type { MetricsRouteDeps } from '../../src/web/pages/metrics.js';
import type { FormDeps, OverloadLimits, PageSettings, TrustProxy } from '../../src/web/web-deps.js';
import { saveListing } from '../papers/save-listing.js';
import { writeEmptyStore } from '../store/empty-file.js';
import { ROOT, tempDir } from '../support/program.js';
import { catalogues, plainSite } from '../support/words.js';

/** Thursday, 5 March 2026, 12:00 UTC. */
export const NOW = Date.UTC(2026, 2, 5, 12);
export const HOUR = 3_600_000;
export const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04'];

/** The pages on a real store, asked without a port. */
export interface Site {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly tokens: Tokens;
  readonly clock: Clock & { time: number };
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  /** The hidden token of the form, as a browser finds it on the page. */
  token(): Promise<string>;
  /** Posts fields as a form of ours does: with the token that its page has. */
  post(url: string, fields?: Record<string, string>): Promise<LightMyRequestResponse>;
  postJson(url: string, body: unknown): Promise<LightMyRequestResponse>;
  /** Makes a subscriber in a state by the ways that lead there. */
  subscriber(email: string, state: SubscriberState): Promise<Subscriber>;
  /** Every row of every table, to compare before and after. */
  rows(): Record<string, unknown[]>;
  close(): Promise<void>;
}

/** What a test may want otherwise. */
export interface SiteOptions
  extends Partial<PageSettings>,
    Partial<Omit<SiteWords, 'name'>>,
    Partial<Omit<HealthDeps, 'logger'>>,
    Partial<MetricsRouteDeps> {
  siteName?: string;
  logo?: Logo;
  texts?: Catalogues;
  trustProxy?: TrustProxy;
  overload?: OverloadLimits;
  freezeAfter?: number;
  showsPictures?: boolean;
  started?: Promise<void>;
  /** Where the store is. Default: in a folder of its own. */
  file?: string;
  timing?: Timing;
  noticeLimits?: NoticeLimits;
  logger?: Logger;
  form?: Partial<FormDeps>;
  sleep?: Clock['sleep'];
  steady?: Clock['steady'];
  /** Whether time stands still between two looks at the steady clock. Default: it goes on. */
  standstill?: boolean;
}

/** As the settings have them by default. */
const MANY = createNoticeLimits('a secret of tests', {
  perDomain: 100,
  perNetwork: 50,
  inAll: 24_000,
});

/** Other tests keep the event loop busy in the same process. */
const NO_LIMITS: OverloadLimits = { maxDelay: 0, sampleInterval: 1_000 };

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const { siteName = 'Paperboy', logo = null, texts = catalogues } = options;
  const dir = tempDir();
  const file = options.file ?? join(dir.path, 'paperboy.db');
  let looks = 0;
  const clock: Site['clock'] = {
    ...systemClock,
    time: NOW,
    now: () => clock.time,
    steady: options.steady ?? (() => clock.time + (options.standstill ? 0 : 1_000 * looks++)),
    ...(options.sleep && { sleep: options.sleep }),
  };
  await writeEmptyStore(file);
  const store = await openStore({ kind: 'sqlite', file }, clock, {
    ...(options.timing && { timing: options.timing }),
  });
  const tokens = createTokens('a secret of tests');
  const logger = options.logger ?? createLogger('silent');
  const loadSources = () => loadSourceStates(['huggingface'], store.sourceStates);
  const metrics = new Metrics({
    ...{ status: store.status, sender: () => null, clock, logger },
    sources: () => loadSourceStates(['huggingface', 'arxiv', 'feed'], store.sourceStates),
    windows: () => loadWindows({ ...store, editionTimezone: 'UTC', clock }),
    alarms: async () => (await store.alarmStore.open()).map(({ code }) => code),
  });
  const proofs = createProofs(['a secret of tests']);
  const app = await buildApp({
    store,
    form: {
      ...{ origins: [], disposable: NO_DISPOSABLE_DOMAINS, proofs, answerStep: 0 },
      ...options.form,
    },
    site: plainSite({ name: siteName, ...options }),
    ...{ logo, catalogues: texts },
    pages: {
      defaultTimezone: options.defaultTimezone ?? 'UTC',
      inboxUrl: options.inboxUrl ?? null,
      keep: options.keep ?? { pending: 7, left: 90, ips: 30, deliveries: 400 },
    },
    server: {
      trustProxy: options.trustProxy ?? false,
      overload: options.overload ?? NO_LIMITS,
    },
    health: {
      checkReady: options.checkReady ?? (() => store.ping()),
      sender: options.sender ?? (() => ({ trouble: null, held: null })),
      sources: options.sources ?? loadSources,
    },
    metrics: { metrics: options.metrics ?? metrics, metricsToken: options.metricsToken ?? null },
    ...{ tokens, noticeLimits: options.noticeLimits ?? MANY, clock, random: systemRandom, logger },
    freezeAfter: options.freezeAfter ?? 0,
    showsPictures: options.showsPictures ?? true,
    started: options.started ?? Promise.resolve(),
  });
  // Read from the page, once for each of its hours.
  let known = { hour: Number.NaN, token: '' };
  const token = async () => {
    const hour = Math.floor(clock.now() / HOUR);
    if (known.hour !== hour) {
      const { body } = await app.inject('/subscribe');
      known = { hour, token: /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '' };
    }
    return known.token;
  };
  return {
    app,
    store,
    tokens,
    clock,
    token,
    get: (url, headers = {}) =>
      app.inject({ url, headers: { accept: 'text/html,application/xhtml+xml', ...headers } }),
    post: async (url, fields = {}) => {
      const hidden: Record<string, string> = url === '/subscribe' ? { token: await token() } : {};
      return app.inject({
        method: 'POST',
        url,
        headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ ...hidden, ...fields }).toString(),
      });
    },
    postJson: (url, body) =>
      app.inject({
        method: 'POST',
        url,
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        payload: JSON.stringify(body),
      }),
    subscriber: (email, state) => makeSubscriber(store, email, state, clock.now()),
    rows: () => readRows(file),
    close: async () => {
      await app.close();
      await store.close();
      dir.dispose();
    },
  };
}

/** Picks the editions of the fixtures' days. */
export async function pickFixtures({ store, clock }: Site, days = DAYS): Promise<void> {
  for (const day of days) {
    const file = join(ROOT, 'test/fixtures/huggingface', `${day}.json`);
    const items: unknown[] = JSON.parse(readFileSync(file, 'utf8'));
    const papers = items.map((item) => {
      const read = readItem(item);
      if ('listed' in read) return read.listed;
      throw new Error(read.reason);
    });
    await pick({ store, clock }, day, papers);
  }
}

/** Picks an edition of one paper for `day`. */
export async function pickPaper(site: Site, day: string, changes: Partial<Paper>): Promise<void> {
  await pickPapers(site, day, [changes]);
}

/** Picks an edition of these papers for `day`; what is not said of them is of no account. */
export async function pickPapers(site: Site, day: string, papers: Partial<Paper>[]): Promise<void> {
  const listed = papers.map((changes, n) => ({
    paper: { ...anyPaper(day, 999 - n), ...changes },
    signal: { upvotes: 3, comments: 0, codeStars: null },
  }));
  await pick(site, day, listed);
}

function anyPaper(day: string, number: number): Paper {
  const id = `${day.slice(2, 4)}${day.slice(5, 7)}.${day.slice(8)}${number}`;
  return {
    id,
    arxivId: id,
    doi: null,
    title: `The paper of ${day}`,
    abstract: 'It says something.',
    summary: null,
    authors: ['Ada Lovelace'],
    organisation: null,
    publishedOn: day,
    url: `https://huggingface.co/papers/${id}`,
    pdfUrl: null,
    codeUrl: null,
    projectUrl: null,
    keywords: [],
    categories: [],
    withdrawn: false,
  };
}

async function pick(
  { store: { papers, editions }, clock }: Pick<Site, 'store' | 'clock'>,
  day: string,
  listed: ListedPaper[],
): Promise<void> {
  await saveListing(papers, 'huggingface', day, listed, { now: clock.now() });
  await pickEdition({ papers, editions, clock, logger: createLogger('silent') }, day);
}

async function makeSubscriber(
  { subscribers }: Store,
  email: string,
  state: SubscriberState,
  now: number,
): Promise<Subscriber> {
  const { id, round } = await subscribers.request(email, {}, now);
  if (state !== 'pending') await subscribers.confirm(id, round, now);
  if (state === 'paused') await subscribers.pause(id);
  if (state === 'unsubscribed') await subscribers.leave(id);
  if (state === 'suppressed') {
    await subscribers.suppress({ email, reason: 'bounce', at: now, detail: '550 5.1.1 gone' });
  }
  const subscriber = await subscribers.find(id);
  if (subscriber?.state === state) return subscriber;
  throw new Error(`${email} is ${subscriber?.state}, not ${state}.`);
}

function readRows(file: string): Record<string, unknown[]> {
  const database = new SQLite(file, { readonly: true });
  try {
    const tables = database
      .prepare<[], { name: string }>(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by 1",
      )
      .all();
    return Object.fromEntries(
      tables.map(({ name }) => [name, database.prepare(`select * from "${name}"`).all()]),
    );
  } finally {
    database.close();
  }
}
