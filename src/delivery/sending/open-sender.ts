import { Resolver } from 'node:dns/promises';
import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Random } from '../../base/random.js';
import type { Timing } from '../../base/timing.js';
import { DomainCheck, type DomainResolver } from '../../mail/domain-check.js';
import { toEhloName } from '../../mail/host-names.js';
import { readRefusal } from '../../mail/replies/meaning.js';
import type { ReturnPaths } from '../../mail/return-path.js';
import { smtpServer } from '../../mail/smtp/smtp.js';
import type { SubscriberStore } from '../../subscribers/subscriber-store.js';
import {
  type SuppressAfterRefusalDeps,
  suppressAfterRefusal,
} from '../../subscribers/suppress-after-refusal.js';
import { REFUSING } from '../../subscribers/suppression.js';
import type { Composer } from '../compose.js';
import type { Deliveries, Notices } from '../ledger.js';
import type { MailCounts } from '../rates/mail-counts.js';
import type { NoticeBudgets } from '../throttle/notice-budget.js';
import type { RateLimits } from '../throttle/rate-limits.js';
import type { ThrottleStore } from '../throttle/throttle-store.js';
import type { Holds } from './holds.js';
import { inboxRoute, type Route, type Routing, routeAllOver } from './routes.js';
import { Sender, type SenderRoute } from './sender.js';

/** What the settings say of sending. */
export interface SenderSettings {
  readonly publicUrl: string;
  /** None: mail goes to the embedded inbox. */
  readonly routes: readonly Route[];
  readonly routing: Routing;
  readonly smtpConnections: number;
  readonly rateLimits: RateLimits;
  /** Whether domains are looked up before their first notices. */
  readonly checkMx: boolean;
}

/** What a sender writes to. */
export interface SenderStore {
  notices: Notices;
  throttleStore: ThrottleStore;
  mailCounts: Pick<MailCounts, 'add'>;
  noticeBudgets: NoticeBudgets;
  holds: Holds;
  subscribers: Pick<SubscriberStore, 'findRefusing'>;
  atomically<T>(
    work: (stores: Pick<SuppressAfterRefusalDeps, 'subscribers'>) => Promise<T>,
  ): Promise<T>;
}

/** The resolvers of this machine, by the DNS alone: names of its own files are no domains for mail. */
function openResolver(): DomainResolver {
  return new Resolver({ timeout: 1_500, tries: 1 });
}

export interface OpenSenderDeps {
  store: SenderStore;
  /** What is sent beside the notices. */
  deliveries: Deliveries;
  composer: Composer;
  returnPaths: ReturnPaths;
  /** The sender's name in the ledger, its own among all that ever lived. */
  worker: string;
  clock: Clock;
  random: Random;
  logger: Logger;
  timing: Timing;
}

/** The routes of the settings with their servers, or that to the embedded inbox. */
export function toSenderRoutes(
  settings: Pick<SenderSettings, 'publicUrl' | 'routes' | 'routing' | 'smtpConnections'>,
): { routes: SenderRoute[]; routing: Routing } {
  const helo = toEhloName(settings.publicUrl);
  const hasRoutes = settings.routes.length > 0;
  const routes = hasRoutes ? settings.routes : [inboxRoute(settings.smtpConnections)];
  return {
    routes: routes.map((route) => ({ ...route, server: smtpServer(route.smtp, helo) })),
    routing: hasRoutes ? settings.routing : routeAllOver(routes.map(({ name }) => name)),
  };
}

/** Makes a sender over the routes of the settings. */
export function openSender(settings: SenderSettings, deps: OpenSenderDeps): Sender {
  const { store, clock, ...rest } = deps;
  // What goes to the embedded inbox leaves this machine by no domain.
  const looksUp = settings.checkMx && settings.routes.length > 0;
  const check = looksUp ? new DomainCheck({ openResolver, clock }) : null;
  return new Sender({
    ...rest,
    clock,
    notices: store.notices,
    throttleStore: store.throttleStore,
    mailCounts: store.mailCounts,
    noticeBudgets: store.noticeBudgets,
    holds: store.holds,
    limits: settings.rateLimits,
    ...toSenderRoutes(settings),
    suppress: (refusal) =>
      store.atomically(({ subscribers }) =>
        suppressAfterRefusal({ subscribers, readRefusal, clock }, refusal),
      ),
    findRefusing: (emails) => store.subscribers.findRefusing(emails, REFUSING),
    findDomainFault: check === null ? undefined : (domain) => check.findFault(domain),
  });
}
