import type { Clock } from '../../base/clock.js';
import type { Day } from '../../base/day.js';
import { toErrorMessage } from '../../base/errors.js';
import type { LeaseList } from '../../base/leases.js';
import type { AlarmStore } from '../../delivery/alarms/alarms.js';
import type { StatusStore } from '../../delivery/backlog.js';
import type { MailWindows } from '../../delivery/rates/rates.js';
import type { Hold } from '../../delivery/sending/holds.js';
import type { Route } from '../../delivery/sending/routes.js';
import { formatHold } from '../../delivery/sending/sender-status.js';
import type { RateLimits } from '../../delivery/throttle/rate-limits.js';
import type { ThrottleStore } from '../../delivery/throttle/throttle-store.js';
import { toEhloName } from '../../mail/host-names.js';
import { hideAddresses } from '../../mail/replies/secrets.js';
import type { Source } from '../../sources/source.js';
import {
  countOfStrangers,
  type NoticeCounts,
  type NoticeLimits,
} from '../../subscribers/notice-limits.js';
import { ANOTHER_KEY } from '../../subscribers/secret-key.js';
import type { Site } from '../../views/site.js';
import type { DoorSettings } from '../inbound/doors.js';
import { INBOX_URL } from '../inbox.js';
import type { PickSettings } from '../pick-times.js';
import type { DnsResolver } from './dns-lookups.js';
import { examineClock } from './examine-clock.js';
import { examineDkim } from './examine-dkim.js';
import { examineDoors } from './examine-doors.js';
import { examineFiles } from './examine-files.js';
import { examineNotices } from './examine-notices.js';
import { examinePick } from './examine-pick.js';
import type { TrustProxy } from './examine-proxies.js';
import { examineAlarms, examineRates } from './examine-rates.js';
import { examineWarmup } from './examine-warmup.js';
import type { Finding } from './finding.js';
import type { MailSettings } from './mail-setup.js';
import type { WebLook } from './web-look.js';

export type { Finding } from './finding.js';

/** What the settings say of what is examined. */
export interface DoctorSettings extends MailSettings, PickSettings {
  /** What works but should not stay as it is. */
  readonly warnings: readonly string[];
  /** None: mail goes to the embedded inbox. */
  readonly routes: readonly Route[];
  readonly rateLimits: RateLimits;
  readonly inboundDoors: Pick<DoorSettings, 'smtpPort' | 'lmtpPort'>;
  readonly production: boolean;
  /** Who is told of alarms. */
  readonly operators: readonly string[];
  readonly trustProxy: TrustProxy;
  readonly site: Site;
  /** The sources that are read. */
  readonly sources: readonly string[];
}

/** What it takes to look at oneself as others do. */
export interface OutsideDeps {
  openResolver(): DnsResolver;
  /** This machine's addresses. */
  interfaces: readonly string[];
  secret: string;
}

interface DoctorDeps {
  store: {
    ping(): Promise<void>;
    throttleStore: Pick<ThrottleStore, 'look' | 'slowedDays'>;
    alarmStore: Pick<AlarmStore, 'open'>;
    status: StatusStore;
    leases: LeaseList;
    noticeCounts: Pick<NoticeCounts, 'look'>;
  };
  noticeLimits(): Promise<NoticeLimits>;
  /** What came of the mails of late, by group of domains. */
  windows: MailWindows;
  sources: readonly Source[];
  today: Day;
  /** What stands in the envelope of a mail, to which it comes back. */
  sender: string;
  /** Whether the store has known another SECRET_KEY. */
  isAnotherKey: boolean;
  /** Of a store on SQLite. */
  storeFile: string | null;
  /** Where the time is asked. */
  timeServers: readonly URL[];
  look: WebLook;
  clock: Pick<Clock, 'now' | 'sleep'>;
  /** `null`: the DNS and the pages are not looked at. */
  outside: OutsideDeps | null;
}

/**
 * Looks at everything that the service needs: settings, store, relays, holds and sources.
 * @throws PaperboyError when the store does not answer
 */
export async function examineAll(settings: DoctorSettings, deps: DoctorDeps): Promise<Finding[]> {
  const { store, sources, today, isAnotherKey, storeFile, clock, timeServers } = deps;
  await store.ping();
  const { holds } = await store.throttleStore.look();
  const limits = await deps.noticeLimits();
  // Meanwhile relays and sources are asked.
  const outside = deps.outside === null ? null : await openOutside(settings, deps, deps.outside);
  const seen = outside?.examine() ?? [];
  return [
    // Without them the program would not have come so far.
    { subject: 'settings', ok: true, told: 'in order' },
    { subject: 'site', ok: true, told: formatSite(settings.site) },
    ...examineWarnings(settings),
    ...(isAnotherKey ? [{ subject: 'settings', ok: false, told: ANOTHER_KEY }] : []),
    ...examineDkim(settings.dkim),
    { subject: 'store', ok: true, told: 'answers' },
    ...examineFiles(storeFile),
    ...(await examineRoutes(settings, deps.sender, clock.now())),
    ...(await examineWarmup(settings.rateLimits, store.throttleStore, today)),
    ...examineHolds(holds, settings.routes),
    ...(await examineDoors(settings.inboundDoors, store.leases)),
    ...examineRates(deps.windows, holds),
    ...examineAlarms(await store.alarmStore.open(), settings),
    ...examineNotices(
      await store.status.status(),
      await countOfStrangers({ ...store, limits, clock }),
    ),
    ...(await examineSources(sources, today)),
    ...examinePick(settings, clock.now()),
    ...(await examineClock(timeServers, deps)),
    ...(await seen),
  ];
}

/** How readers see the site: its name, and the shades of its colour. */
function formatSite({ name, accent }: Site): string {
  return `"${name}"; links are ${accent.light} on light ground, ${accent.dark} on dark`;
}

/** Milliseconds that a server in our own network gets for one step. */
const BESIDE_TIMEOUT = 3_000;

/** What mailboxes and readers see; relays are connected to before, for others count connections. */
async function openOutside(
  settings: DoctorSettings,
  { look, clock }: DoctorDeps,
  { openResolver, interfaces, secret }: OutsideDeps,
): Promise<{ examine(): Promise<Finding[]> }> {
  const { examineDns } = await import('./examine-dns.js');
  const { examinePublicUrl, openAddressFinder } = await import('./examine-public-url.js');
  const { isBesideUs, toMailSetup } = await import('./mail-setup.js');
  const { askServerName } = await import('./relay-probe.js');
  const { publicUrl, trustProxy, routes } = settings;
  const asking = { heloName: toEhloName(publicUrl), stepTimeout: BESIDE_TIMEOUT };
  const beside = routes.filter(({ smtp }) => isBesideUs(smtp.host));
  const ownNames = await Promise.all(
    beside.map(async ({ name, smtp }) => [name, await askServerName(smtp, asking)] as const),
  );
  const setup = toMailSetup(settings, interfaces, new Map(ownNames));
  const findAddresses = openAddressFinder({ openResolver, clock });
  return {
    examine: async () => {
      const findings = await Promise.all([
        examineDns(setup, { resolver: openResolver(), clock }),
        examinePublicUrl(publicUrl, { look, clock, secret, trustProxy, findAddresses }),
      ]);
      return findings.flat();
    },
  };
}

function examineWarnings({ warnings }: DoctorSettings): Finding[] {
  return warnings.map((warning) => ({
    ...{ subject: 'settings', ok: true, warns: true },
    told: warning.replace(/\.$/, ''),
  }));
}

async function examineRoutes(
  { routes, publicUrl }: DoctorSettings,
  sender: string,
  now: number,
): Promise<Finding[]> {
  if (routes.length === 0) {
    const told = `no SMTP_URL is set: mail goes to the embedded inbox, ${INBOX_URL}`;
    return [{ subject: 'relay inbox', ok: true, told }];
  }
  const { examineRelays } = await import('./examine-relay.js');
  return examineRelays(routes, { sender, heloName: toEhloName(publicUrl), now });
}

/** What keeps mails waiting until something is mended. */
function examineHolds(all: readonly Hold[], routes: readonly Route[]): Finding[] {
  const holds = all.filter(({ route }) => routes.some(({ name }) => name === route));
  return holds.map((hold) => {
    const since = new Date(hold.since).toISOString();
    const next = new Date(hold.nextAt).toISOString();
    const told = `${formatHold(hold)} It said: ${hideAddresses(hold.reply)}; since ${since}, asked again by itself next at ${next}`;
    // A domain may be in trouble without anybody here being able to mend it.
    const isDomains = hold.domain !== '';
    return { subject: `relay ${hold.route}`, ok: isDomains, warns: isDomains, told };
  });
}

/** Asks each source for its newest papers, side by side, and stores nothing. */
function examineSources(sources: readonly Source[], today: Day): Promise<Finding[]> {
  return Promise.all(
    sources.map(async (source) => ({
      subject: `source ${source.name}`,
      ...(await examine(source, today)),
    })),
  );
}

async function examine(source: Source, today: Day): Promise<Omit<Finding, 'subject'>> {
  try {
    const day = await source.newestDay(today);
    const { papers, dropped, failure } = await source.listDay(day ?? today);
    if (failure !== undefined) return { ok: false, told: failure };
    if (day === null) return { ok: true, told: 'answers, and has no papers of late' };
    const broken = dropped.length > 0 ? `, ${dropped.length} more can't be read` : '';
    return { ok: true, told: `${papers.length} on ${day}, its newest day${broken}` };
  } catch (error) {
    return { ok: false, told: toErrorMessage(error) };
  }
}
