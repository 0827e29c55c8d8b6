import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Timing } from '../../base/timing.js';
import type { Composer } from '../compose.js';
import type { Deliveries, Notices } from '../ledger.js';
import type { Outcome } from '../outcome.js';
import type { MailCounts } from '../rates/mail-counts.js';
import type { NoticeBudgets } from '../throttle/notice-budget.js';
import { NoticeClaims } from '../throttle/notice-claims.js';
import type { RateLimits } from '../throttle/rate-limits.js';
import type { SlotCache } from '../throttle/slot-cache.js';
import type { ThrottleStore } from '../throttle/throttle-store.js';
import type { ThrottleTracker } from '../throttle/throttle-tracker.js';
import { ThrottledClaims } from '../throttle/throttled-claims.js';
import { NoticeGate, type NoticeGateDeps } from './notice-gate.js';
import { ProbeFinder } from './probe-finder.js';
import { type QueuedMail, QueuedMailFactory } from './queued-mail.js';
import type { Relay } from './relay.js';
import type { RouteShare } from './route-quota.js';
import type { Router } from './router.js';
import { OutcomeCounts, type SenderStatus } from './sender-status.js';
import { WaitingMails } from './waiting-mails.js';

export interface MailQueueDeps {
  notices: Notices;
  /** The whole ledger, or the part of it that is to be sent. */
  deliveries: Deliveries;
  throttleStore: ThrottleStore;
  mailCounts: Pick<MailCounts, 'add'>;
  noticeBudgets: NoticeBudgets;
  limits: RateLimits;
  /** Why no mail can reach a domain. Nothing is looked up when left out. */
  findDomainFault?: NoticeGateDeps['findDomainFault'];
  findRefusing?: NoticeGateDeps['findRefusing'];
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

/** Mails claimed at once for each connection: enough to keep it busy, few enough to give back. */
const LEAST_AHEAD = 4;
const MOST_AHEAD = 32;
/**
 * A claim waits for the disk once, for however many mails. So it takes as many as went out in the last
 * so many milliseconds. Claiming always four for each connection made every sixth of 5,000 mails to a
 * fast server wait.
 */
const CLAIM_FOR = 100;
/** Longest time in milliseconds between two claims of notices. */
const NOTICES_EVERY = 1_000;
/** Milliseconds between two looks whether a domain was looked up. */
const GATE_POLL = 50;
/** Milliseconds until a repeat whose route is closed is looked at again. */
const BOUND_RETRY = 60_000;

/** The mails that this sender has claimed, notices ahead of digests. */
export class MailQueue {
  readonly #deps: MailQueueDeps;
  readonly #claims: ThrottledClaims;
  readonly #noticeClaims: NoticeClaims;
  readonly #factory: QueuedMailFactory;
  readonly #probes: ProbeFinder;
  readonly #gate: NoticeGate;
  readonly #waiting: WaitingMails;
  readonly #outcomes = new OutcomeCounts();
  /** Keys of the mails that were handed out and are not done. */
  readonly #underWay = new Set<string>();
  #refilling: Promise<void> | undefined;
  #failure: { reason: unknown } | undefined;
  /** When to claim again, once few mails are left. */
  #refillAt = 0;
  /** When to claim notices again, however many mails wait. */
  #noticesAt = 0;
  #claimedAt = 0;
  /** Mails that were handed out since. */
  #handedOut = 0;

  constructor(deps: MailQueueDeps) {
    this.#deps = deps;
    this.#claims = new ThrottledClaims(deps);
    this.#noticeClaims = new NoticeClaims(deps);
    this.#factory = new QueuedMailFactory(deps);
    this.#probes = new ProbeFinder({ ...deps, factory: this.#factory });
    this.#waiting = new WaitingMails(deps);
    this.#gate = new NoticeGate(deps, {
      pass: (notice) => this.#add(this.#factory.fromNotice(notice)),
      skipped: (notice) => this.#noticeClaims.noteEnd(notice, undefined),
      ready: () => {
        this.#refillAt = 0;
        this.#noticesAt = 0;
      },
    });
  }

  /** Whether mails were handed out that are not done, or are about to be. */
  get busy(): boolean {
    return this.#underWay.size > 0 || this.#gate.isBusy;
  }

  get status(): Pick<SenderStatus, 'waiting' | 'mails' | 'undeliverable' | 'throttling'> {
    const throttling = this.#claims.status;
    const capReached = throttling.capReached ?? this.#deps.router.capReached;
    return {
      waiting: this.#waiting.count,
      mails: this.#outcomes.counts,
      throttling: { ...throttling, capReached, noticesWait: this.#noticeClaims.waits },
      undeliverable: this.#gate.undeliverable,
    };
  }

  /** Milliseconds until there may be a mail for that route. */
  nextMailIn(relay: Relay): number {
    const refillAt = this.#waiting.isLow() ? this.#refillAt : Number.POSITIVE_INFINITY;
    const next = Math.min(this.#waiting.firstSlot(relay), refillAt);
    if (this.#gate.isBusy)
      return Math.min(GATE_POLL, Math.max(0, next - this.#deps.clock.steady()));
    return Math.max(0, next - this.#deps.clock.steady());
  }

  /** Reads the throttles and holds that all senders share; about once a second, however often called. */
  refresh(): Promise<void> {
    return this.#claims.refresh();
  }

  /**
   * Hands out a mail for that route, until `done` or `putBack` is called with it; `undefined` if there
   * is none.
   * @throws what the store throws
   */
  async next(relay: Relay, takes: RouteShare = 'all'): Promise<QueuedMail | undefined> {
    // Claims in the background, so that connections need not wait for it.
    if (this.#isTimeToClaim()) {
      this.#refilling ??= this.#refill()
        .catch((reason: unknown) => {
          this.#failure = { reason };
        })
        .finally(() => {
          this.#refilling = undefined;
        });
    }
    if (!this.#waiting.isReady(this.#waiting.first)) await this.#refilling;
    if (this.#failure) throw this.#failure.reason;
    const mail = this.#waiting.takeReady(relay, takes);
    if (!mail) return undefined;
    this.#handedOut++;
    return this.#handOut(mail);
  }

  /** Whether a notice waits for that route. Where nothing else may go over it, it looks for some. */
  async hasNotice(relay: Relay): Promise<boolean> {
    if (!relay.isForNotices) return this.#waiting.hasNotice(relay);
    const isTime = this.#deps.clock.steady() >= this.#noticesAt;
    if (isTime && !this.#refilling && !this.#waiting.hasNotice(relay)) {
      await this.#claimNotices(this.#deps.connections * LEAST_AHEAD);
    }
    return this.#waiting.hasNotice(relay);
  }

  /** Hands out a mail that tests whether a hold of that route is over. */
  async nextProbe(relay: Relay): Promise<QueuedMail | undefined> {
    await this.#refilling;
    await this.returnWithdrawn();
    const { probe, others } = await this.#probes.find(
      relay,
      this.#waiting.takeProbes(relay),
      (key) => this.#underWay.has(key),
    );
    await this.#release(others);
    if (!probe) return undefined;
    probe.probe = relay.name;
    if (probe.delivery) await this.#claims.chargeProbe(probe.delivery);
    else await this.#claims.chargeSlots([probe.mail]);
    return this.#handOut(probe);
  }

  #handOut(mail: QueuedMail): QueuedMail {
    mail.handedOut = this.#deps.clock.steady();
    this.#underWay.add(mail.key);
    return mail;
  }

  /** Notes how an attempt ended, before it is in the ledger: it may concern waiting mails. */
  noteEnd(queued: QueuedMail, outcome: Outcome): void {
    queued.attempted = true;
    queued.taken = outcome.kind === 'accepted' || outcome.kind === 'uncertain';
    this.#outcomes.add(queued.mail, outcome);
    this.#noteEnd(queued, outcome);
  }

  #noteEnd({ mail, delivery }: QueuedMail, outcome: Outcome | undefined): void {
    if (delivery === null) this.#noticeClaims.noteEnd(mail, outcome);
    this.#claims.noteEnd(mail, outcome);
  }

  /** Withdraws what waits for a domain, or with '' for that route, until `returnWithdrawn`. */
  withdraw(relay: Relay, domain: string): void {
    this.#waiting.withdraw(relay, domain);
    this.#refillAt = 0;
  }

  /** A mail that was handed out is finished, and its end is in the ledger. */
  done(queued: QueuedMail, { again = false } = {}): void {
    this.#underWay.delete(queued.key);
    if (!queued.attempted) this.#noteEnd(queued, undefined);
    // It may be claimed again at once, and there may be no other mail.
    if (again) this.#refillAt = 0;
  }

  /** A mail that was handed out was not attempted. It goes first. */
  putBack(queued: QueuedMail): void {
    this.#underWay.delete(queued.key);
    queued.probe = null;
    this.#waiting.putBack(queued);
  }

  /** Gives all waiting mails back to the store, at the end. */
  async releaseAll(): Promise<void> {
    await this.#refilling;
    await this.#gate.close();
    await this.#release(this.#waiting.takeAll());
    await this.returnWithdrawn();
    await this.#claims.close();
    await this.#noticeClaims.close();
  }

  /** Gives mails back to the store that wait for a domain or route that takes none now. */
  async returnWithdrawn(): Promise<void> {
    this.#waiting.withdrawBlocked();
    await this.#postponeClosed();
    if (!this.#waiting.hasWithdrawn) return;
    await this.#claims.setAside(this.#waiting.takeToSetAside());
    await this.#release(this.#waiting.takeToRelease());
  }

  async #release(mails: readonly QueuedMail[]): Promise<void> {
    const toIds = (some: readonly QueuedMail[]) => some.map(({ mail }) => mail.id);
    const { notices, deliveries, worker } = this.#deps;
    await notices.release(worker, toIds(mails.filter(({ delivery }) => delivery === null)));
    await deliveries.release(worker, toIds(mails.filter(({ delivery }) => delivery !== null)));
    for (const queued of mails) this.#noteEnd(queued, undefined);
  }

  /** Postpones what waits for closed routes, so that others can be claimed. */
  async #postponeClosed(): Promise<void> {
    for (const queued of this.#waiting.takeClosed()) {
      await queued.outbox.postpone(queued.mail.id, this.#deps.worker, BOUND_RETRY);
      this.#noteEnd(queued, undefined);
    }
  }

  async #refill(): Promise<void> {
    const { clock, connections } = this.#deps;
    const isLow = this.#waiting.isLow();
    const limit = isLow ? this.#chooseClaimSize() : connections * LEAST_AHEAD;
    await this.returnWithdrawn();
    const { count, more } = await this.#claimNotices(limit);
    if (!isLow) return;
    const isFull = count === limit;
    this.#refillAt = isFull || more ? clock.steady() : this.#noticesAt;
    if (isFull) return;
    const { mails, againAt } = await this.#claims.claim(limit - count);
    for (const { mail, slot, probe } of mails) {
      await this.#add({ ...this.#factory.fromDelivery(mail, slot), probe });
    }
    await this.returnWithdrawn();
    this.#waiting.sort();
    this.#refillAt = Math.min(this.#refillAt, againAt);
  }

  async #claimNotices(limit: number): Promise<{ count: number; more: boolean }> {
    this.#noticesAt = this.#deps.clock.steady() + NOTICES_EVERY;
    await this.#gate.passOn();
    const { mails, more } = await this.#noticeClaims.claim(Math.min(limit, this.#gate.room));
    await this.#gate.admit(mails);
    this.#waiting.sort();
    await this.#claims.chargeSlots(mails);
    this.#noticesAt = this.#deps.clock.steady() + NOTICES_EVERY;
    return { count: mails.length, more };
  }

  /**
   * Whether to claim now: few mails are left, or notices were not claimed for a second. A server that
   * has become slow takes long for the mails that wait, and notices should not wait behind them.
   */
  #isTimeToClaim(): boolean {
    const now = this.#deps.clock.steady();
    if (this.#waiting.isLow()) return now >= this.#refillAt;
    const isNotice = this.#waiting.first?.delivery === null;
    return now >= this.#noticesAt && !isNotice;
  }

  /** How many mails to claim, by how fast they went out since the last claim. */
  #chooseClaimSize(): number {
    const { connections, clock } = this.#deps;
    const now = clock.steady();
    const went = (this.#handedOut * CLAIM_FOR) / Math.max(now - this.#claimedAt, 1);
    this.#claimedAt = now;
    this.#handedOut = 0;
    return (
      connections * Math.min(Math.max(Math.round(went / connections), LEAST_AHEAD), MOST_AHEAD)
    );
  }

  /**
   * Adds a claimed mail, unless this sender has it already. After the process stood still for longer
   * than a lease, it may claim a mail that it is sending or that waits.
   */
  async #add(queued: QueuedMail): Promise<void> {
    const waits = this.#waiting.has(queued.key);
    if (!waits && !this.#underWay.has(queued.key)) {
      this.#waiting.add(queued);
      return;
    }
    if (!waits) await queued.outbox.release(this.#deps.worker, [queued.mail.id]);
    this.#noteEnd(queued, undefined);
  }
}
