import { createPrivateKey } from 'node:crypto';
import type { DkimKey } from '../mail/dkim.js';
import { toDomain, toOrganisation } from '../mail/host-names.js';
import { USUAL_BITS } from './parse-dkim.js';
import type { ReadSettings } from './read-settings.js';

const KEYS = ['dkimDomain', 'dkimSelector', 'dkimKey'] as const;

/** All three settings or none. */
export function buildDkim(settings: ReadSettings): DkimKey | null {
  const { dkimDomain, dkimSelector, dkimKey } = settings.values;
  const given = KEYS.filter((key) => settings.isSet(key)).length;
  if (given > 0 && given < KEYS.length) {
    settings.addFault(
      'dkimDomain',
      'DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY_FILE go together; some are missing.',
    );
  }
  if (dkimDomain === null || dkimSelector === null || dkimKey === null) return null;
  return { domain: dkimDomain, selector: dkimSelector, privateKey: dkimKey };
}

/** What of the signing works but should be changed. */
export function findDkimWarnings(dkim: DkimKey | null, mailFrom: string): string[] {
  if (dkim === null) return [];
  const warnings: string[] = [];
  const sender = toDomain(mailFrom).toLowerCase();
  // RFC 9989, DMARC: a signature counts for the sender only below the same organisation's domain.
  if (toOrganisation(dkim.domain) !== toOrganisation(sender)) {
    warnings.push(
      `DKIM_DOMAIN is ${dkim.domain}, but MAIL_FROM is at ${sender}: mailboxes take the signature for somebody else's (DMARC). Sign for the domain of MAIL_FROM.`,
    );
  }
  const bits = createPrivateKey(dkim.privateKey).asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < USUAL_BITS) {
    warnings.push(
      `The key in DKIM_KEY_FILE has ${bits} bits; make one of ${USUAL_BITS} (RFC 8301).`,
    );
  }
  return warnings;
}
