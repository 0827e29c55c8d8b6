import type { StoreStatus } from '../../delivery/backlog.js';
import type { Finding } from './finding.js';

type NoticeStatus = Pick<StoreStatus, 'waitingNotices' | 'oldestNotice' | 'withheldNotices'>;

const HOUR = 3_600_000;
const subject = 'notices';

/**
 * What keeps confirmations and other notices from going, and how many were not queued at all.
 * @param strangers how many they asked for in 24 hours, and how many they may
 */
export function examineNotices(
  status: NoticeStatus,
  strangers: { used: number; max: number },
): Finding[] {
  const { import: imported, ...others } = status.waitingNotices;
  const waiting = Object.values(others).reduce((sum, count) => sum + count, 0);
  const findings: Finding[] = [];
  if (waiting > 0 && status.oldestNotice > HOUR) {
    const told = `${waiting} wait, the oldest for ${Math.floor(status.oldestNotice / HOUR)} hours: more was asked for than NOTICES_PER_HOUR and NOTICES_SHARE let out, or nothing sends`;
    findings.push({ subject, ok: true, warns: true, told });
  }
  if (strangers.used >= strangers.max) {
    const told = `nobody new gets a confirmation: ${strangers.max} were asked for within 24 hours, as many as NOTICES_PER_HOUR, NOTICES_SHARE and the caps allow`;
    findings.push({ subject, ok: true, warns: true, told });
  }
  if (imported > 0) {
    const told = `${imported} confirmations of imports wait for their turn`;
    findings.push({ subject, ok: true, told });
  }
  const withheld = Object.entries(status.withheldNotices).filter(([, count]) => count > 0);
  if (withheld.length > 0) {
    const list = withheld.map(([limit, count]) => `${limit} ${count}`).join(', ');
    const told = `so many requests were over a limit and got no mail: ${list}`;
    findings.push({ subject, ok: true, told });
  }
  return findings;
}
