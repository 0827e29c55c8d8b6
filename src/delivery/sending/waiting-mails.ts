import type { Clock } from '../../base/clock.js';
import type { ClaimedDelivery } from '../delivery.js';
import type { QueuedMail } from './queued-mail.js';
import type { Relay } from './relay.js';
import type { RouteShare } from './route-quota.js';
import type { Router } from './router.js';

export interface WaitingMailsDeps {
  router: Router;
  connections: number;
  clock: Clock;
}

/** Mails are claimed when no more than this are left for each connection. */
const REFILL_AT = 1;
/** Mails for each connection that may wait for their slots while others are claimed. */
const MOST_WAITING = 32;

/**
 * The claimed mails that wait for a connection, by slot. Of the same slot, notices come first. Mails
 * that can't go any more are withdrawn and wait to be given back to the store.
 */
export class WaitingMails {
  readonly #deps: WaitingMailsDeps;
  #mails: QueuedMail[] = [];
  /** Withdrawn deliveries that are to wait for their domains. */
  #toSetAside: ClaimedDelivery[] = [];
  /** Withdrawn mails of a held route, for other senders or later. */
  #toRelease: QueuedMail[] = [];

  constructor(deps: WaitingMailsDeps) {
    this.#deps = deps;
  }

  /** How many mails wait, including withdrawn ones. */
  get count(): number {
    return this.#mails.length + this.#toSetAside.length + this.#toRelease.length;
  }

  get first(): QueuedMail | undefined {
    return this.#mails[0];
  }

  get hasWithdrawn(): boolean {
    return this.#toSetAside.length + this.#toRelease.length > 0;
  }

  has(key: string): boolean {
    return this.#mails.some((mail) => mail.key === key);
  }

  add(mail: QueuedMail): void {
    this.#mails.push(mail);
  }

  /** Puts a mail back at the front. */
  putBack(mail: QueuedMail): void {
    this.#mails.unshift(mail);
  }

  sort(): void {
    const rank = ({ delivery }: QueuedMail) => (delivery === null ? 0 : 1);
    this.#mails.sort((a, b) => a.slot - b.slot || rank(a) - rank(b));
  }

  /** Whether a notice waits that goes over that route. */
  hasNotice(relay: Relay): boolean {
    return this.#mails.some(
      (mail) => mail.delivery === null && this.#deps.router.chooseRelay(mail) === relay,
    );
  }

  /** Takes the first mail that goes over that route and whose slot has come. */
  takeReady(relay: Relay, takes: RouteShare = 'all'): QueuedMail | undefined {
    for (const [index, mail] of this.#mails.entries()) {
      if (!this.isReady(mail)) return undefined;
      if (takes === (mail.delivery === null ? 'digests' : 'notices')) continue;
      if (this.#deps.router.chooseRelay(mail) !== relay) continue;
      this.#mails.splice(index, 1);
      return mail;
    }
    return undefined;
  }

  /** The slot of the first mail that goes over that route; infinity if there is none. */
  firstSlot(relay: Relay): number {
    const first = this.#mails.find((mail) => this.#deps.router.chooseRelay(mail) === relay);
    return first?.slot ?? Number.POSITIVE_INFINITY;
  }

  /** Whether there is such a mail and its slot has come. */
  isReady(mail: QueuedMail | undefined): boolean {
    return mail !== undefined && mail.slot <= this.#deps.clock.steady();
  }

  /** Whether connections may soon find nothing that can go at once. */
  isLow(): boolean {
    const { connections, router } = this.#deps;
    if (router.relays.length > 1) return this.#isLowForAny();
    if (this.#mails.length > connections * MOST_WAITING) return false;
    return !this.isReady(this.#mails[connections * REFILL_AT]);
  }

  /** With several relays, each is looked at alone, so that a slow one does not stop the others. */
  #isLowForAny(): boolean {
    const { router } = this.#deps;
    const waiting = new Map(router.relays.map((relay) => [relay, 0]));
    for (const mail of this.#mails) {
      const relay = router.chooseRelay(mail);
      if (relay && this.isReady(mail)) waiting.set(relay, (waiting.get(relay) ?? 0) + 1);
    }
    router.waiting = waiting;
    const isLow = (relay: Relay) => (waiting.get(relay) ?? 0) <= relay.size * REFILL_AT;
    return router.relays.some((relay) => relay.open && isLow(relay));
  }

  /** Withdraws what waits for a domain, or with '' for that route. */
  withdraw(relay: Relay, domain: string): void {
    if (domain === '') this.#withdrawRoute(relay);
    else this.#withdrawDomain(domain);
  }

  #withdrawRoute(relay: Relay): void {
    this.#toRelease.push(
      ...this.#takeAll((mail) => {
        // Another route may take it, or it waits for another route.
        if (mail.probe !== null || this.#deps.router.chooseRelay(mail) !== null) return false;
        return mail.boundTo === null || mail.boundTo === relay.name;
      }),
    );
  }

  #withdrawDomain(domain: string): void {
    this.#setAside((mail) => mail.domain === domain && mail.probe === null);
  }

  /** Withdraws what waits for a domain that is held. It must not keep others waiting. */
  withdrawBlocked(): void {
    const { router } = this.#deps;
    if (!router.blocksAny || !router.open) return;
    this.#setAside((mail) => mail.boundTo === null && router.chooseRelay(mail) === null);
  }

  #setAside(isMeant: (mail: QueuedMail) => boolean): void {
    for (const mail of this.#takeAll((one) => one.delivery !== null && isMeant(one))) {
      if (mail.delivery) this.#toSetAside.push(mail.delivery);
    }
  }

  /** Takes what can't go for a while: repeats and notices whose routes are closed or used up. */
  takeClosed(): QueuedMail[] {
    const { router } = this.#deps;
    return this.#takeAll((mail) => {
      const isStuck = mail.boundTo !== null || (mail.delivery === null && router.isUsedUp(mail));
      return isStuck && router.chooseRelay(mail) === null;
    });
  }

  /** Takes the mails that can go only as a probe over that route. */
  takeProbes(relay: Relay): QueuedMail[] {
    const { router } = this.#deps;
    return this.#takeAll(
      (mail) => router.mayProbe(mail, relay) && router.chooseRelay(mail) === null,
    );
  }

  takeToSetAside(): ClaimedDelivery[] {
    return this.#toSetAside.splice(0);
  }

  takeToRelease(): QueuedMail[] {
    return this.#toRelease.splice(0);
  }

  /** Takes all waiting mails. */
  takeAll(): QueuedMail[] {
    return this.#mails.splice(0);
  }

  #takeAll(isMeant: (mail: QueuedMail) => boolean): QueuedMail[] {
    const [taken, left]: [QueuedMail[], QueuedMail[]] = [[], []];
    for (const mail of this.#mails) (isMeant(mail) ? taken : left).push(mail);
    this.#mails = left;
    return taken;
  }
}
