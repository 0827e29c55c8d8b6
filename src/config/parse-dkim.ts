import { createPrivateKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { toErrorCode } from '../base/errors.js';
import { InvalidValue } from './setting.js';
import { parseDomain } from './setting-parsers.js';

/** RFC 8301 §3.2: verifiers do not take less, and signers shall not use less than 2048. */
const FEWEST_BITS = 1_024;
export const USUAL_BITS = 2_048;
/** Verifiers need not take more. */
const MOST_BITS = 4_096;
/** One of each kind, and while they are changed the next ones beside them. */
const MOST_KEYS = 4;

/** It stands in the signature as it is (RFC 6376 §3.5, `d=`), so nothing may end it. */
export function parseDkimDomain(text: string): string {
  const domain = parseDomain(text);
  if (domain !== null) return domain;
  throw new InvalidValue('a domain, like example.org');
}

/** One for each key, in the order of the keys. */
export function parseSelectors(text: string): string[] {
  const selectors = splitList(text);
  if (selectors.length === 0 || !selectors.every(isSelector)) {
    throw new InvalidValue(
      'a name of letters, digits, hyphens and dots, like s1, or one for each key, like s1 e1',
    );
  }
  const names = new Set(selectors.map((selector) => selector.toLowerCase()));
  // RFC 6376 §3.6.2.2: a selector has one record.
  if (names.size === selectors.length) return selectors;
  throw new InvalidValue('another name for each key, like s1 e1');
}

/** RFC 6376 §3.1: labels with dots between. */
function isSelector(text: string): boolean {
  return (
    text.length <= 63 &&
    /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*$/i.test(text)
  );
}

/** @returns the keys in PEM, in the order of the files */
export function readKeyFiles(text: string): string[] {
  // A path may hold spaces, so one that is there counts as one.
  const files = existsSync(text) ? [text] : splitList(text);
  if (files.length === 0 || files.length > MOST_KEYS) {
    throw new InvalidValue(`the file of a private key, or of ${MOST_KEYS} keys at most`);
  }
  return files.map((file) => readKeyFile(file, files.length > 1 ? ` in ${file}` : ''));
}

function splitList(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** @param place where it is, if there are several */
function readKeyFile(file: string, place: string): string {
  const pem = readText(file, place);
  const { asymmetricKeyType: type, asymmetricKeyDetails } = parseKey(pem, place);
  if (type === 'ed25519') return pem;
  if (type !== 'rsa') {
    throw new InvalidValue(
      `an RSA private key in PEM, or one of Ed25519 (it is of the type ${type}${place})`,
    );
  }
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits >= FEWEST_BITS && bits <= MOST_BITS) return pem;
  throw new InvalidValue(
    `an RSA private key of ${USUAL_BITS} bits (it has ${bits}${place}; mailboxes refuse less than ${FEWEST_BITS} and more than ${MOST_BITS})`,
  );
}

function readText(file: string, place: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(`${toErrorCode(error) ?? 'it can not be read'}${place}`);
  }
}

function parseKey(pem: string, place: string): KeyObject {
  if (/PUBLIC KEY-----|BEGIN CERTIFICATE/.test(pem) && !pem.includes('PRIVATE KEY')) {
    throw unreadable(`it holds the public one${place}`);
  }
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const isLocked = toErrorCode(error) === 'ERR_MISSING_PASSPHRASE' || pem.includes('ENCRYPTED');
    throw unreadable(`${isLocked ? 'it has a passphrase' : 'not a key'}${place}`);
  }
}

function unreadable(why: string): InvalidValue {
  return new InvalidValue(`a readable RSA private key in PEM, or one of Ed25519 (${why})`);
}
