import type { Clock } from '../../base/clock.js';
import type { ClaimedDelivery, ClaimedMail } from '../delivery.js';
import type { Deliveries } from '../ledger.js';
import type { Outcome } from '../outcome.js';
import type { Router } from '../sending/router.js';
import { LIMITERS, type Limiter, type ThrottleStatus, zeros } from '../status.js';
import { DayQuota } from './daily-quota.js';
import { LOOKAHEAD } from './gcra.js';
import {
  ALL_MAILS,
  domainInterval,
  FORGET_AFTER,
  type RateLimits,
  type ThrottleStore,
  toInterval,
  toMailDomain,
} from './rate-limits.js';
import { SetAsideClaims, type ThrottledMail } from './set-aside-claims.js';
import type { SlotCache } from './slot-cache.js';
import { takeSlots } from './take-slots.js';
import type { Throttles } from './throttles.js';

export interface ThrottledClaimsDeps {
  deliveries: Deliveries;
  throttleStore: ThrottleStore;
  limits: RateLimits;
  router: Router;
  throttles: Throttles;
  slots: SlotCache;
  worker: string;
  clock: Clock;
}

export interface ThrottledBatch {
  mails: ThrottledMail[];
  /** When it is of use to claim again, by the steady clock. */
  againAt: number;
}

/** What the overall rate and the cap let through now. */
interface Room {
  mails: number;
  /** The slots of those mails; `undefined` without an overall rate. */
  slots: number[] | undefined;
  /** When there may be more, by the steady clock. */
  moreAt: number;
}

/** How often the store is asked what is throttled and held, and whether mails are set aside. */
const LOOK_EVERY = 1_000;
const FORGET_EVERY = 3_600_000;
/** How long a main queue that was found empty is taken to be so. */
const EMPTY_FOR = 1_000;
/** Due mails of the main queue that are looked through for domains that take no more. */
const SET_ASIDE_AHEAD = 2_000;

/**
 * Claims deliveries no faster than the limits allow. Where nothing is limited, throttled or held, it
 * claims as if it were not there.
 */
export class ThrottledClaims {
  readonly #deps: ThrottledClaimsDeps;
  readonly #slots: SlotCache;
  readonly #day: DayQuota;
  readonly #setAside: SetAsideClaims;
  readonly #holds = zeros(LIMITERS);
  /** Whether the settings limit any domain. */
  readonly #domainsLimited: boolean;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #forgotAt: number;
  /** Whether nothing was claimed since the last look. */
  #idle = true;
  /** Whether the set aside come first this time: they and the main queue take slots. */
  #setAsideFirst = false;

  constructor(deps: ThrottledClaimsDeps) {
    this.#deps = deps;
    this.#slots = deps.slots;
    this.#day = new DayQuota({ ...deps, route: '' });
    this.#setAside = new SetAsideClaims({
      ...deps,
      intervalFor: (domain) => this.#intervalFor(domain),
      settingFor: (domain) => domainInterval(deps.limits, domain),
    });
    const { domainRate, domainRates } = deps.limits;
    this.#domainsLimited = domainRate !== null || Object.keys(domainRates).length > 0;
    this.#forgotAt = deps.clock.steady();
  }

  get status(): ThrottleStatus {
    return {
      throttled: this.#deps.throttles.status,
      capReached: this.#day.reached,
      holds: { ...this.#holds },
    };
  }

  /** Claims up to `limit` due deliveries whose slots come within the next half second. */
  async claim(limit: number): Promise<ThrottledBatch> {
    await this.look();
    const room = await this.#room(limit);
    const batch: ThrottledBatch = { mails: [], againAt: 0 };
    this.#setAsideFirst = !this.#setAsideFirst;
    if (this.#setAsideFirst) await this.#claimSetAside(batch, room.mails);
    await this.#claimMain(batch, room.mails);
    if (!this.#setAsideFirst) await this.#claimSetAside(batch, room.mails);
    batch.againAt = Math.max(room.moreAt, Math.min(batch.againAt, this.#setAside.againAt));
    await this.#day.count(batch.mails.map(({ mail }) => mail));
    if (batch.mails.length > 0) this.#idle = false;
    if (room.slots) this.#spread(batch.mails, room.slots);
    return batch;
  }

  /** Counts mails that go in any case: the others wait for them. */
  async count(mails: readonly ClaimedMail[]): Promise<void> {
    if (mails.length === 0) return;
    await this.look();
    await this.#day.count(mails);
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
    const asked = [...wanted].map(([name, want]) => ({ name, ...want, urgent: true }));
    if (asked.length > 0) await takeSlots(throttleStore, asked);
  }

  /** Takes note of how an attempt ended, `undefined` when there was none. */
  note(mail: ClaimedMail, outcome: Outcome | undefined): void {
    const perhapsTaken = outcome?.kind === 'accepted' || outcome?.kind === 'uncertain';
    if (!perhapsTaken) this.#day.refund(mail);
  }

  /** Lets claimed mails wait for their domains. */
  async setAside(mails: readonly ClaimedDelivery[]): Promise<void> {
    if (mails.length === 0) return;
    const setAside = mails.map(({ id, email }) => ({ id, domain: toMailDomain(email) }));
    await this.#deps.deliveries.setAside(this.#deps.worker, setAside);
    for (const mail of mails) this.#day.refund(mail);
    this.#setAside.any = true;
  }

  /** Writes down what was noted, and leaves to other senders what this one does not use. */
  async close(): Promise<void> {
    const { throttles, throttleStore } = this.#deps;
    if (await throttles.writeDown()) throttles.read(await throttleStore.look());
    await this.#day.giveBack();
  }

  /** Tells the other senders what was noted, and reads what they share, about once a second. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { throttleStore, clock, throttles, router } = this.#deps;
    const changed = await throttles.writeDown();
    if (!changed && clock.steady() - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = clock.steady();
    const seen = await throttleStore.look();
    throttles.read(seen);
    for (const relay of router.relays) relay.read(seen);
    if (this.#idle) await this.#day.giveBack();
    this.#idle = true;
    this.#day.turnTo(seen.now);
    await this.#setAside.look();
    if (clock.steady() - this.#forgotAt < FORGET_EVERY) return;
    this.#forgotAt = clock.steady();
    await throttleStore.forget(FORGET_AFTER);
  }

  async #room(limit: number): Promise<Room> {
    const { limits, deliveries, clock } = this.#deps;
    const setAside = await this.#setAside.find(limit);
    const interval = toInterval(limits.rate);
    if (interval === 0 && !this.#day.limited) return { mails: limit, slots: undefined, moreAt: 0 };
    // Nothing is taken from the other senders for which there is no mail.
    const due = Math.min(limit, setAside + (await deliveries.due(limit)));
    const left = await this.#day.room(due);
    if (left < due) this.#hold('cap');
    let moreAt = 0;
    if (due === 0) moreAt = clock.steady() + EMPTY_FOR;
    else if (left === 0) moreAt = clock.steady() + LOOK_EVERY;
    if (interval === 0) return { mails: left, slots: undefined, moreAt };
    // Where there is plenty of mail, slots for more than this one claim: high rates cost fewer writes.
    const wanted = due === limit ? Math.max(left, Math.floor(LOOKAHEAD / 2 / interval)) : left;
    const taken = await this.#slots.take([{ name: ALL_MAILS, wanted, interval }]);
    const slots = taken.get(ALL_MAILS) ?? [];
    if (slots.length < left) this.#hold('rate');
    const opensAt = slots.length < left ? this.#slots.opensAt(ALL_MAILS) : 0;
    return { mails: Math.min(slots.length, left), slots, moreAt: Math.max(moreAt, opensAt) };
  }

  /** Claims from the main queue; what may not go now is set aside. */
  async #claimMain(batch: ThrottledBatch, room: number): Promise<void> {
    const { deliveries, worker, clock } = this.#deps;
    const limit = room - batch.mails.length;
    // Also without room: mails expire and leases run out all the same.
    const claimed = await deliveries.claim(worker, limit);
    const waiting = await this.#sort(claimed, batch);
    await this.setAside(waiting);
    if (claimed.length < limit) {
      batch.againAt = clock.steady() + EMPTY_FOR;
    } else if (waiting.length > 0 && waiting.length * 2 >= claimed.length) {
      // More of the same is to be expected behind them; one statement moves it out of the way.
      const domains = new Set(waiting.map(({ email }) => toMailDomain(email)));
      await deliveries.setAsideDue([...domains], SET_ASIDE_AHEAD);
    }
  }

  /** Adds what has a slot to the batch. @returns what has to wait for its domain. */
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
    const asked = [...byDomain]
      .filter(([name]) => !router.isBlocked(name) && !router.isFull(name))
      .map(([name, mails]) => ({
        name,
        wanted: mails.length,
        interval: domainInterval(limits, name),
      }));
    const taken = await this.#slots.take(asked);
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
      this.#hold(throttles.intervalFor(toMailDomain(email)) > 0 ? 'throttled' : 'domain');
    }
    return waiting;
  }

  async #claimSetAside(batch: ThrottledBatch, room: number): Promise<void> {
    batch.mails.push(...(await this.#setAside.claim(room - batch.mails.length)));
  }

  /** Gives each mail one of the overall slots, and keeps those that are left. */
  #spread(mails: ThrottledMail[], slots: number[]): void {
    mails.sort((a, b) => a.slot - b.slot);
    for (const mail of mails) mail.slot = Math.max(mail.slot, slots.shift() ?? 0);
    this.#slots.putBack(ALL_MAILS, slots);
  }

  /** The mail's domain if it gets no more than so many mails now. */
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

  #hold(by: Limiter): void {
    this.#holds[by]++;
  }
}
