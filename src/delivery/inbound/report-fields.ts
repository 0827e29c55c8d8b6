import { toCleanLine } from '../../mail/replies/reply.js';
import type { Report } from '../../mail/reports/report.js';
import { addressKey, parseAddress } from '../../subscribers/address.js';
import { toMailDomain } from '../throttle/rate-limits.js';

const LONGEST_REPLY = 500;

/** The words that are kept of a report; what it is, where it has none. */
export function toReply({
  reply,
  status,
  kind,
}: Pick<Report, 'reply' | 'status' | 'kind'>): string {
  const words = toCleanLine(reply) || [status, kind].filter(Boolean).join(' ');
  return words.length > LONGEST_REPLY ? `${words.slice(0, LONGEST_REPLY - 1)}…` : words;
}

/** Whether a recipient that somebody wrote is this address. */
export function isAbout(recipient: string | null, email: string | null): boolean {
  if (recipient === null || email === null) return false;
  return toKey(recipient) === toKey(email);
}

/** The domain of a recipient that somebody wrote; `null` if it is none. */
export function toDomain(recipient: string | null): string | null {
  try {
    return recipient === null ? null : toMailDomain(parseAddress(recipient));
  } catch {
    return null;
  }
}

function toKey(address: string): string {
  try {
    return addressKey(parseAddress(address));
  } catch {
    return addressKey(address.trim());
  }
}
