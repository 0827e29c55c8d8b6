import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { MailCounts } from '../delivery/rates/mail-counts.js';
import type { KeepDays, Retention, Walk } from '../delivery/retention.js';
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

interface Step {
  name: string;
  forget(): Promise<number>;
  /** Of those that are walked through, by which it is known whether there are more. */
  walk?: Walk;
}

/**
 * Forgets what the settings say is kept long enough. What it does not get done until `signal` aborts
 * is left to the next time.
 */
export async function forgetOld(deps: ForgettingDeps, signal: AbortSignal): Promise<void> {
  const { logger } = deps;
  const forgotten: Record<string, number> = {};
  const isCounted = await deps.mailCounts.isComplete();
  for (const { name, forget, walk } of toSteps(deps)) {
    // Their numbers stay. After an upgrade, older ones are still being counted.
    if (name === 'deliveries' && !isCounted) continue;
    for (let hasMore = true; hasMore && !signal.aborted; ) {
      const some = await forget();
      hasMore = walk ? !walk.isOver : some > 0;
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
  const [left, mails] = [ago(keep.left), ago(keep.deliveries)];
  return [
    walked('pending', (walk) => retention.forgetPending(linkEnded, READERS, walk)),
    walked('left', (walk) => retention.forgetLeft(left, READERS, walk)),
    { name: 'suppressed', forget: () => retention.forgetSuppressed(left, ROWS) },
    { name: 'ips', forget: () => retention.forgetIps(ago(keep.ips), ROWS) },
    { name: 'notices', forget: () => retention.forgetNotices(mails, ROWS) },
    { name: 'deliveries', forget: () => retention.forgetDeliveries(mails, ROWS) },
    { name: 'reports', forget: () => retention.forgetReports(mails, ROWS) },
  ];
}

function walked(name: string, forget: (walk: Walk) => Promise<number>): Step {
  const walk: Walk = { after: 0, isOver: false };
  return { name, walk, forget: () => forget(walk) };
}
