import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Random } from '../base/random.js';
import type { ConfirmStores } from '../delivery/confirm.js';
import type { DeliveryViews } from '../delivery/delivery-view.js';
import type { KeepDays } from '../delivery/retention.js';
import type { EditionStore } from '../editions/edition-store.js';
import type { SuggestionStore } from '../editions/suggestion.js';
import type { LibraryStore } from '../library/library-store.js';
import type { PaperStore } from '../papers/paper-store.js';
import type { PictureStore } from '../pictures/picture.js';
import type { SearchStore } from '../search/search-store.js';
import type { DisposableDomains } from '../subscribers/form/disposable-domains.js';
import type { OnAttack } from '../subscribers/form/form-guard.js';
import type { FormStore } from '../subscribers/form/form-store.js';
import type { Proofs } from '../subscribers/form/proofs.js';
import type { NoticeCounts, NoticeLimits } from '../subscribers/notice-limits.js';
import type { NoticeBox } from '../subscribers/subscribe.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import type { Tokens } from '../subscribers/tokens.js';
import type { Catalogues } from '../views/catalogues.js';
import type { Logo, Site } from '../views/site.js';
import type { HooksDeps } from './hooks/hooks.js';
import type { HealthDeps } from './pages/health.js';
import type { MetricsRouteDeps } from './pages/metrics.js';
import type { ReflectionDeps } from './pages/reflection.js';

/** What `serve` gives to the web server; each page gets the few things of it that it uses. */
export interface WebDeps {
  store: WebStore;
  site: Site;
  /** The operator's picture. */
  logo: Logo | null;
  /** What readers are told, in all languages. */
  catalogues: Catalogues;
  pages: PageSettings;
  server: ServerSettings;
  health: Omit<HealthDeps, 'logger'>;
  metrics: MetricsRouteDeps;
  /** The mail providers that report bounces here; left out where there are none. */
  hooks?: Pick<HooksDeps, 'providers' | 'inbound'>;
  /** Left out: `doctor` gets no answer. */
  reflection?: ReflectionDeps;
  tokens: Tokens;
  /** How many notices strangers can ask for. */
  noticeLimits: NoticeLimits;
  form: FormDeps;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Minutes for which a fresh draft is left to its editor. */
  freezeAfter: number;
  /** Whether papers are shown with their pictures. Default: they are. */
  showsPictures?: boolean;
  /** Resolves once there is something to show: pages wait for it. */
  started: Promise<void>;
}

/** What guards the form. */
export interface FormDeps {
  /** Origins whose pages may embed the form. */
  origins: readonly string[];
  disposable: DisposableDomains;
  proofs: Proofs;
  /** Told when an attack begins and when it is over. */
  onAttack?: OnAttack;
  /** Milliseconds; answers take a multiple of it. 0: as long as they take. Default: production's. */
  answerStep?: number;
}

export interface WebStore {
  editions: EditionStore;
  suggestions: SuggestionStore;
  search: SearchStore;
  pictures: PictureStore;
  papers: Pick<PaperStore, 'find'>;
  library: LibraryStore;
  subscribers: SubscriberStore;
  ledger: Pick<DeliveryViews, 'loadKeptMails'>;
  form: FormStore;
  atomically: Atomically;
}

/** Runs `work` on stores whose writes all happen or none does. */
export type Atomically = <T>(
  work: (
    stores: ConfirmStores & { notices: NoticeBox; noticeCounts: NoticeCounts; form: FormStore },
  ) => Promise<T>,
) => Promise<T>;

/** What some of the pages depend on. */
export interface PageSettings {
  /** Where readers without a zone of their own are taken to live. */
  defaultTimezone: string;
  /** Where the embedded inbox shows itself, when it is in use. */
  inboxUrl: string | null;
  /** How long what belongs to people is kept. */
  keep: KeepDays;
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
