import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';
import type { ConfirmStores } from '../delivery/confirm.js';
import type { EditionStore } from '../editions/edition-store.js';
import type { SuggestionStore } from '../editions/suggestion.js';
import type { SearchStore } from '../search/search-store.js';
import type { NoticeBox } from '../subscribers/subscribe.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import type { Tokens } from '../subscribers/tokens.js';
import type { HealthDeps } from './pages/health.js';
import type { MetricsRouteDeps } from './pages/metrics.js';
import type { ReflectionDeps } from './pages/reflection.js';

/** What `serve` gives to the web server; each page gets the few things of it that it uses. */
export interface WebDeps {
  store: WebStore;
  site: SiteSettings;
  server: ServerSettings;
  health: Omit<HealthDeps, 'logger'>;
  metrics: MetricsRouteDeps;
  /** Left out: `doctor` gets no answer. */
  reflection?: ReflectionDeps;
  tokens: Tokens;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Minutes for which a fresh draft is left to its editor. */
  freezeAfter: number;
  /** Resolves once there is something to show: pages wait for it. */
  started: Promise<void>;
}

export interface WebStore {
  editions: EditionStore;
  suggestions: SuggestionStore;
  search: SearchStore;
  subscribers: SubscriberStore;
  atomically: Atomically;
}

/** Runs `work` on stores whose writes all happen or none does. */
export type Atomically = <T>(
  work: (stores: ConfirmStores & { notices: NoticeBox }) => Promise<T>,
) => Promise<T>;

/** What the pages say of the site. */
export interface SiteSettings {
  publicUrl: string;
  /** Who edits the editions, as readers are told; `null`: nobody is named. */
  editedBy: string | null;
  /** Where readers without a zone of their own are taken to live. */
  defaultTimezone: string;
  /** Where the embedded inbox shows itself, when it is in use. */
  inboxUrl: string | null;
}

export interface ServerSettings {
  /** Whom to believe about the client: nobody, everybody, so many proxies, or these addresses. */
  trustProxy: TrustProxy;
  /** When requests are turned away. Default: in production's measure. */
  overload?: OverloadLimits;
}

export type TrustProxy = boolean | string | number;

/** How late the event loop may be, in milliseconds, and how often that is measured. */
export interface OverloadLimits {
  maxDelay: number;
  sampleInterval: number;
}
