import type { Clock } from '../../base/clock.js';
import type { ClaimedDelivery } from '../delivery.js';
import type { Deliveries } from '../ledger.js';
import type { Router } from '../sending/router.js';
import { type TurnsAsked, toMailDomain } from './pace.js';
import type { TurnPocket } from './turn-pocket.js';
import { HORIZON } from './turns.js';

/** A claimed delivery, and from when on it may go, in milliseconds by the steady clock. */
export interface PacedMail {
  mail: ClaimedDelivery;
  turn: number;
  /** The route whose hold of the domain it is to find out about. */
  probe: string | null;
}

export interface ParkedClaimsDeps {
  router: Router;
  deliveries: Deliveries;
  turns: TurnPocket;
  worker: string;
  clock: Clock;
  /** Microseconds between two mails to a domain now, 0 for no limit. */
  intervalFor: (domain: string) => number;
  /** The same by the settings alone. */
  settingFor: (domain: string) => number;
}

/** Domains that are looked at in one query, and queries for one claim. */
const PAGE = 50;
const MAX_PAGES = 20;
/** How long domains that have nothing due are left alone. */
const EMPTY_FOR = 1_000;
/** How long domains wait for whose relay enough mails are claimed. */
const FULL_FOR = 200;

/** Claims from the queue of parked mails, domain after domain, so that each gets what it takes. */
export class ParkedClaims {
  readonly #deps: ParkedClaimsDeps;
  /** Domains from which mails may be claimed now, and how many of each. */
  readonly #ready = new Map<string, number>();
  /** The domain that was looked at last: the next claim begins behind it. */
  #cursor = '';
  #againAt = 0;
  /** Whether any mail is parked, as far as is known. */
  any = false;

  constructor(deps: ParkedClaimsDeps) {
    this.#deps = deps;
  }

  /** When it is of use to claim again, by the steady clock. */
  get againAt(): number {
    return this.any ? this.#againAt : Number.POSITIVE_INFINITY;
  }

  async look(): Promise<void> {
    this.any = (await this.#deps.deliveries.parkedDomains('', 1)).length > 0;
  }

  /** Finds domains with mails that may go now. @returns how many mails may go, at most `limit`. */
  async find(limit: number): Promise<number> {
    const { deliveries, clock } = this.#deps;
    this.#ready.clear();
    if (!this.any) return 0;
    this.#againAt = clock.steady() + EMPTY_FOR;
    let found = 0;
    let laps = this.#cursor === '' ? 1 : 2;
    for (let pages = 0; pages < MAX_PAGES && laps > 0 && found < limit; pages++) {
      const page = await deliveries.parkedDomains(this.#cursor, PAGE);
      for (const { domain, dueIn } of page) {
        this.#cursor = domain;
        found += this.#countReady(domain, dueIn, limit - found);
        if (found >= limit) return found;
      }
      if (page.length === PAGE) continue;
      this.#cursor = '';
      laps--;
    }
    return found;
  }

  /** Claims up to `limit` mails of the domains that `find` has found. */
  async claim(limit: number): Promise<PacedMail[]> {
    const { deliveries, turns, worker, intervalFor, settingFor } = this.#deps;
    const wanted = new Map<string, number>();
    let rest = limit;
    for (const [domain, most] of this.#ready) {
      if (rest === 0) break;
      wanted.set(domain, Math.min(most, rest));
      rest -= Math.min(most, rest);
    }
    if (wanted.size === 0) return [];
    const probes = await this.#takeProbes(wanted);
    const asked: TurnsAsked[] = [];
    for (const [name, count] of wanted) {
      if (intervalFor(name) > 0) asked.push({ name, wanted: count, gap: settingFor(name) });
    }
    const taken = await turns.take(asked);
    const mails = await deliveries.claimParked(
      worker,
      [...wanted]
        .map(([domain, count]) => ({
          domain,
          limit: taken.get(domain)?.length ?? count,
          probe: probes.has(domain),
        }))
        .filter((want) => want.limit > 0),
    );
    const paced = mails.map((mail) => {
      const domain = toMailDomain(mail.email);
      const turn = taken.get(domain)?.shift() ?? 0;
      return { mail, turn, probe: probes.get(domain) ?? null };
    });
    for (const [domain, unused] of taken) turns.putBack(domain, unused);
    if (mails.length > 0) this.#againAt = 0;
    else
      for (const name of taken.keys()) this.#againAt = Math.min(this.#againAt, turns.opensAt(name));
    return paced;
  }

  /** Takes the probes of held domains; whose probe another has taken gets nothing. */
  async #takeProbes(wanted: Map<string, number>): Promise<Map<string, string>> {
    const { router } = this.#deps;
    const probes = new Map<string, string>();
    for (const domain of wanted.keys()) {
      if (!router.isBlocked(domain)) continue;
      const route = await router.takeProbe(domain);
      if (route === null) wanted.delete(domain);
      else probes.set(domain, route);
    }
    return probes;
  }

  #countReady(domain: string, dueIn: number | null, limit: number): number {
    const { turns, clock, intervalFor, router } = this.#deps;
    if (dueIn === null) return 0;
    const gap = intervalFor(domain);
    let opensAt = Math.max(gap === 0 ? 0 : turns.opensAt(domain), clock.steady() + dueIn);
    const blocked = router.isBlocked(domain);
    if (blocked) {
      const probeAt = router.probeAt(domain);
      // Routes open without a word to us: look again soon.
      opensAt = probeAt === null ? clock.steady() + EMPTY_FOR : Math.max(opensAt, probeAt);
    } else if (router.isFull(domain)) opensAt = clock.steady() + FULL_FOR;
    if (opensAt > clock.steady()) {
      this.#againAt = Math.min(this.#againAt, opensAt);
      return 0;
    }
    const paced = gap === 0 ? limit : Math.min(limit, Math.floor(HORIZON / gap) + 1);
    const most = blocked ? Math.min(1, limit) : paced;
    this.#ready.set(domain, most);
    return most;
  }
}
