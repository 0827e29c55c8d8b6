import { readSesSubType } from '../../mail/reports/ses-bounces.js';
import type { BounceKind } from './event-kind.js';

/** What Amazon SES, and who sends through it, calls a bounce. */
export function toSesBounce(type: string, subType: string): BounceKind {
  const said = readSesSubType(subType);
  if (said !== null) return said;
  if (type === 'Permanent') return 'permanent';
  return type === 'Transient' ? 'temporary' : 'unknown';
}
