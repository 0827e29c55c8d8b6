import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toErrorCode } from '../base/errors.js';
import { InvalidValue } from './setting.js';
import { parseDomain } from './setting-parsers.js';

/** RFC 8301 §3.2: verifiers do not take less, and signers shall not use less than 2048. */
const FEWEST_BITS = 1_024;
export const USUAL_BITS = 2_048;
/** Verifiers need not take more. */
const MOST_BITS = 4_096;

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
