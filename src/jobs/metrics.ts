import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../base/clock.js';
import { toErrorMessage } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import {
  type Backlog,
  OPEN_STATES,
  type StatusStore,
  type StoreStatus,
} from '../delivery/backlog.js';
import type { MailWindows } from '../delivery/rates/rates.js';
import { TROUBLE_CODES } from '../delivery/sending/circuit-breaker.js';
import {
  LIMITERS,
  MAIL_KINDS,
  OUTCOMES,
  type SenderStatus,
} from '../delivery/sending/sender-status.js';
import { toRate } from '../delivery/throttle/rate-limits.js';
import { DOMAIN_FAULTS } from '../mail/domain-check.js';
import type { SourceState } from '../sources/source-states.js';
import { NOTICE_LIMITS } from '../subscribers/notice-limits.js';
import { NOTICE_CAUSES } from '../subscribers/subscribe.js';
import { makers } from './metric-makers.js';
import { rateMetrics } from './rate-metrics.js';

export interface MetricsDeps {
  status: StatusStore;
  /** How the sources are that are set up. */
  sources(): Promise<SourceState[]>;
  /** What came of the mails of late, by group of domains. */
  windows(): Promise<MailWindows>;
  /** The codes of the alarms that go on. */
  alarms(): Promise<string[]>;
  /** How this process's sender is, `null` while there is none. */
  sender: () => SenderStatus | null;
  clock: Clock;
  logger: Logger;
}

/** How long what was read from the store is shown, however often somebody asks. */
const KEEP = 5_000;
/** And so many times as long as reading it took: it must stay a small part of the store's work. */
const KEEP_TIMES = 50;
/** A name for each domain would be too many for Prometheus on a very bad day. */
const MOST_DOMAINS = 100;

/** The metrics for Prometheus, in a registry of their own. */
export class Metrics {
  readonly #deps: MetricsDeps;
  readonly #registry = new Registry();
  readonly #sender = senderMetrics(this.#registry);
  readonly #store = storeMetrics(this.#registry);
  readonly #sources = sourceMetrics(this.#registry);
  readonly #rates = rateMetrics(this.#registry);
  #reading: Promise<Read | null> | undefined;
  #keepUntil = 0;

  constructor(deps: MetricsDeps) {
    this.#deps = deps;
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as they are now, in Prometheus's text format. */
  async render(): Promise<string> {
    const read = await this.#storeStatus();
    this.#store.show(read?.status ?? null);
    this.#sources.show(read?.sources ?? []);
    this.#rates.show(read?.windows ?? NOTHING_KNOWN, read?.alarms ?? []);
    const sender = this.#deps.sender();
    if (sender) this.#sender.show(sender);
    return this.#registry.metrics();
  }

  /** `null` when the store does not answer: what the sender does is worth telling all the same. */
  #storeStatus(): Promise<Read | null> {
    const { clock } = this.#deps;
    if (this.#reading && clock.steady() < this.#keepUntil) return this.#reading;
    this.#keepUntil = Number.POSITIVE_INFINITY;
    this.#reading = this.#read();
    return this.#reading;
  }

  async #read(): Promise<Read | null> {
    const { status, sources, windows, alarms, clock, logger } = this.#deps;
    const began = clock.steady();
    try {
      return {
        ...{ status: await status.status(), sources: await sources() },
        ...{ windows: await windows(), alarms: await alarms() },
      };
    } catch (error) {
      logger.warn(
        { event: 'metrics_failed', reason: toErrorMessage(error) },
        'the store did not answer for the metrics',
      );
      return null;
    } finally {
      const now = clock.steady();
      this.#keepUntil = now + Math.max(KEEP, (now - began) * KEEP_TIMES);
    }
  }
}

const NOTHING_KNOWN: MailWindows = { windows: [], isComplete: false };

/** What is read from the store at once. */
interface Read {
  status: StoreStatus;
  sources: SourceState[];
  windows: MailWindows;
  alarms: string[];
}

function sourceMetrics(registry: Registry) {
  const { gauge } = makers(registry);
  const up = gauge('paperboy_source_up', 'Whether a source answered when it was last asked', [
    'source',
  ]);
  const answered = gauge(
    'paperboy_source_answered_timestamp_seconds',
    'When a source last answered, in Unix time',
    ['source'],
  );
  return {
    show(states: readonly SourceState[]): void {
      up.reset();
      answered.reset();
      for (const { source, answeredAt, failures } of states) {
        if (answeredAt !== null) answered.set({ source }, answeredAt / 1_000);
        if (answeredAt !== null || failures > 0) up.set({ source }, failures === 0 ? 1 : 0);
      }
    },
  };
}

function senderMetrics(registry: Registry) {
  const { gauge, counter } = makers(registry);
  const mails = counter('paperboy_mails_total', 'Attempts by how they ended, since the start', [
    'kind',
    'outcome',
  ]);
  const undeliverable = counter(
    'paperboy_mails_undeliverable_total',
    'Notices that were not sent, since no mail can reach their domains',
    ['why'],
  );
  const waits = counter('paperboy_throttle_waits_total', 'How often a limit kept mails waiting', [
    'limit',
  ]);
  const connections = gauge('paperboy_smtp_connections', 'Connections open to the SMTP server');
  const allowed = gauge(
    'paperboy_smtp_connections_allowed',
    'Connections that the SMTP server of a route allows, as far as is known',
    ['route'],
  );
  const waiting = gauge('paperboy_mails_claimed_ahead', 'Mails that the sender holds, not begun');
  const paused = gauge(
    'paperboy_sending_paused',
    'Whether the SMTP server keeps all mails waiting',
    ['code'],
  );
  const capped = gauge('paperboy_daily_cap_reached', 'Whether the daily cap keeps digests waiting');
  const budget = gauge('paperboy_notice_budget_reached', 'Whether notices wait for their budget');
  return {
    show(status: SenderStatus): void {
      mails.reset();
      for (const kind of MAIL_KINDS) {
        for (const outcome of OUTCOMES) mails.inc({ kind, outcome }, status.mails[kind][outcome]);
      }
      undeliverable.reset();
      for (const why of DOMAIN_FAULTS) undeliverable.inc({ why }, status.undeliverable[why]);
      waits.reset();
      for (const limit of LIMITERS) waits.inc({ limit }, status.throttling.waits[limit]);
      connections.set(status.connections);
      waiting.set(status.waiting);
      for (const code of TROUBLE_CODES) {
        paused.set({ code }, status.trouble?.code === code ? 1 : 0);
      }
      allowed.reset();
      for (const { name, allowed: number } of status.relays) allowed.set({ route: name }, number);
      capped.set(status.throttling.capReached ? 1 : 0);
      budget.set(status.throttling.noticesWait ? 1 : 0);
    },
  };
}

function storeMetrics(registry: Registry) {
  const { gauge } = makers(registry);
  const up = gauge('paperboy_store_up', 'Whether the store answers');
  const backlogs = {
    deliveries: backlogGauges(registry, 'deliveries'),
    notices: backlogGauges(registry, 'notices'),
  };
  const setAside = gauge('paperboy_deliveries_set_aside', 'Deliveries that wait for their domains');
  const oldest = gauge('paperboy_oldest_due_seconds', 'Since when the oldest open delivery is due');
  const throttled = gauge(
    'paperboy_throttled_domain_rate',
    'Mails a second to a throttled domain, or over a throttled route, which begins with *',
    ['domain'],
  );
  const held = gauge(
    'paperboy_sending_held',
    'Holds of a route, or of a domain on it, until something is mended',
    ['route', 'code'],
  );
  const throttledCount = gauge('paperboy_throttled_domains', 'Domains that are throttled');
  const suggestions = gauge('paperboy_suggestions_pending', 'Suggested papers to decide on');
  const reports = gauge('paperboy_reports_day', 'What came back of mails within 24 hours', [
    'kind',
    'action',
  ]);
  const showNotices = noticeMetrics(registry);
  const all = [setAside, oldest, throttledCount, suggestions];
  return {
    show(status: StoreStatus | null): void {
      up.set(status ? 1 : 0);
      // Old figures would look like new ones.
      for (const one of all) one.remove();
      backlogs.deliveries(status?.deliveries);
      backlogs.notices(status?.notices);
      showNotices(status);
      throttled.reset();
      held.reset();
      reports.reset();
      if (!status) return;
      setAside.set(status.setAside);
      oldest.set(status.oldestDue / 1_000);
      throttledCount.set(status.throttles.length);
      for (const { route, code } of status.holds) held.inc({ route, code });
      suggestions.set(status.suggestions);
      for (const { kind, action, count } of status.reports) reports.set({ kind, action }, count);
      for (const { scope, interval } of slowest(status.throttles)) {
        throttled.set({ domain: scope }, toRate(interval));
      }
    },
  };
}

function noticeMetrics(registry: Registry) {
  const { gauge, counter } = makers(registry);
  const waiting = gauge('paperboy_notices_waiting', 'Notices that could go but for their budget', [
    'cause',
  ]);
  const oldest = gauge('paperboy_oldest_notice_seconds', 'Since when the oldest of them is due');
  const withheld = counter(
    'paperboy_notices_withheld_total',
    'Notices that were asked for and not queued, by the limit that withheld them',
    ['limit'],
  );
  return (status: StoreStatus | null): void => {
    waiting.reset();
    withheld.reset();
    oldest.remove();
    if (!status) return;
    oldest.set(status.oldestNotice / 1_000);
    for (const cause of NOTICE_CAUSES) waiting.set({ cause }, status.waitingNotices[cause]);
    for (const limit of NOTICE_LIMITS) withheld.inc({ limit }, status.withheldNotices[limit]);
  };
}

function slowest(throttles: StoreStatus['throttles']): StoreStatus['throttles'] {
  return [...throttles].sort((a, b) => b.interval - a.interval).slice(0, MOST_DOMAINS);
}

function backlogGauges(registry: Registry, what: 'deliveries' | 'notices') {
  const { gauge } = makers(registry);
  const open = gauge(`paperboy_${what}_open`, `${what} that have not come to their end`, ['state']);
  const due = gauge(`paperboy_${what}_due`, `${what} that could go now or are under way`, [
    'state',
  ]);
  return (backlog: Backlog | undefined): void => {
    open.reset();
    due.reset();
    if (!backlog) return;
    for (const state of OPEN_STATES) {
      open.set({ state }, backlog.open[state]);
      due.set({ state }, backlog.due[state]);
    }
  };
}
