import type { Clock } from '../../base/clock.js';
import type { ClaimedDelivery } from '../delivery.js';
import type { Deliveries } from '../ledger.js';
import type { Router } from '../sending/router.js';
import { LOOKAHEAD } from './gcra.js';
import { type SlotRequest, toMailDomain } from './rate-limits.js';
import type { SlotCache } from './slot-cache.js';

/** A claimed delivery, and from when on it may go, in milliseconds by the steady clock. */
export interface ThrottledMail {
  mail: ClaimedDelivery;
  slot: number;
  /** The route whose hold of the domain it is to find out about. */
  probe: string | null;
}

export interface SetAsideClaimsDeps {
  router: Router;
  deliveries: Deliveries;
  slots: SlotCache;
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

/** Claims from the queue of set aside mails, domain after domain, so that each gets what it takes. */
export class SetAsideClaims {
  readonly #deps: SetAsideClaimsDeps;
  /** Domains from which mails may be claimed now, and how many of each. */
  readonly #ready = new Map<string, number>();
  /** The domain that was looked at last: the next claim begins behind it. */
  #cursor = '';
  #againAt = 0;
  /** Whether any mail is set aside, as far as is known. */
  any = false;

  constructor(deps: SetAsideClaimsDeps) {
    this.#deps = deps;
  }

  /** When it is of use to claim again, by the steady clock. */
  get againAt(): number {
    return this.any ? this.#againAt : Number.POSITIVE_INFINITY;
  }

  async look(): Promise<void> {
    this.any = (await this.#deps.deliveries.setAsideDomains('', 1)).length > 0;
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
      const page = await deliveries.setAsideDomains(this.#cursor, PAGE);
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
  async claim(limit: number): Promise<ThrottledMail[]> {
    const { deliveries, slots, worker, intervalFor, settingFor } = this.#deps;
    const wanted = new Map<string, number>();
    let rest = limit;
    for (const [domain, most] of this.#ready) {
      if (rest === 0) break;
      wanted.set(domain, Math.min(most, rest));
      rest -= Math.min(most, rest);
    }
    if (wanted.size === 0) return [];
    const probes = await this.#takeProbes(wanted);
    const asked: SlotRequest[] = [];
    for (const [name, count] of wanted) {
      if (intervalFor(name) > 0) asked.push({ name, wanted: count, interval: settingFor(name) });
    }
    const taken = await slots.take(asked);
    const mails = await deliveries.claimSetAside(
      worker,
      [...wanted]
        .map(([domain, count]) => ({
          domain,
          limit: taken.get(domain)?.length ?? count,
          probe: probes.has(domain),
        }))
        .filter((want) => want.limit > 0),
    );
    const spaced = mails.map((mail) => {
      const domain = toMailDomain(mail.email);
      const slot = taken.get(domain)?.shift() ?? 0;
      return { mail, slot, probe: probes.get(domain) ?? null };
    });
    for (const [domain, unused] of taken) slots.putBack(domain, unused);
    if (mails.length > 0) this.#againAt = 0;
    else
      for (const name of taken.keys()) this.#againAt = Math.min(this.#againAt, slots.opensAt(name));
    return spaced;
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
    const { slots, clock, intervalFor, router } = this.#deps;
    if (dueIn === null) return 0;
    const interval = intervalFor(domain);
    let opensAt = Math.max(interval === 0 ? 0 : slots.opensAt(domain), clock.steady() + dueIn);
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
    const allowed = interval === 0 ? limit : Math.min(limit, Math.floor(LOOKAHEAD / interval) + 1);
    const most = blocked ? Math.min(1, limit) : allowed;
    this.#ready.set(domain, most);
    return most;
  }
}
