import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { ConfirmStores } from '../delivery/confirm.js';
import type { SenderStatus } from '../delivery/sending/sender-status.js';
import type { EditionStore } from '../editions/edition-store.js';
import type { SuggestionStore } from '../editions/suggestion.js';
import type { Metrics } from '../jobs/metrics.js';
import type { SearchStore } from '../search/search-store.js';
import type { SourceState } from '../sources/source-states.js';
import type { NoticeBox } from '../subscribers/subscribe.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';
import type { Tokens } from '../subscribers/tokens.js';

/** What the pages work with. */
export interface WebContext {
  editions: EditionStore;
  suggestions: SuggestionStore;
  search: SearchStore;
  subscribers: SubscriberStore;
  /** How the sources are that are set up. */
  sources(): Promise<SourceState[]>;
  /** Runs `work` on stores whose writes all happen or none does. */
  atomically<T>(work: (stores: ConfirmStores & { notices: NoticeBox }) => Promise<T>): Promise<T>;
  tokens: Tokens;
  clock: Clock;
  logger: Logger;
  publicUrl: string;
  /** Who edits the editions, as readers are told; `null`: nobody is named. */
  editedBy: string | null;
  /** Where readers without a zone of their own are taken to live. */
  defaultTimezone: string;
  freezeAfter: number;
  /** Where the embedded inbox shows itself, when it is in use. */
  inboxUrl: string | null;
  /** Whom to believe about the client: nobody, everybody, so many proxies, or these addresses. */
  trustProxy: boolean | string | number;
  metrics: Metrics;
  /** What whoever asks for `/metrics` has to know; `null`: whoever asks from near by may. */
  metricsToken: string | null;
  /** Resolves once there is something to show: pages wait for it. */
  started: Promise<void>;
  /** @throws when the program can't serve. */
  checkReady(): Promise<void>;
  /** How the sender is, `null` while there is none. */
  sender(): Pick<SenderStatus, 'trouble' | 'held'> | null;
}
