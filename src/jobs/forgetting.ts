import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { MailCounts } from '../delivery/rates/mail-counts.js';
import type { KeepDays, Retention } from '../delivery/retention.js';
import { CONFIRM_HOURS } from '../subscribers/subscribe.js';

export interface ForgettingDeps {
  retention: Retention;
  mailCounts: Pick<MailCounts, 'isComplete'>;
  keep: KeepDays;
  clock: Clock;
  logger: Logger;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Rows that are changed at once: others who write must not wait for long. */
const ROWS = 1_000;
/** With whom hundreds of deliveries may go. */
const READERS = 20;

type Step = [name: string, forget: () => Promise<number>];

/**
 * Forgets what the settings say is kept long enough. What it does not get done until `signal` aborts
 * is left to the next time.
 */
export async function forgetOld(deps: ForgettingDeps, signal: AbortSignal): Promise<void> {
  const { logger } = deps;
  const forgotten: Record<string, number> = {};
  const isCounted = await deps.mailCounts.isComplete();
  for (const [name, forget] of toSteps(deps)) {
    // Their numbers stay. After an upgrade, older ones are still being counted.
    if (name === 'deliveries' && !isCounted) continue;
    for (let some = -1; some !== 0 && !signal.aborted; ) {
      some = await forget();
      // Others of this thread have their turn: on SQLite nothing above gives them one.
      await setImmediate();
      if (some > 0) forgotten[name] = (forgotten[name] ?? 0) + some;
    }
  }
  if (Object.keys(forgotten).length === 0) return;
  logger.info({ event: 'data_forgotten', ...forgotten }, 'data was kept long enough');
}

function toSteps({ retention, keep, clock }: ForgettingDeps): Step[] {
  const now = clock.now();
  const ago = (days: number) => now - days * DAY;
  const linkEnded = ago(keep.pending) - CONFIRM_HOURS * HOUR;
  return [
    ['pending', () => retention.forgetPending(linkEnded, READERS)],
    ['left', () => retention.forgetLeft(ago(keep.left), READERS)],
    ['suppressed', () => retention.forgetSuppressed(ago(keep.left), ROWS)],
    ['ips', () => retention.forgetIps(ago(keep.ips), ROWS)],
    ['notices', () => retention.forgetNotices(ago(keep.deliveries), ROWS)],
    ['deliveries', () => retention.forgetDeliveries(ago(keep.deliveries), ROWS)],
    ['reports', () => retention.forgetReports(ago(keep.deliveries), ROWS)],
  ];
}
