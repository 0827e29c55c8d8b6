import type { Clock } from '../../base/clock.js';
import type { ClaimedDelivery } from '../delivery.js';
import type { Deliveries } from '../ledger.js';
import type { Router } from '../sending/router.js';
import { LOOKAHEAD } from './gcra.js';
import { toMailDomain } from './rate-limits.js';
import type { SlotCache } from './slot-cache.js';
import type { SlotRequest } from './throttle-store.js';

/** A claimed delivery and its slot. */
export interface ThrottledMail {
  mail: ClaimedDelivery;
  /** From when on it may go, in milliseconds of the steady clock. */
  slot: number;
  /** If it is the probe of a held domain: the route whose hold it tests. */
  probe: string | null;
}

export interface SetAsideClaimsDeps {
  router: Router;
  deliveries: Deliveries;
  slots: SlotCache;
  worker: string;
  clock: Clock;
  /** Microseconds between two mails to a domain now; 0 for no limit. */
  intervalFor: (domain: string) => number;
  /** The same by the settings alone. */
  settingFor: (domain: string) => number;
}

/** Domains that are read in one query, and most queries for one claim. */
const PAGE = 50;
const MAX_PAGES = 20;
/** Milliseconds before domains with nothing due are looked at again. */
const EMPTY_FOR = 1_000;
/** Milliseconds that a domain waits while enough mails are claimed for its route. */
const FULL_FOR = 200;

/** Claims set-aside mails, domain after domain, so that each domain gets what it takes. */
export class SetAsideClaims {
  readonly #deps: SetAsideClaimsDeps;
  /** Domains from which mails may be claimed now, and how many of each. */
  readonly #ready = new Map<string, number>();
  /** The domain that was read last. The next claim begins after it. */
  #cursor = '';
  #againAt = 0;
  /** Whether any mail is set aside, as far as is known. */
  any = false;

  constructor(deps: SetAsideClaimsDeps) {
    this.#deps = deps;
  }

  /** When another claim may find something, by the steady clock. */
  get againAt(): number {
    return this.any ? this.#againAt : Number.POSITIVE_INFINITY;
  }

  /** Reads whether any mail is set aside. */
  async refresh(): Promise<void> {
    this.any = (await this.#deps.deliveries.setAsideDomains('', 1)).length > 0;
  }

  /** Finds domains with mails that may go now. @returns how many mails that is, at most `limit` */
  async findReady(limit: number): Promise<number> {
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

  /** Claims up to `limit` mails of the domains that `findReady` has found. */
  async claim(limit: number): Promise<ThrottledMail[]> {
    const { deliveries, slots, worker, intervalFor, settingFor } = this.#deps;
    const wanted = this.#chooseDomains(limit);
    if (wanted.size === 0) return [];
    const probes = await this.#takeProbes(wanted);
    const requests: SlotRequest[] = [];
    for (const [name, count] of wanted) {
      if (intervalFor(name) > 0) requests.push({ name, wanted: count, interval: settingFor(name) });
    }
    const taken = await slots.take(requests);
    const claims = [...wanted].map(([domain, count]) => ({
      domain,
      limit: taken.get(domain)?.length ?? count,
      probe: probes.has(domain),
    }));
    const mails = await deliveries.claimSetAside(
      worker,
      claims.filter((claim) => claim.limit > 0),
    );
    const throttled = mails.map((mail) => {
      const domain = toMailDomain(mail.email);
      const slot = taken.get(domain)?.shift() ?? 0;
      return { mail, slot, probe: probes.get(domain) ?? null };
    });
    for (const [domain, unused] of taken) slots.putBack(domain, unused);
    if (mails.length > 0) this.#againAt = 0;
    else
      for (const name of taken.keys()) this.#againAt = Math.min(this.#againAt, slots.opensAt(name));
    return throttled;
  }

  /** The domains to claim from, and how many mails of each. */
  #chooseDomains(limit: number): Map<string, number> {
    const wanted = new Map<string, number>();
    let left = limit;
    for (const [domain, most] of this.#ready) {
      if (left === 0) break;
      wanted.set(domain, Math.min(most, left));
      left -= Math.min(most, left);
    }
    return wanted;
  }

  /** Takes the probes of held domains. A domain whose probe another sender has taken gets nothing. */
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
      // Nothing announces that a route opens again, so it is looked at again soon.
      opensAt = probeAt === null ? clock.steady() + EMPTY_FOR : Math.max(opensAt, probeAt);
    } else if (router.isFull(domain)) opensAt = clock.steady() + FULL_FOR;
    if (opensAt > clock.steady()) {
      this.#againAt = Math.min(this.#againAt, opensAt);
      return 0;
    }
    const bySlots = interval === 0 ? limit : Math.min(limit, Math.floor(LOOKAHEAD / interval) + 1);
    const most = blocked ? Math.min(1, limit) : bySlots;
    this.#ready.set(domain, most);
    return most;
  }
}
