import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Timing } from '../../base/timing.js';
import type { Message } from '../../mail/mime.js';
import type { Composer } from '../compose.js';
import type { ClaimedDelivery, ClaimedMail, ClaimedNotice } from '../delivery.js';
import type { Deliveries, Notices, Outbox } from '../ledger.js';
import type { Outcome } from '../outcome.js';
import { type RateLimits, toMailDomain } from '../throttle/rate-limits.js';
import type { SlotCache } from '../throttle/slot-cache.js';
import type { ThrottleStore } from '../throttle/throttle-store.js';
import type { ThrottleTracker } from '../throttle/throttle-tracker.js';
import { ThrottledClaims } from '../throttle/throttled-claims.js';
import { GroupCommit } from './group-commit.js';
import type { Relay } from './relay.js';
import type { Routed, Router } from './router.js';
import { OutcomeCounts, type SenderStatus } from './sender-status.js';

export interface MailQueueDeps {
  notices: Notices;
  /** The whole ledger, or the part of it that is to be sent. */
  deliveries: Deliveries;
  throttleStore: ThrottleStore;
  limits: RateLimits;
  router: Router;
  throttles: ThrottleTracker;
  slots: SlotCache;
  composer: Composer;
  connections: number;
  worker: string;
  clock: Clock;
  logger: Logger;
  /** Production's when left out. */
  timing?: Timing;
}

/** A mail together with what moves and makes it. */
export interface QueuedMail extends Routed {
  /** Its name among all that are under way. */
  key: string;
  mail: ClaimedMail;
  outbox: Pick<Outbox<ClaimedMail>, 'postpone' | 'release' | 'takeBack'>;
  commit: GroupCommit;
  /** The mail where it is a delivery: notices are never held back. */
  delivery: ClaimedDelivery | null;
  /** From when on it may go, by the steady clock. */
  slot: number;
  /** When it was handed out. */
  handedOut: number;
  /** Whether a server has it now, or may have it. */
  taken: boolean;
  /** Whether an attempt was made at it since. */
  attempted: boolean;
  compose: () => Promise<Message>;
}

/** Mails claimed at once for each connection: enough to keep it busy, few enough to give back. */
const LEAST_AHEAD = 4;
const MOST_AHEAD = 32;
/**
 * A claim waits for the disk once, for however many mails: as many are claimed as went in the last
 * so many milliseconds. Of 5,000 mails to a fast server, four in a connection made each sixth wait.
 */
const CLAIM_FOR = 100;
/** More are claimed when no more than this are left for each. */
const REFILL_AT = 1;
/** How often the outbox of notices is asked at least. */
const ASK_EVERY = 1_000;
/** Mails for each connection that may wait for their slots, so that others are claimed meanwhile. */
const WAITING = 32;
/** Among so many due mails a probe looks for one that goes to another domain. */
const PROBE_FROM = 100;
/** When a repeat is looked at again whose route is closed. */
const BOUND_AGAIN = 60_000;

/** Mails that this sender has claimed, notices ahead of digests. */
export class MailQueue {
  readonly #deps: MailQueueDeps;
  readonly #paced: ThrottledClaims;
  readonly #noticeCommit: GroupCommit;
  readonly #deliveryCommit: GroupCommit;
  readonly #outcomes = new OutcomeCounts();
  /** In the order of their slots; of the same slot, notices first. */
  #waiting: QueuedMail[] = [];
  /** Deliveries to a domain that has just asked for fewer. */
  #toSetAside: ClaimedDelivery[] = [];
  /** What waits for a route that is held: others may have it. */
  #toRelease: QueuedMail[] = [];
  readonly #underWay = new Set<string>();
  #refilling: Promise<void> | undefined;
  #failure: { reason: unknown } | undefined;
  /** When to claim again, once few mails are left. */
  #refillAt = 0;
  /** When to ask for notices again, however many mails wait. */
  #askAt = 0;
  #claimedAt = 0;
  /** Mails handed out since. */
  #handedOut = 0;

  constructor(deps: MailQueueDeps) {
    this.#deps = deps;
    this.#paced = new ThrottledClaims(deps);
    this.#noticeCommit = new GroupCommit(deps.notices, deps);
    this.#deliveryCommit = new GroupCommit(deps.deliveries, deps);
  }

  /** Whether mails have been handed out that are not done. */
  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  get status(): Pick<SenderStatus, 'waiting' | 'mails' | 'throttling'> {
    const waiting = this.#waiting.length + this.#toSetAside.length + this.#toRelease.length;
    const pace = this.#paced.status;
    const capReached = pace.capReached ?? this.#deps.router.capReached;
    return { waiting, mails: this.#outcomes.counts, throttling: { ...pace, capReached } };
  }

  /** Milliseconds after which a mail for that route may wait that does not wait now. */
  nextMailIn(relay: Relay): number {
    const { router } = this.#deps;
    const first = this.#waiting.find((work) => router.chooseRelay(work) === relay);
    const slot = first?.slot ?? Number.POSITIVE_INFINITY;
    const refillAt = this.#isLow() ? this.#refillAt : Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(slot, refillAt) - this.#deps.clock.steady());
  }

  /** Reads what all senders share: throttles and holds; about once a second, however often asked. */
  refresh(): Promise<void> {
    return this.#paced.refresh();
  }

  /**
   * Hands a mail out that goes over that route, until `done` is called for it; `undefined` when none
   * waits.
   * @throws what the store throws
   */
  async next(relay: Relay): Promise<QueuedMail | undefined> {
    // Claiming goes on behind the sending, so that connections need not wait for it.
    if (this.#isToClaim()) {
      this.#refilling ??= this.#refill()
        .catch((reason: unknown) => {
          this.#failure = { reason };
        })
        .finally(() => {
          this.#refilling = undefined;
        });
    }
    if (!this.#isReady(this.#waiting[0])) await this.#refilling;
    if (this.#failure) throw this.#failure.reason;
    return this.#handOut((work) => this.#deps.router.chooseRelay(work) === relay);
  }

  /**
   * Hands out the mail that is to find out whether a hold of that route is over: to another domain
   * than those that brought it about, where one waits.
   */
  async nextProbe(relay: Relay): Promise<QueuedMail | undefined> {
    await this.#refilling;
    await this.returnWithdrawn();
    const { notices, deliveries, worker, router } = this.#deps;
    const mayProbe = (work: QueuedMail) =>
      router.chooseRelay({ ...work, probe: relay.name }) !== null;
    const ours = this.#waiting.filter(
      (work) => mayProbe(work) && router.chooseRelay(work) === null,
    );
    this.#waiting = this.#waiting.filter((work) => !ours.includes(work));
    const claimed = [
      ...ours,
      ...(await notices.claim(worker, PROBE_FROM)).map((mail) => this.#noticeWork(mail)),
      ...(await deliveries.claim(worker, PROBE_FROM)).map((mail) => this.#deliveryWork(mail, 0)),
    ];
    const probes = claimed.filter((work) => !this.#underWay.has(work.key) && mayProbe(work));
    const chosen =
      probes.find(({ domain }) => !relay.holds.blamed.has(domain)) ??
      probes.find(({ key }) => !relay.holds.blamed.has(key)) ??
      probes[0] ??
      (await this.#setAsideProbe(relay));
    await this.#release(claimed.filter((work) => work !== chosen));
    if (!chosen) return undefined;
    chosen.probe = relay.name;
    await this.#paced.charge([chosen.mail]);
    return this.#started(chosen);
  }

  async #setAsideProbe(relay: Relay): Promise<QueuedMail | undefined> {
    const { deliveries, worker } = this.#deps;
    for (const { domain } of await deliveries.setAsideDomains('', PROBE_FROM)) {
      if (relay.holds.isHeld(domain)) continue;
      const [mail] = await deliveries.claimSetAside(worker, [{ domain, limit: 1, probe: true }]);
      if (mail) return this.#deliveryWork(mail, 0);
    }
    return undefined;
  }

  #handOut(isMeant: (work: QueuedMail) => boolean): QueuedMail | undefined {
    for (const [index, work] of this.#waiting.entries()) {
      if (!this.#isReady(work)) return undefined;
      if (!isMeant(work)) continue;
      this.#waiting.splice(index, 1);
      this.#handedOut++;
      return this.#started(work);
    }
    return undefined;
  }

  #started(work: QueuedMail): QueuedMail {
    work.handedOut = this.#deps.clock.steady();
    this.#underWay.add(work.key);
    return work;
  }

  /**
   * Takes note of how an attempt ended, at once: it may concern what waits.
   */
  noteEnd(work: QueuedMail, outcome: Outcome): void {
    work.attempted = true;
    work.taken = outcome.kind === 'accepted' || outcome.kind === 'uncertain';
    this.#outcomes.add(work.mail, outcome);
    this.#paced.noteEnd(work.mail, outcome);
  }

  /** Takes what waits for a domain, '' for all of a route, out of the queue. */
  withdraw(relay: Relay, domain: string): void {
    const { router } = this.#deps;
    this.#waiting = this.#waiting.filter((work) => {
      const { delivery } = work;
      if (domain === '') {
        // Another route may have it.
        if (work.probe !== null || router.chooseRelay(work) !== null) return true;
        if (work.boundTo !== null && work.boundTo !== relay.name) return true;
        this.#toRelease.push(work);
        return false;
      }
      if (!delivery || work.domain !== domain || work.probe !== null) return true;
      this.#toSetAside.push(delivery);
      return false;
    });
    this.#refillAt = 0;
  }

  /** A mail that was handed out is dealt with, and whatever came of it is in the ledger. */
  done(work: QueuedMail, { again = false } = {}): void {
    this.#underWay.delete(work.key);
    if (!work.attempted) this.#paced.noteEnd(work.mail, undefined);
    // It may be claimed at once, and there may be nothing else to do.
    if (again) this.#refillAt = 0;
  }

  /** A mail that was handed out was not tried: it is the next that goes. */
  putBack(work: QueuedMail): void {
    this.#underWay.delete(work.key);
    work.probe = null;
    this.#waiting.unshift(work);
  }

  /** Gives back what waits. */
  async releaseAll(): Promise<void> {
    await this.#refilling;
    await this.#release(this.#waiting.splice(0));
    await this.returnWithdrawn();
    await this.#paced.close();
  }

  /** Gives to the store what waits for a domain or a route that takes nothing now. */
  async returnWithdrawn(): Promise<void> {
    this.#setAsideBlocked();
    await this.#postponeBound();
    if (this.#toSetAside.length + this.#toRelease.length === 0) return;
    await this.#paced.setAside(this.#toSetAside.splice(0));
    await this.#release(this.#toRelease.splice(0));
  }

  /** What waits for a domain that is held, by whomever, must not stand before the others. */
  #setAsideBlocked(): void {
    const { router } = this.#deps;
    if (!router.blocksAny || !router.open) return;
    this.#waiting = this.#waiting.filter((work) => {
      if (!work.delivery || work.boundTo !== null || router.chooseRelay(work) !== null) return true;
      this.#toSetAside.push(work.delivery);
      return false;
    });
  }

  async #release(works: readonly QueuedMail[]): Promise<void> {
    const ids = (of: readonly QueuedMail[]) => of.map(({ mail }) => mail.id);
    const { notices, deliveries, worker } = this.#deps;
    await notices.release(worker, ids(works.filter(({ delivery }) => delivery === null)));
    await deliveries.release(worker, ids(works.filter(({ delivery }) => delivery !== null)));
    for (const { mail } of works) this.#paced.noteEnd(mail, undefined);
  }

  /** A repeat has to take its route: while that is closed, it must not take others' places. */
  async #postponeBound(): Promise<void> {
    const { router, worker } = this.#deps;
    const bound = this.#waiting.filter((work) => {
      return work.boundTo !== null && router.chooseRelay(work) === null;
    });
    if (bound.length === 0) return;
    this.#waiting = this.#waiting.filter((work) => !bound.includes(work));
    for (const { outbox, mail } of bound) {
      await outbox.postpone(mail.id, worker, BOUND_AGAIN);
      this.#paced.noteEnd(mail, undefined);
    }
  }

  async #refill(): Promise<void> {
    const { notices, worker, clock, connections } = this.#deps;
    const isLow = this.#isLow();
    const limit = isLow ? this.#wanted() : connections * LEAST_AHEAD;
    await this.returnWithdrawn();
    const waiting = await notices.claim(worker, limit);
    for (const mail of waiting) await this.#add(this.#noticeWork(mail));
    this.#sort();
    await this.#paced.charge(waiting);
    this.#askAt = clock.steady() + ASK_EVERY;
    if (!isLow) return;
    const isFull = waiting.length === limit;
    this.#refillAt = isFull ? clock.steady() : this.#askAt;
    if (isFull) return;
    const { mails, againAt } = await this.#paced.claim(limit - waiting.length);
    for (const { mail, slot, probe } of mails) {
      await this.#add({ ...this.#deliveryWork(mail, slot), probe });
    }
    await this.returnWithdrawn();
    this.#sort();
    this.#refillAt = Math.min(this.#refillAt, againAt);
  }

  /**
   * What was claimed while the server was fast takes long when it no longer is: a notice must not
   * wait until few of those are left.
   */
  #isToClaim(): boolean {
    const now = this.#deps.clock.steady();
    if (this.#isLow()) return now >= this.#refillAt;
    const isNotice = this.#waiting[0]?.delivery === null;
    return now >= this.#askAt && !isNotice;
  }

  #sort(): void {
    const rank = ({ delivery }: QueuedMail) => (delivery === null ? 0 : 1);
    this.#waiting.sort((a, b) => a.slot - b.slot || rank(a) - rank(b));
  }

  /** How many mails to claim, after how fast they went since the last claim. */
  #wanted(): number {
    const { connections, clock } = this.#deps;
    const now = clock.steady();
    const went = (this.#handedOut * CLAIM_FOR) / Math.max(now - this.#claimedAt, 1);
    this.#claimedAt = now;
    this.#handedOut = 0;
    return (
      connections * Math.min(Math.max(Math.round(went / connections), LEAST_AHEAD), MOST_AHEAD)
    );
  }

  #noticeWork(mail: ClaimedNotice): QueuedMail {
    const { notices, composer } = this.#deps;
    return {
      key: `notice ${mail.id}`,
      domain: toMailDomain(mail.email),
      boundTo: mail.boundTo,
      probe: null,
      urgent: true,
      mail,
      outbox: notices,
      commit: this.#noticeCommit,
      delivery: null,
      slot: 0,
      handedOut: 0,
      taken: false,
      attempted: false,
      compose: () => composer.notice(mail),
    };
  }

  #deliveryWork(mail: ClaimedDelivery, slot: number): QueuedMail {
    const { deliveries, composer } = this.#deps;
    return {
      key: `delivery ${mail.id}`,
      domain: toMailDomain(mail.email),
      boundTo: mail.boundTo,
      probe: null,
      urgent: false,
      mail,
      outbox: deliveries,
      commit: this.#deliveryCommit,
      delivery: mail,
      slot,
      handedOut: 0,
      taken: false,
      attempted: false,
      compose: () => composer.delivery(mail),
    };
  }

  /**
   * After a freeze this sender may claim what it still has, since the leases ran out. What is on
   * the wire must not be sent beside itself, and what waits waits once.
   */
  async #add(work: QueuedMail): Promise<void> {
    const waits = this.#waiting.some(({ key }) => key === work.key);
    if (!waits && !this.#underWay.has(work.key)) {
      this.#waiting.push(work);
      return;
    }
    if (!waits) await work.outbox.release(this.#deps.worker, [work.mail.id]);
    this.#paced.noteEnd(work.mail, undefined);
  }

  /** Whether connections may soon find nothing that can go at once. */
  #isLow(): boolean {
    const { connections, router } = this.#deps;
    if (router.relays.length > 1) return this.#isLowForAny();
    if (this.#waiting.length > connections * WAITING) return false;
    return !this.#isReady(this.#waiting[connections * REFILL_AT]);
  }

  /** With several relays each has its own share: a slow one must not keep the others waiting. */
  #isLowForAny(): boolean {
    const { router } = this.#deps;
    const waiting = new Map(router.relays.map((relay) => [relay, 0]));
    for (const work of this.#waiting) {
      const relay = router.chooseRelay(work);
      if (relay && this.#isReady(work)) waiting.set(relay, (waiting.get(relay) ?? 0) + 1);
    }
    router.waiting = waiting;
    const isLow = (relay: Relay) => (waiting.get(relay) ?? 0) <= relay.size * REFILL_AT;
    return router.relays.some((relay) => relay.open && isLow(relay));
  }

  #isReady(work: QueuedMail | undefined): boolean {
    return work !== undefined && work.slot <= this.#deps.clock.steady();
  }
}
