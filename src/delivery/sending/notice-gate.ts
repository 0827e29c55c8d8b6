import type { Logger } from '../../base/logger.js';
import type { DomainFault } from '../../mail/domain-check.js';
import { addressKey } from '../../subscribers/address.js';
import type { ClaimedNotice } from '../delivery.js';
import type { Notices } from '../ledger.js';
import { toMailDomain } from '../throttle/rate-limits.js';

/** @returns why no mail can reach a domain; `null` if it may. Never rejects, and soon answers. */
export type FindDomainFault = (domain: string) => Promise<DomainFault | null>;

export interface NoticeGateDeps {
  notices: Pick<Notices, 'skip' | 'release'>;
  worker: string;
  logger: Logger;
  /** Nothing is looked up when left out. */
  findDomainFault?: FindDomainFault | undefined;
  /** Those of these addresses, as keys, whose owners want no mail that others ask for. */
  findRefusing?: ((emails: readonly string[]) => Promise<string[]>) | undefined;
}

/** What the gate tells of. */
export interface GateEvents {
  /** This one may go. */
  pass(notice: ClaimedNotice): Promise<void>;
  /** This one was skipped. */
  skipped(notice: ClaimedNotice): void;
  /** There is something to pass on. */
  ready(): void;
}

/** What an undeliverable notice is skipped for, as the ledger has it. */
const REASONS: Readonly<Record<DomainFault, string>> = {
  no_domain: 'the domain does not exist',
  null_mx: 'the domain takes no mail',
};
/** Notices whose domains are looked up side by side. */
const MOST = 64;

/**
 * Where the first confirmations for an address wait until its domain was looked up. Nothing else waits
 * for that: addresses of a stranger must not hold up digests.
 */
export class NoticeGate {
  readonly #deps: NoticeGateDeps;
  readonly #on: GateEvents;
  readonly #underWay = new Map<number, symbol>();
  #passed: ClaimedNotice[] = [];
  #failure: { reason: unknown } | undefined;
  readonly #undeliverable: Record<DomainFault, number> = { no_domain: 0, null_mx: 0 };

  constructor(deps: NoticeGateDeps, on: GateEvents) {
    this.#deps = deps;
    this.#on = on;
  }

  /** How many more may come in. */
  get room(): number {
    return Math.max(0, MOST - this.#underWay.size - this.#passed.length);
  }

  /** Whether notices are being looked up, or wait to be taken in. */
  get isBusy(): boolean {
    return this.#underWay.size + this.#passed.length > 0;
  }

  /** How many were undeliverable, and why. */
  get undeliverable(): Readonly<Record<DomainFault, number>> {
    return this.#undeliverable;
  }

  /** Takes claimed notices in; those that need no look-up go on at once. */
  async admit(claimed: readonly ClaimedNotice[]): Promise<void> {
    const refusing = await this.#findRefusing(claimed);
    for (const notice of claimed) {
      // After a standstill it may be claimed again; it is here all the same.
      if (this.#underWay.has(notice.id)) continue;
      if (refusing.has(addressKey(notice.email))) await this.#skipUnwanted(notice);
      else if (this.#needsLookUp(notice)) this.#begin(notice);
      else await this.#on.pass(notice);
    }
  }

  /**
   * Passes on what was looked up meanwhile.
   * @throws what the store throws
   */
  async passOn(): Promise<void> {
    if (this.#failure) throw this.#failure.reason;
    for (const notice of this.#passed.splice(0)) await this.#on.pass(notice);
  }

  /** Gives back what has not passed yet, at the end. */
  async close(): Promise<void> {
    const ids = [...this.#underWay.keys(), ...this.#passed.splice(0).map(({ id }) => id)];
    // What is found out from now on is nobody's.
    this.#underWay.clear();
    await this.#deps.notices.release(this.#deps.worker, ids);
  }

  /** What somebody said of another spelling of the address since this was queued counts as well. */
  async #findRefusing(claimed: readonly ClaimedNotice[]): Promise<ReadonlySet<string>> {
    const emails = claimed.filter(isOfStranger).map(({ email }) => email);
    const find = this.#deps.findRefusing;
    return new Set(find && emails.length > 0 ? await find(emails) : []);
  }

  #needsLookUp({ kind, attempts, boundTo }: ClaimedNotice): boolean {
    if (!this.#deps.findDomainFault) return false;
    return kind === 'confirm' && attempts === 0 && boundTo === null;
  }

  #begin(notice: ClaimedNotice): void {
    const ticket = Symbol('look-up');
    this.#underWay.set(notice.id, ticket);
    this.#lookUp(notice, ticket).catch((reason: unknown) => {
      this.#failure = { reason };
      this.#on.ready();
    });
  }

  async #lookUp(notice: ClaimedNotice, ticket: symbol): Promise<void> {
    const { id, email } = notice;
    const fault = (await this.#deps.findDomainFault?.(toMailDomain(email))) ?? null;
    if (this.#underWay.get(id) !== ticket) return;
    if (fault === null) this.#passed.push(notice);
    else await this.#skipUndeliverable(notice, fault);
    if (this.#underWay.get(id) === ticket) this.#underWay.delete(id);
    this.#on.ready();
  }

  async #skipUndeliverable(notice: ClaimedNotice, fault: DomainFault): Promise<void> {
    const { notices, worker } = this.#deps;
    if (!(await notices.skip(worker, notice.id, REASONS[fault]))) return;
    this.#undeliverable[fault]++;
    this.#on.skipped(notice);
    this.#deps.logger.info(
      { event: 'notice_undeliverable', id: notice.id, subscriber: notice.subscriberId, why: fault },
      'a notice is not sent: no mail can reach its domain',
    );
  }

  async #skipUnwanted(notice: ClaimedNotice): Promise<void> {
    const { notices, worker } = this.#deps;
    if (!(await notices.skip(worker, notice.id, 'the mailbox wants no such mail'))) return;
    this.#on.skipped(notice);
    this.#deps.logger.info(
      { event: 'notice_unwanted', id: notice.id, subscriber: notice.subscriberId },
      'a notice is not sent: its mailbox wants none',
    );
  }
}

/** Caused by a stranger, and certainly not out: what may be out is tried again, so that it comes once. */
function isOfStranger({ kind, cause, boundTo }: ClaimedNotice): boolean {
  return kind === 'confirm' && cause !== 'reader' && boundTo === null;
}
