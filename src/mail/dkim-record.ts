import { createPublicKey, type KeyObject } from 'node:crypto';
import type { DkimKey } from './dkim.js';

/** The DNS record that a key needs, so that others can verify its signatures. */
export interface DkimRecord {
  /** `s1._domainkey.example.org` */
  name: string;
  /** The value of the TXT record, undivided. */
  text: string;
  /** `RSA of 2048 bits`, `Ed25519` */
  kind: string;
}

/** RFC 1035 §3.3: octets of one string of a TXT record. */
const LONGEST_STRING = 255;

/** RFC 6376 §3.6.1, RFC 8463 §4. */
export function buildDkimRecord(domain: string, { selector, privateKey }: DkimKey): DkimRecord {
  const key = createPublicKey(privateKey);
  const isRsa = key.asymmetricKeyType === 'rsa';
  const algorithm = isRsa ? 'rsa' : 'ed25519';
  return {
    name: `${selector}._domainkey.${domain}`,
    text: `v=DKIM1; k=${algorithm}; p=${isRsa ? toSpki(key) : toRawKey(key)}`,
    kind: isRsa ? `RSA of ${key.asymmetricKeyDetails?.modulusLength ?? 0} bits` : 'Ed25519',
  };
}

/** As zone files and most forms of providers take it: strings of at most 255 octets. */
export function formatTxt(text: string): string {
  const strings = text.match(new RegExp(`.{1,${LONGEST_STRING}}`, 'g')) ?? [''];
  return strings.map((string) => `"${string}"`).join(' ');
}

function toSpki(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** RFC 8463 §4.2: the 32 octets of the key alone. */
function toRawKey(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
}
