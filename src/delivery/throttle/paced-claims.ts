import type { Clock } from '../../base/clock.js';
import type { ClaimedDelivery, ClaimedMail } from '../delivery.js';
import type { Deliveries } from '../ledger.js';
import type { Outcome } from '../outcome.js';
import type { Router } from '../sending/router.js';
import { LIMITERS, type Limiter, type PaceStatus, zeros } from '../status.js';
import { DayQuota } from './day-quota.js';
import {
  ALL_MAILS,
  domainGap,
  type PaceLimits,
  type Paces,
  toInterval,
  toMailDomain,
} from './pace.js';
import { type PacedMail, ParkedClaims } from './parked-claims.js';
import type { Throttles } from './throttles.js';
import type { TurnPocket } from './turn-pocket.js';
import { HORIZON } from './turns.js';

export interface PacedClaimsDeps {
  deliveries: Deliveries;
  paces: Paces;
  limits: PaceLimits;
  router: Router;
  throttles: Throttles;
  turns: TurnPocket;
  worker: string;
  clock: Clock;
}

export interface PacedBatch {
  mails: PacedMail[];
  /** When it is of use to claim again, by the steady clock. */
  againAt: number;
}

/** What the overall rate and the cap let through now. */
interface Room {
  mails: number;
  /** The turns of those mails; `undefined` without an overall rate. */
  turns: number[] | undefined;
  /** When there may be more, by the steady clock. */
  moreAt: number;
}

/** How often the store is asked what is throttled and held, and whether mails are parked. */
const LOOK_EVERY = 1_000;
const FORGET_EVERY = 3_600_000;
/** How long a main queue that was found empty is taken to be so. */
const EMPTY_FOR = 1_000;
/** Due mails of the main queue that are looked through for domains that take no more. */
const PARK_AHEAD = 2_000;

/**
 * Claims deliveries no faster than the limits allow. Where nothing is limited, throttled or held, it
 * claims as if it were not there.
 */
export class PacedClaims {
  readonly #deps: PacedClaimsDeps;
  readonly #turns: TurnPocket;
  readonly #day: DayQuota;
  readonly #parked: ParkedClaims;
  readonly #holds = zeros(LIMITERS);
  /** Whether the settings limit any domain. */
  readonly #domainsLimited: boolean;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #forgotAt: number;
  /** Whether nothing was claimed since the last look. */
  #idle = true;
  /** Whether the parked come first this time: they and the main queue take turns. */
  #parkedFirst = false;

  constructor(deps: PacedClaimsDeps) {
    this.#deps = deps;
    this.#turns = deps.turns;
    this.#day = new DayQuota({ ...deps, route: '' });
    this.#parked = new ParkedClaims({
      ...deps,
      intervalFor: (domain) => this.#intervalFor(domain),
      settingFor: (domain) => domainGap(deps.limits, domain),
    });
    const { domainRate, domainRates } = deps.limits;
    this.#domainsLimited = domainRate !== null || Object.keys(domainRates).length > 0;
    this.#forgotAt = deps.clock.steady();
  }

  get status(): PaceStatus {
    return {
      slowed: this.#deps.throttles.status,
      capReached: this.#day.reached,
      holds: { ...this.#holds },
    };
  }

  /** Claims up to `limit` due deliveries whose turns come within the next half second. */
  async claim(limit: number): Promise<PacedBatch> {
    await this.look();
    const room = await this.#room(limit);
    const batch: PacedBatch = { mails: [], againAt: 0 };
    this.#parkedFirst = !this.#parkedFirst;
    if (this.#parkedFirst) await this.#claimParked(batch, room.mails);
    await this.#claimMain(batch, room.mails);
    if (!this.#parkedFirst) await this.#claimParked(batch, room.mails);
    batch.againAt = Math.max(room.moreAt, Math.min(batch.againAt, this.#parked.againAt));
    await this.#day.count(batch.mails.map(({ mail }) => mail));
    if (batch.mails.length > 0) this.#idle = false;
    if (room.turns) this.#spread(batch.mails, room.turns);
    return batch;
  }

  /** Counts mails that go in any case: the others wait for them. */
  async count(mails: readonly ClaimedMail[]): Promise<void> {
    if (mails.length === 0) return;
    await this.look();
    await this.#day.count(mails);
    const wanted = new Map<string, { wanted: number; gap: number }>();
    const add = (name: string, gapNow: number, gap: number) => {
      if (gapNow > 0) wanted.set(name, { gap, wanted: (wanted.get(name)?.wanted ?? 0) + 1 });
    };
    const { limits, paces } = this.#deps;
    for (const { email } of mails) {
      const domain = toMailDomain(email);
      add(ALL_MAILS, toInterval(limits.rate), toInterval(limits.rate));
      add(domain, this.#intervalFor(domain), domainGap(limits, domain));
    }
    const asked = [...wanted].map(([name, want]) => ({ name, ...want, urgent: true }));
    if (asked.length > 0) await paces.take(asked);
  }

  /** Takes note of how an attempt ended, `undefined` when there was none. */
  note(mail: ClaimedMail, outcome: Outcome | undefined): void {
    const perhapsTaken = outcome?.kind === 'accepted' || outcome?.kind === 'uncertain';
    if (!perhapsTaken) this.#day.refund(mail);
  }

  /** Lets claimed mails wait for their domains. */
  async park(mails: readonly ClaimedDelivery[]): Promise<void> {
    if (mails.length === 0) return;
    const parked = mails.map(({ id, email }) => ({ id, domain: toMailDomain(email) }));
    await this.#deps.deliveries.park(this.#deps.worker, parked);
    for (const mail of mails) this.#day.refund(mail);
    this.#parked.any = true;
  }

  /** Writes down what was noted, and leaves to other senders what this one does not use. */
  async close(): Promise<void> {
    const { throttles, paces } = this.#deps;
    if (await throttles.writeDown()) throttles.read(await paces.look());
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
    const { paces, clock, throttles, router } = this.#deps;
    const changed = await throttles.writeDown();
    if (!changed && clock.steady() - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = clock.steady();
    const seen = await paces.look();
    throttles.read(seen);
    for (const relay of router.relays) relay.read(seen);
    if (this.#idle) await this.#day.giveBack();
    this.#idle = true;
    this.#day.turnTo(seen.now);
    await this.#parked.look();
    if (clock.steady() - this.#forgotAt < FORGET_EVERY) return;
    this.#forgotAt = clock.steady();
    await paces.forget();
  }

  async #room(limit: number): Promise<Room> {
    const { limits, deliveries, clock } = this.#deps;
    const parked = await this.#parked.find(limit);
    const gap = toInterval(limits.rate);
    if (gap === 0 && !this.#day.limited) return { mails: limit, turns: undefined, moreAt: 0 };
    // Nothing is taken from the other senders for which there is no mail.
    const due = Math.min(limit, parked + (await deliveries.due(limit)));
    const left = await this.#day.room(due);
    if (left < due) this.#hold('cap');
    let moreAt = 0;
    if (due === 0) moreAt = clock.steady() + EMPTY_FOR;
    else if (left === 0) moreAt = clock.steady() + LOOK_EVERY;
    if (gap === 0) return { mails: left, turns: undefined, moreAt };
    // Where there is plenty of mail, turns for more than this one claim: high rates cost fewer writes.
    const wanted = due === limit ? Math.max(left, Math.floor(HORIZON / 2 / gap)) : left;
    const taken = await this.#turns.take([{ name: ALL_MAILS, wanted, gap }]);
    const turns = taken.get(ALL_MAILS) ?? [];
    if (turns.length < left) this.#hold('rate');
    const opensAt = turns.length < left ? this.#turns.opensAt(ALL_MAILS) : 0;
    return { mails: Math.min(turns.length, left), turns, moreAt: Math.max(moreAt, opensAt) };
  }

  /** Claims from the main queue; what may not go now is parked. */
  async #claimMain(batch: PacedBatch, room: number): Promise<void> {
    const { deliveries, worker, clock } = this.#deps;
    const limit = room - batch.mails.length;
    // Also without room: mails expire and leases run out all the same.
    const claimed = await deliveries.claim(worker, limit);
    const waiting = await this.#sort(claimed, batch);
    await this.park(waiting);
    if (claimed.length < limit) {
      batch.againAt = clock.steady() + EMPTY_FOR;
    } else if (waiting.length > 0 && waiting.length * 2 >= claimed.length) {
      // More of the same is to be expected behind them; one statement moves it out of the way.
      const domains = new Set(waiting.map(({ email }) => toMailDomain(email)));
      await deliveries.parkDue([...domains], PARK_AHEAD);
    }
  }

  /** Adds what has a turn to the batch. @returns what has to wait for its domain. */
  async #sort(claimed: readonly ClaimedDelivery[], batch: PacedBatch): Promise<ClaimedDelivery[]> {
    const byDomain = new Map<string, ClaimedDelivery[]>();
    for (const mail of claimed) {
      const domain = this.#findLimitedDomain(mail);
      if (domain === undefined) batch.mails.push({ mail, turn: 0, probe: null });
      else byDomain.set(domain, [...(byDomain.get(domain) ?? []), mail]);
    }
    const { limits, router, throttles } = this.#deps;
    const asked = [...byDomain]
      .filter(([name]) => !router.isBlocked(name) && !router.isFull(name))
      .map(([name, mails]) => ({ name, wanted: mails.length, gap: domainGap(limits, name) }));
    const taken = await this.#turns.take(asked);
    const waiting: ClaimedDelivery[] = [];
    for (const [domain, mails] of byDomain) {
      const turns = taken.get(domain) ?? [];
      for (const mail of mails) {
        const turn = turns.shift();
        if (turn === undefined) waiting.push(mail);
        else batch.mails.push({ mail, turn, probe: null });
      }
    }
    for (const { email } of waiting) {
      this.#hold(throttles.intervalFor(toMailDomain(email)) > 0 ? 'slowed' : 'domain');
    }
    return waiting;
  }

  async #claimParked(batch: PacedBatch, room: number): Promise<void> {
    batch.mails.push(...(await this.#parked.claim(room - batch.mails.length)));
  }

  /** Gives each mail one of the overall turns, and keeps those that are left. */
  #spread(mails: PacedMail[], turns: number[]): void {
    mails.sort((a, b) => a.turn - b.turn);
    for (const paced of mails) paced.turn = Math.max(paced.turn, turns.shift() ?? 0);
    this.#turns.putBack(ALL_MAILS, turns);
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
    return Math.max(domainGap(this.#deps.limits, domain), this.#deps.throttles.intervalFor(domain));
  }

  #hold(by: Limiter): void {
    this.#holds[by]++;
  }
}
