import type { Deliveries, Notices } from '../ledger.js';
import type { QueuedMail, QueuedMailFactory } from './queued-mail.js';
import type { Relay } from './relay.js';
import type { Router } from './router.js';

export interface ProbeFinderDeps {
  notices: Pick<Notices, 'claim'>;
  deliveries: Pick<Deliveries, 'claim' | 'setAsideDomains' | 'claimSetAside'>;
  factory: QueuedMailFactory;
  router: Router;
  worker: string;
}

/** Due mails, and domains with set-aside mails, among which a probe is chosen. */
const MOST_CANDIDATES = 100;

/** Finds the mail that tests whether a hold of a route is over. */
export class ProbeFinder {
  readonly #deps: ProbeFinderDeps;

  constructor(deps: ProbeFinderDeps) {
    this.#deps = deps;
  }

  /**
   * Claims due mails and chooses one: if possible to another domain than those that caused the hold.
   * @param waiting mails that are claimed already
   * @param isUnderWay whether the mail of a key is being sent
   * @returns the probe, if there is one, and all other claimed mails, which are to be released
   */
  async find(
    relay: Relay,
    waiting: readonly QueuedMail[],
    isUnderWay: (key: string) => boolean,
  ): Promise<{ probe: QueuedMail | undefined; others: QueuedMail[] }> {
    const { notices, deliveries, factory, router, worker } = this.#deps;
    const claimed = [
      ...waiting,
      ...(await notices.claim(worker, MOST_CANDIDATES)).map((mail) => factory.fromNotice(mail)),
      ...(await deliveries.claim(worker, MOST_CANDIDATES)).map((mail) =>
        factory.fromDelivery(mail, 0),
      ),
    ];
    const candidates = claimed.filter(
      (mail) => !isUnderWay(mail.key) && router.mayProbe(mail, relay),
    );
    const { blamed } = relay.holds;
    const probe =
      candidates.find(({ domain }) => !blamed.has(domain)) ??
      candidates.find(({ key }) => !blamed.has(key)) ??
      candidates[0] ??
      (await this.#claimSetAside(relay));
    return { probe, others: claimed.filter((mail) => mail !== probe) };
  }

  async #claimSetAside(relay: Relay): Promise<QueuedMail | undefined> {
    const { deliveries, factory, router, worker } = this.#deps;
    for (const { domain } of await deliveries.setAsideDomains('', MOST_CANDIDATES)) {
      if (relay.holds.isHeld(domain) || router.isPaused(domain)) continue;
      const [mail] = await deliveries.claimSetAside(worker, [{ domain, limit: 1, probe: true }]);
      if (mail) return factory.fromDelivery(mail, 0);
    }
    return undefined;
  }
}
