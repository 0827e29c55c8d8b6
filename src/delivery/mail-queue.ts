import type { Clock } from '../base/clock.js';
import type { Message } from '../digest/mime.js';
import type { Composer } from './compose.js';
import type { ClaimedDelivery, ClaimedMail } from './delivery.js';
import { GroupCommit } from './group-commit.js';
import type { Notices, Outbox } from './ledger.js';

export interface MailQueueDeps {
  notices: Notices;
  /** The whole ledger, or the part of it that is to be sent. */
  deliveries: Outbox<ClaimedDelivery>;
  composer: Composer;
  connections: number;
  worker: string;
  clock: Clock;
}

/** A mail together with what moves and makes it. */
export interface Work {
  /** Its name among all that are under way. */
  key: string;
  mail: ClaimedMail;
  outbox: Pick<Outbox<ClaimedMail>, 'postpone' | 'release'>;
  commit: GroupCommit;
  compose: () => Promise<Message>;
}

/** Mails claimed ahead for each connection: enough to keep it busy, few enough to give back. */
const AHEAD = 4;
/** More are claimed when no more than this are left for each. */
const REFILL_AT = 1;
/** How long outboxes that were found empty are taken to be so. */
const EMPTY_FOR = 500;

/** Mails that this sender has claimed, notices ahead of digests. */
export class MailQueue {
  readonly #deps: MailQueueDeps;
  readonly #noticeCommit: GroupCommit;
  readonly #deliveryCommit: GroupCommit;
  readonly #waiting: Work[] = [];
  readonly #underWay = new Set<string>();
  #refilling: Promise<void> | undefined;
  #failure: { reason: unknown } | undefined;
  #emptyUntil = 0;

  constructor(deps: MailQueueDeps) {
    this.#deps = deps;
    this.#noticeCommit = new GroupCommit(deps.notices, deps.worker);
    this.#deliveryCommit = new GroupCommit(deps.deliveries, deps.worker);
  }

  /** Whether mails have been handed out that are not done. */
  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  /**
   * Hands a mail out, until `done` is called for it; `undefined` when none waits.
   * @throws what the store throws
   */
  async next(): Promise<Work | undefined> {
    const { clock, connections } = this.#deps;
    // Claiming goes on behind the sending, so that connections need not wait for it.
    if (this.#waiting.length <= connections * REFILL_AT && clock.now() >= this.#emptyUntil) {
      this.#refilling ??= this.#refill()
        .catch((reason: unknown) => {
          this.#failure = { reason };
        })
        .finally(() => {
          this.#refilling = undefined;
        });
    }
    if (this.#waiting.length === 0) await this.#refilling;
    if (this.#failure) throw this.#failure.reason;
    const work = this.#waiting.shift();
    if (work) this.#underWay.add(work.key);
    return work;
  }

  done({ key }: Work): void {
    this.#underWay.delete(key);
  }

  /** Gives back what waits. */
  async giveBack(): Promise<void> {
    await this.#refilling;
    for (const { mail, outbox } of this.#waiting.splice(0)) {
      await outbox.release(this.#deps.worker, [mail.id]);
    }
  }

  async #refill(): Promise<void> {
    const { notices, deliveries, composer, worker, connections, clock } = this.#deps;
    const limit = connections * AHEAD;
    const waiting = await notices.claim(worker, limit);
    for (const mail of waiting) {
      await this.#add({
        key: `notice ${mail.id}`,
        mail,
        outbox: notices,
        commit: this.#noticeCommit,
        compose: () => composer.notice(mail),
      });
    }
    const room = limit - waiting.length;
    const due = room === 0 ? [] : await deliveries.claim(worker, room);
    for (const mail of due) {
      await this.#add({
        key: `delivery ${mail.id}`,
        mail,
        outbox: deliveries,
        commit: this.#deliveryCommit,
        compose: () => composer.delivery(mail),
      });
    }
    if (due.length < room) this.#emptyUntil = clock.now() + EMPTY_FOR;
  }

  /** A mail whose lease ran out while it is still on the wire here must not be sent beside itself. */
  async #add(work: Work): Promise<void> {
    if (this.#underWay.has(work.key)) await work.outbox.release(this.#deps.worker, [work.mail.id]);
    else this.#waiting.push(work);
  }
}
