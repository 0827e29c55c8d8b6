import type { LeaseList, Leases } from '../base/leases.js';
import type { AlarmStore } from '../delivery/alarms/alarms.js';
import type { OperatorOutbox } from '../delivery/alarms/operator-outbox.js';
import type { StatusStore } from '../delivery/backlog.js';
import type { ReportStore } from '../delivery/inbound/report-store.js';
import type { Ledger, Notices } from '../delivery/ledger.js';
import type { MailCounts } from '../delivery/rates/mail-counts.js';
import type { Pauses } from '../delivery/rates/pauses.js';
import type { Retention } from '../delivery/retention.js';
import type { Holds } from '../delivery/sending/holds.js';
import type { NoticeBudgets } from '../delivery/throttle/notice-budget.js';
import type { ThrottleStore } from '../delivery/throttle/throttle-store.js';
import type { EditionStore } from '../editions/edition-store.js';
import type { SuggestionStore } from '../editions/suggestion.js';
import type { LibraryStore } from '../library/library-store.js';
import type { PaperStore } from '../papers/paper-store.js';
import type { PictureStore } from '../pictures/picture.js';
import type { SearchStore } from '../search/search-store.js';
import type { SourceStates } from '../sources/source-states.js';
import type { FormStore } from '../subscribers/form/form-store.js';
import type { NoticeCounts } from '../subscribers/notice-limits.js';
import type { NoticeBox } from '../subscribers/subscribe.js';
import type { SubscriberStore } from '../subscribers/subscriber-store.js';

/** Everything that is kept, by the interfaces that the modules declare. */
export interface Stores {
  papers: PaperStore;
  search: SearchStore;
  library: LibraryStore;
  sourceStates: SourceStates;
  editions: EditionStore;
  pictures: PictureStore;
  suggestions: SuggestionStore;
  subscribers: SubscriberStore;
  ledger: Ledger;
  notices: Notices & NoticeBox;
  noticeCounts: NoticeCounts;
  noticeBudgets: NoticeBudgets;
  form: FormStore;
  settings: SettingStore;
  throttleStore: ThrottleStore;
  mailCounts: MailCounts;
  holds: Holds;
  reports: ReportStore;
  pauses: Pauses;
  alarmStore: AlarmStore;
  operatorMails: OperatorOutbox;
  status: StatusStore;
  leases: Leases & LeaseList;
  retention: Retention;
}

/** Small values that the program keeps for itself. */
export interface SettingStore {
  get(name: string): Promise<string | null>;
  /** The value of `name`; if there is none yet, `value` becomes it, once for all processes. */
  getOrSet(name: string, value: string): Promise<string>;
  set(name: string, value: string): Promise<void>;
  /** Sets a number unless it is higher already, so that a latecomer turns nothing back. */
  raise(name: string, value: number): Promise<void>;
}

export interface Store extends Stores {
  /** Runs `work` on stores whose writes all happen or none does. */
  atomically<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
  /** @throws PaperboyError when the store does not answer. */
  ping(): Promise<void>;
  /** Names of the migrations that opening it applied. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}
