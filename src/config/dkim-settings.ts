import { createPrivateKey } from 'node:crypto';
import type { DkimIdentity } from '../mail/dkim.js';
import { toDomain, toOrganisation } from '../mail/host-names.js';
import { USUAL_BITS } from './parse-dkim.js';
import type { ReadSettings } from './read-settings.js';

const KEYS = ['dkimDomain', 'dkimSelectors', 'dkimKeys'] as const;

/** All three settings or none, and as many selectors as keys. */
export function buildDkim(settings: ReadSettings): DkimIdentity | null {
  const { dkimDomain, dkimSelectors, dkimKeys } = settings.values;
  const given = KEYS.filter((key) => settings.isSet(key)).length;
  if (given > 0 && given < KEYS.length) {
    settings.addFault(
      'dkimDomain',
      'DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY_FILE go together; some are missing.',
    );
  }
  if (dkimDomain === null || dkimSelectors === null || dkimKeys === null) return null;
  if (dkimSelectors.length !== dkimKeys.length) {
    const [selectors, keys] = [count(dkimSelectors, 'selector'), count(dkimKeys, 'key')];
    settings.addFault(
      'dkimSelectors',
      `DKIM_SELECTOR has ${selectors}, but DKIM_KEY_FILE has ${keys}: each key needs a selector of its own, in the same order.`,
    );
  }
  const keys = dkimKeys.flatMap((privateKey, index) => {
    const selector = dkimSelectors[index];
    return selector === undefined ? [] : [{ selector, privateKey }];
  });
  return { domain: dkimDomain, keys };
}

function count(list: readonly string[], noun: string): string {
  return `${list.length} ${noun}${list.length === 1 ? '' : 's'}`;
}

/** What of the signing works but should be changed. */
export function findDkimWarnings(dkim: DkimIdentity | null, mailFrom: string): string[] {
  if (dkim === null) return [];
  const warnings: string[] = [];
  const sender = toDomain(mailFrom).toLowerCase();
  // RFC 9989, DMARC: a signature counts for the sender only below the same organisation's domain.
  if (toOrganisation(dkim.domain) !== toOrganisation(sender)) {
    warnings.push(
      `DKIM_DOMAIN is ${dkim.domain}, but MAIL_FROM is at ${sender}: mailboxes take the signature for somebody else's (DMARC). Sign for the domain of MAIL_FROM.`,
    );
  }
  const keys = dkim.keys.map(({ selector, privateKey }) => ({
    ...{ selector, key: createPrivateKey(privateKey) },
  }));
  for (const { selector, key } of keys) {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? USUAL_BITS;
    if (bits >= USUAL_BITS) continue;
    const which = keys.length > 1 ? ` for ${selector}` : '';
    warnings.push(
      `The key in DKIM_KEY_FILE${which} has ${bits} bits; make one of ${USUAL_BITS} (RFC 8301).`,
    );
  }
  if (keys.every(({ key }) => key.asymmetricKeyType === 'ed25519')) {
    warnings.push(
      'DKIM_KEY_FILE has no RSA key: many mailboxes can not read Ed25519 yet and take the mail for not signed (RFC 8463). Set an RSA key beside it.',
    );
  }
  return warnings;
}
