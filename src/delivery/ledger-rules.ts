import { CONFIRM_HOURS, IMPORT_WAITS } from '../subscribers/subscribe.js';
import { EXPIRES_AFTER, MAX_LOST_REPLIES } from './delivery.js';
import { DOMAIN_GROUPS, type DomainGroup } from './rates/domain-groups.js';
import { HELD_AT_MOST } from './sending/holds.js';
import { LONGEST_WAIT } from './sending/retry.js';

/** What the ledger's statements go by. Times are milliseconds. */
export interface LedgerRules {
  /** How long a delivery is tried after it is due. */
  readonly expiresAfter: number;
  /** The same for a notice: a link that nobody can use any more is not worth sending. */
  readonly noticeExpiresAfter: number;
  /** How long a notice that an import has caused may wait for its first try. */
  readonly importWaits: number;
  /** How long after it was due a delivery may still go that was held meanwhile. */
  readonly heldAtMost: number;
  /** No wait for a next try is longer, unless the store's clock was set back. */
  readonly longestWait: number;
  /** Replies that may get lost on the wire before an uncertain mail is left as it is. */
  readonly maxLostReplies: number;
  /** Which domains are a group: of a group that is paused, all mails are held. The first counts. */
  readonly domainGroups: readonly DomainGroup[];
}

export const LEDGER_RULES: LedgerRules = {
  expiresAfter: EXPIRES_AFTER,
  noticeExpiresAfter: CONFIRM_HOURS * 3_600_000,
  importWaits: IMPORT_WAITS,
  heldAtMost: HELD_AT_MOST,
  longestWait: LONGEST_WAIT,
  maxLostReplies: MAX_LOST_REPLIES,
  domainGroups: DOMAIN_GROUPS,
};
