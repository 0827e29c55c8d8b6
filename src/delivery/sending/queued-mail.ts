import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Timing } from '../../base/timing.js';
import type { Message } from '../../mail/mime.js';
import type { Composer } from '../compose.js';
import type { ClaimedDelivery, ClaimedMail, ClaimedNotice } from '../delivery.js';
import type { Deliveries, Notices, Outbox } from '../ledger.js';
import { toMailDomain } from '../throttle/rate-limits.js';
import { GroupCommit } from './group-commit.js';
import type { Routed } from './router.js';

/** A claimed mail in this sender, with everything that composes it and moves it in the ledger. */
export interface QueuedMail extends Routed {
  /** Unique among all mails of this sender. */
  key: string;
  mail: ClaimedMail;
  outbox: Pick<Outbox<ClaimedMail>, 'postpone' | 'release' | 'takeBack'>;
  commit: GroupCommit;
  /** The mail if it is a delivery, `null` if it is a notice. Notices are never set aside. */
  delivery: ClaimedDelivery | null;
  /** From when on it may go, by the steady clock. */
  slot: number;
  /** When it was handed out, by the steady clock. */
  handedOut: number;
  /** Whether a server has it now, or may have it. */
  taken: boolean;
  /** Whether it was attempted since it was claimed. */
  attempted: boolean;
  compose: () => Promise<Message>;
}

export interface QueuedMailFactoryDeps {
  notices: Notices;
  /** The whole ledger, or the part of it that is to be sent. */
  deliveries: Deliveries;
  composer: Composer;
  worker: string;
  clock: Clock;
  logger: Logger;
  /** Production's when left out. */
  timing?: Timing;
}

/** Makes queued mails of claimed ones. Each outbox has one group commit for all its mails. */
export class QueuedMailFactory {
  readonly #deps: QueuedMailFactoryDeps;
  readonly #noticeCommit: GroupCommit;
  readonly #deliveryCommit: GroupCommit;

  constructor(deps: QueuedMailFactoryDeps) {
    this.#deps = deps;
    this.#noticeCommit = new GroupCommit(deps.notices, deps);
    this.#deliveryCommit = new GroupCommit(deps.deliveries, deps);
  }

  fromNotice(mail: ClaimedNotice): QueuedMail {
    const { notices, composer } = this.#deps;
    return {
      key: `notice ${mail.id}`,
      urgent: true,
      outbox: notices,
      commit: this.#noticeCommit,
      delivery: null,
      compose: () => composer.notice(mail),
      ...freshState(mail, 0),
    };
  }

  fromDelivery(mail: ClaimedDelivery, slot: number): QueuedMail {
    const { deliveries, composer } = this.#deps;
    return {
      key: `delivery ${mail.id}`,
      urgent: false,
      outbox: deliveries,
      commit: this.#deliveryCommit,
      delivery: mail,
      compose: () => composer.delivery(mail),
      ...freshState(mail, slot),
    };
  }
}

function freshState(mail: ClaimedMail, slot: number) {
  const { boundTo, email } = mail;
  const untried = { probe: null, handedOut: 0, taken: false, attempted: false };
  return { mail, domain: toMailDomain(email), boundTo, slot, ...untried };
}
