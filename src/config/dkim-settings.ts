import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toErrorCode } from '../base/errors.js';
import type { DkimKey } from '../mail/dkim.js';
import { toDomain } from '../mail/host-names.js';
import type { ReadSettings } from './read-settings.js';
import { InvalidValue } from './setting.js';
import { parseDomain } from './setting-parsers.js';

const KEYS = ['dkimDomain', 'dkimSelector', 'dkimKey'] as const;
/** RFC 8301 §3.2: verifiers do not take less, and signers shall not use less than 2048. */
const FEWEST_BITS = 1_024;
const USUAL_BITS = 2_048;
/** Verifiers need not take more. */
const MOST_BITS = 4_096;

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

/** It stands in the signature as it is (RFC 6376 §3.5, `d=`), so nothing may end it. */
export function parseDkimDomain(text: string): string {
  const domain = parseDomain(text);
  if (domain !== null) return domain;
  throw new InvalidValue('a domain, like example.org');
}

/** RFC 6376 §3.1: labels with dots between. */
export function parseSelector(text: string): string {
  if (
    text.length <= 63 &&
    /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*$/i.test(text)
  )
    return text;
  throw new InvalidValue('a name of letters, digits, hyphens and dots, like s1');
}

/** @returns the key in PEM */
export function readKeyFile(file: string): string {
  const pem = readText(file);
  const { asymmetricKeyType: type, asymmetricKeyDetails } = parseKey(pem);
  if (type !== 'rsa')
    throw new InvalidValue(`an RSA private key in PEM (it is of the type ${type})`);
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits >= FEWEST_BITS && bits <= MOST_BITS) return pem;
  throw new InvalidValue(
    `an RSA private key of ${USUAL_BITS} bits (it has ${bits}; mailboxes refuse less than ${FEWEST_BITS} and more than ${MOST_BITS})`,
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(toErrorCode(error) ?? 'it can not be read');
  }
}

function parseKey(pem: string): KeyObject {
  if (/PUBLIC KEY-----|BEGIN CERTIFICATE/.test(pem) && !pem.includes('PRIVATE KEY')) {
    throw unreadable('it holds the public one');
  }
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const isLocked = toErrorCode(error) === 'ERR_MISSING_PASSPHRASE' || pem.includes('ENCRYPTED');
    throw unreadable(isLocked ? 'it has a passphrase' : 'not a key');
  }
}

function unreadable(why: string): InvalidValue {
  return new InvalidValue(`a readable RSA private key in PEM (${why})`);
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

/**
 * The domain that somebody registered, as far as it shows: two labels, three below what looks like
 * `co.uk`. In doubt two names count as one organisation's, so that nobody is warned for nothing.
 */
function toOrganisation(domain: string): string {
  const labels = domain.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  return labels.slice(second.length <= 3 && top.length === 2 ? -3 : -2).join('.');
}
