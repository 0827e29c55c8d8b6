import type { Clock } from '../../base/clock.js';
import { type Finding, good, warning } from './finding.js';
import type { WebLook } from './web-look.js';

/** Mailboxes mark down mail from the future, and links and tokens end by the clock. */
const MOST_OFF = 2 * 60_000;

/**
 * Compares this machine's clock with that of the first server that says the time. Says nothing where
 * none does: what keeps it from answering is told elsewhere.
 */
export async function examineClock(
  servers: readonly URL[],
  { look, clock }: { look: WebLook; clock: Pick<Clock, 'now'> },
): Promise<Finding[]> {
  for (const server of servers) {
    const before = clock.now();
    const answer = await look(new URL('/', server)).catch(() => null);
    if (answer?.date == null) continue;
    // The date has no fractions.
    return [tellDifference(server.host, (before + clock.now()) / 2 - (answer.date + 500))];
  }
  return [];
}

/** @param ahead milliseconds by which this machine is ahead */
function tellDifference(host: string, ahead: number): Finding {
  const subject = 'clock';
  const off = Math.abs(ahead);
  if (off <= MOST_OFF) return good(subject, `agrees with that of ${host}`);
  const minutes = Math.round(off / 60_000);
  const by = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  const told = `this machine is ${by} ${ahead > 0 ? 'ahead of' : 'behind'} ${host}: mails get a wrong date, and go at wrong hours`;
  return warning(subject, told, { remedy: 'switch NTP on, mostly "timedatectl set-ntp true"' });
}
