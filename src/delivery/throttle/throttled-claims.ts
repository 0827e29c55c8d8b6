import type { Clock } from '../../base/clock.js';
import type { ClaimedDelivery, ClaimedMail } from '../delivery.js';
import type { Deliveries } from '../ledger.js';
import type { Outcome } from '../outcome.js';
import { AcceptedTally } from '../rates/accepted-tally.js';
import type { MailCounts } from '../rates/mail-counts.js';
import type { Router } from '../sending/router.js';
import { LIMITERS, type ThrottleStatus, zeros } from '../sending/sender-status.js';
import { assignSlots, EMPTY_FOR, takeAllowance } from './allowance.js';
import { DailyQuota } from './daily-quota.js';
import { domainInterval, type RateLimits, toInterval, toMailDomain } from './rate-limits.js';
import { SetAsideClaims, type ThrottledMail } from './set-aside-claims.js';
import type { SlotCache } from './slot-cache.js';
import { takeSlots } from './take-slots.js';
import { ALL_MAILS, FORGET_AFTER, type ThrottleStore } from './throttle-store.js';
import type { ThrottleTracker } from './throttle-tracker.js';

export interface ThrottledClaimsDeps {
  deliveries: Deliveries;
  throttleStore: ThrottleStore;
  mailCounts: Pick<MailCounts, 'add'>;
  limits: RateLimits;
  router: Router;
  throttles: ThrottleTracker;
  slots: SlotCache;
  worker: string;
  clock: Clock;
}

export interface ThrottledBatch {
  mails: ThrottledMail[];
  /** When another claim may find something, by the steady clock. */
  againAt: number;
}

/** Milliseconds between reads of the throttles, holds and set-aside mails of the store. */
const REFRESH_EVERY = 1_000;
const FORGET_EVERY = 3_600_000;
/** Due mails of the main queue that are searched for domains that take no more. */
const SET_ASIDE_AHEAD = 2_000;

/**
 * Claims deliveries no faster than the limits allow. If nothing is limited, throttled or held, it adds
 * no cost to claiming.
 */
export class ThrottledClaims {
  readonly #deps: ThrottledClaimsDeps;
  readonly #slots: SlotCache;
  readonly #quota: DailyQuota;
  readonly #setAside: SetAsideClaims;
  readonly #tally: AcceptedTally;
  /** How often each limit has kept mails waiting. */
  readonly #waits = zeros(LIMITERS);
  /** Whether the settings limit any domain. */
  readonly #domainsLimited: boolean;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;
  #forgotAt: number;
  /** Whether nothing was claimed since the last refresh. */
  #idle = true;
  /** Whether set-aside mails are claimed before the main queue this time. Both take slots. */
  #setAsideFirst = false;

  constructor(deps: ThrottledClaimsDeps) {
    this.#deps = deps;
    this.#slots = deps.slots;
    this.#quota = new DailyQuota({ ...deps, route: '' });
    this.#tally = new AcceptedTally({ ...deps, timezone: deps.limits.timezone });
    this.#setAside = new SetAsideClaims({
      ...deps,
      intervalFor: (domain) => this.#intervalFor(domain),
      settingFor: (domain) => domainInterval(deps.limits, domain),
    });
    const { domainRate, domainRates } = deps.limits;
    this.#domainsLimited = domainRate !== null || Object.keys(domainRates).length > 0;
    this.#forgotAt = deps.clock.steady();
  }

  get status(): Omit<ThrottleStatus, 'noticesWait'> {
    return {
      throttled: this.#deps.throttles.status,
      capReached: this.#quota.reached,
      waits: { ...this.#waits },
    };
  }

  /** Claims up to `limit` due deliveries whose slots are within the lookahead. */
  async claim(limit: number): Promise<ThrottledBatch> {
    await this.refresh();
    const setAside = await this.#setAside.findReady(limit);
    const allowance = await takeAllowance({ ...this.#deps, quota: this.#quota }, limit, setAside);
    for (const limiter of allowance.limitedBy) this.#waits[limiter]++;
    const batch: ThrottledBatch = { mails: [], againAt: 0 };
    this.#setAsideFirst = !this.#setAsideFirst;
    if (this.#setAsideFirst) await this.#claimSetAside(batch, allowance.mails);
    await this.#claimMain(batch, allowance.mails);
    if (!this.#setAsideFirst) await this.#claimSetAside(batch, allowance.mails);
    batch.againAt = Math.max(allowance.moreAt, Math.min(batch.againAt, this.#setAside.againAt));
    await this.#quota.charge(batch.mails.map(({ mail }) => mail));
    if (batch.mails.length > 0) this.#idle = false;
    if (allowance.slots) assignSlots(batch.mails, allowance.slots, this.#slots);
    return batch;
  }

  /** Charges a delivery that goes in any case, to test whether a hold is over. */
  async chargeProbe(mail: ClaimedDelivery): Promise<void> {
    await this.chargeSlots([mail]);
    await this.#quota.charge([mail]);
  }

  /** Takes slots for mails that go in any case, as notices do. Deliveries wait the longer for it. */
  async chargeSlots(mails: readonly ClaimedMail[]): Promise<void> {
    if (mails.length === 0) return;
    await this.refresh();
    const wanted = new Map<string, { wanted: number; interval: number }>();
    const add = (name: string, intervalNow: number, interval: number) => {
      if (intervalNow > 0)
        wanted.set(name, { interval, wanted: (wanted.get(name)?.wanted ?? 0) + 1 });
    };
    const { limits, throttleStore } = this.#deps;
    for (const { email } of mails) {
      const domain = toMailDomain(email);
      add(ALL_MAILS, toInterval(limits.rate), toInterval(limits.rate));
      add(domain, this.#intervalFor(domain), domainInterval(limits, domain));
    }
    const requests = [...wanted].map(([name, want]) => ({ name, ...want, urgent: true }));
    if (requests.length > 0) await takeSlots(throttleStore, requests);
  }

  /** Notes how an attempt ended, `undefined` if there was none. */
  noteEnd(mail: ClaimedMail, outcome: Outcome | undefined): void {
    if (outcome?.kind === 'accepted') {
      this.#tally.note(toMailDomain(mail.email), 'kind' in mail ? 'notice' : 'digest');
    }
    const perhapsTaken = outcome?.kind === 'accepted' || outcome?.kind === 'uncertain';
    if (!perhapsTaken) this.#quota.refund(mail);
  }

  /** Sets claimed mails aside: they wait for their domains. */
  async setAside(mails: readonly ClaimedDelivery[]): Promise<void> {
    if (mails.length === 0) return;
    const setAside = mails.map(({ id, email }) => ({ id, domain: toMailDomain(email) }));
    await this.#deps.deliveries.setAside(this.#deps.worker, setAside);
    for (const mail of mails) this.#quota.refund(mail);
    this.#setAside.any = true;
  }

  /** Saves what was noted, and gives back what this sender does not use. */
  async close(): Promise<void> {
    const { throttles, throttleStore } = this.#deps;
    if (await throttles.save()) throttles.refresh(await throttleStore.look());
    await this.#quota.release();
    await this.#tally.save();
  }

  /** Saves what was noted and reads what all senders share, about once a second. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { throttleStore, clock, throttles, router } = this.#deps;
    const changed = await throttles.save();
    if (!changed && clock.steady() - this.#refreshedAt < REFRESH_EVERY) return;
    this.#refreshedAt = clock.steady();
    const state = await throttleStore.look();
    throttles.refresh(state);
    router.refresh(state);
    await this.#tally.save();
    if (this.#idle) await this.#quota.release();
    this.#idle = true;
    this.#quota.startDay(state.now);
    await this.#setAside.refresh();
    if (clock.steady() - this.#forgotAt < FORGET_EVERY) return;
    this.#forgotAt = clock.steady();
    await throttleStore.forget(FORGET_AFTER);
  }

  /** Claims from the main queue. Mails that may not go now are set aside. */
  async #claimMain(batch: ThrottledBatch, allowed: number): Promise<void> {
    const { deliveries, worker, clock } = this.#deps;
    const limit = allowed - batch.mails.length;
    // Also with a limit of 0, since claiming also ends expired mails and leases.
    const claimed = await deliveries.claim(worker, limit);
    const waiting = await this.#sort(claimed, batch);
    await this.setAside(waiting);
    if (claimed.length < limit) {
      batch.againAt = clock.steady() + EMPTY_FOR;
    } else if (waiting.length > 0 && waiting.length * 2 >= claimed.length) {
      // There are probably more of them behind. One statement sets them aside.
      const domains = new Set(waiting.map(({ email }) => toMailDomain(email)));
      await deliveries.setAsideDue([...domains], SET_ASIDE_AHEAD);
    }
  }

  /** Adds mails that have a slot to the batch. @returns mails that have to wait for their domains */
  async #sort(
    claimed: readonly ClaimedDelivery[],
    batch: ThrottledBatch,
  ): Promise<ClaimedDelivery[]> {
    const byDomain = new Map<string, ClaimedDelivery[]>();
    for (const mail of claimed) {
      const domain = this.#findLimitedDomain(mail);
      if (domain === undefined) batch.mails.push({ mail, slot: 0, probe: null });
      else byDomain.set(domain, [...(byDomain.get(domain) ?? []), mail]);
    }
    const { limits, router, throttles } = this.#deps;
    const requests = [...byDomain]
      .filter(([name]) => !router.isBlocked(name) && !router.isFull(name))
      .map(([name, mails]) => ({
        name,
        wanted: mails.length,
        interval: domainInterval(limits, name),
      }));
    const taken = await this.#slots.take(requests);
    const waiting: ClaimedDelivery[] = [];
    for (const [domain, mails] of byDomain) {
      const slots = taken.get(domain) ?? [];
      for (const mail of mails) {
        const slot = slots.shift();
        if (slot === undefined) waiting.push(mail);
        else batch.mails.push({ mail, slot, probe: null });
      }
    }
    for (const { email } of waiting) {
      this.#waits[throttles.intervalFor(toMailDomain(email)) > 0 ? 'throttled' : 'domain']++;
    }
    return waiting;
  }

  async #claimSetAside(batch: ThrottledBatch, allowed: number): Promise<void> {
    batch.mails.push(...(await this.#setAside.claim(allowed - batch.mails.length)));
  }

  /** The mail's domain if mails to it are limited or blocked now. */
  #findLimitedDomain({ email }: ClaimedMail): string | undefined {
    const { throttles, router } = this.#deps;
    if (!this.#domainsLimited && !throttles.any && !router.blocksAny) return undefined;
    const domain = toMailDomain(email);
    const waits = router.isBlocked(domain) || router.isFull(domain);
    return waits || this.#intervalFor(domain) > 0 ? domain : undefined;
  }

  #intervalFor(domain: string): number {
    return Math.max(
      domainInterval(this.#deps.limits, domain),
      this.#deps.throttles.intervalFor(domain),
    );
  }
}
