import type { Clock } from '../../base/clock.js';
import type { Languages } from '../../base/languages.js';
import type { Logger } from '../../base/logger.js';
import type { Ledger, Notices } from '../../delivery/ledger.js';
import type { Holds } from '../../delivery/sending/holds.js';
import type { NoticeBudgets } from '../../delivery/throttle/notice-budget.js';
import type { ThrottleStore } from '../../delivery/throttle/throttle-store.js';
import type { EditionStore } from '../../editions/edition-store.js';
import type { SuggestionStore } from '../../editions/suggestion.js';
import type { PaperStore } from '../../papers/paper-store.js';
import type { PictureStore } from '../../pictures/picture.js';
import type { SourceStates } from '../../sources/source-states.js';
import type { NoticeCounts } from '../../subscribers/notice-limits.js';
import type { NoticeBox } from '../../subscribers/subscribe.js';
import type { SubscriberStore } from '../../subscribers/subscriber-store.js';

interface SeedStores {
  papers: PaperStore;
  pictures: Pick<PictureStore, 'settle'>;
  editions: EditionStore;
  suggestions: SuggestionStore;
  subscribers: SubscriberStore;
  ledger: Ledger;
  notices: Notices & NoticeBox;
  noticeCounts: NoticeCounts;
  noticeBudgets: NoticeBudgets;
  sourceStates: SourceStates;
  throttleStore: ThrottleStore;
  holds: Holds;
}

/** What is filled. */
export interface SeedStore extends SeedStores {
  atomically<T>(work: (stores: SeedStores) => Promise<T>): Promise<T>;
}

/** A clock that stands where it is set: what is made up happened over weeks. */
export class SeedClock implements Clock {
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  steady(): number {
    return this.#now;
  }

  async sleep(ms: number): Promise<void> {
    this.#now += ms;
  }

  set(now: number): void {
    this.#now = now;
  }
}

export interface SeedDeps {
  store: SeedStore;
  clock: SeedClock;
  logger: Logger;
  languages: Languages;
  /** The zone in which days are counted. */
  timezone: string;
  /** Over which mails went. */
  route: string;
}
