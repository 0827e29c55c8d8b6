import type { Registry } from 'prom-client';
import { COUNTED_EVENTS } from '../delivery/rates/mail-counts.js';
import {
  type MailWindows,
  RATE_LIMITS,
  RATED_EVENTS,
  toRates,
  type WindowCounts,
} from '../delivery/rates/rates.js';
import { makers } from './metric-makers.js';

/** A name for each domain would be too many for Prometheus on a very bad day. */
const MOST_GROUPS = 100;

/** What came back of mails, by group of domains, and the alarms that go on. */
export function rateMetrics(registry: Registry) {
  const { gauge } = makers(registry);
  const labels = ['group', 'mails', 'event', 'window'];
  const events = gauge(
    'paperboy_mail_events',
    'Mails accepted, and readers of whom they came back, by the day of acceptance',
    labels,
  );
  const rate = gauge('paperboy_mail_rate', 'Readers by accepted mails', labels);
  const limit = gauge('paperboy_mail_rate_limit', 'From which rate on it is near, or over', [
    'event',
    'level',
  ]);
  const alarm = gauge('paperboy_alarm', 'Whether an alarm goes on', ['code']);
  for (const event of RATED_EVENTS) {
    for (const level of ['near', 'over'] as const) {
      limit.set({ event, level }, RATE_LIMITS[event][level]);
    }
  }
  return {
    show({ windows, isComplete }: MailWindows, alarms: readonly string[]): void {
      for (const one of [events, rate, alarm]) one.reset();
      const shown = chooseGroups(windows);
      for (const { group, mails, window, events: counts } of shown) {
        for (const event of COUNTED_EVENTS) {
          if (event === 'accepted' && !isComplete) continue;
          events.set({ group, mails, event, window }, counts[event]);
        }
      }
      for (const { group, mails, event, window, accepted, rate: value } of toRates({
        windows: shown,
        isComplete,
      })) {
        if (accepted > 0) rate.set({ group, mails, event, window }, value);
      }
      for (const code of alarms) alarm.set({ code }, 1);
    },
  };
}

/** Those with the most mails of the week. */
function chooseGroups(windows: readonly WindowCounts[]): WindowCounts[] {
  const sizes = new Map<string, number>();
  for (const { group, window, events } of windows) {
    if (window === 'week') sizes.set(group, (sizes.get(group) ?? 0) + events.accepted);
  }
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, MOST_GROUPS);
  const chosen = new Set(largest.map(([group]) => group));
  return windows.filter(({ group }) => chosen.has(group));
}
