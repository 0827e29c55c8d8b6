import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

/** A token that has an address in it, for whoever may be no subscriber. */
export interface AddressTokens {
  seal(email: string): string;
  /** The address; `null` for anything that was not sealed here for this purpose. */
  open(token: string): string | null;
}

/** Also the first block of the counter. */
const MAC_BYTES = 16;
/** The longest address (RFC 5321 §4.5.3.1.3) with what is around it. */
const MAX_TOKEN = 400;

/**
 * Seals addresses: nobody who sees the link, in a log or a history, reads the address in it. The MAC of
 * the address is what its encryption begins with, as in SIV (RFC 5297), so the same address always has
 * the same token: a mail that is sent again keeps its octets.
 */
export function createAddressTokens(secret: string, purpose: string): AddressTokens {
  const derive = (use: string) =>
    createHmac('sha256', secret).update(`paperboy ${purpose} ${use} v1`).digest();
  const [macKey, cipherKey] = [derive('mac'), derive('cipher')];
  const toMac = (text: Buffer) =>
    createHmac('sha256', macKey).update(text).digest().subarray(0, MAC_BYTES);

  return {
    seal(email) {
      const text = pad(Buffer.from(email));
      const mac = toMac(text);
      const cipher = createCipheriv('aes-256-ctr', cipherKey, mac);
      return Buffer.concat([mac, cipher.update(text), cipher.final()]).toString('base64url');
    },
    open(token) {
      if (token.length > MAX_TOKEN || !/^[A-Za-z0-9_-]+$/.test(token)) return null;
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.toString('base64url') !== token || bytes.length <= MAC_BYTES) return null;
      const mac = bytes.subarray(0, MAC_BYTES);
      const decipher = createDecipheriv('aes-256-ctr', cipherKey, mac);
      const text = Buffer.concat([decipher.update(bytes.subarray(MAC_BYTES)), decipher.final()]);
      return timingSafeEqual(mac, toMac(text)) ? text.toString().replace(/\0$/, '') : null;
    },
  };
}

/** So that the token ends in a letter or digit; mail programs take others for the end of a sentence. */
function pad(text: Buffer): Buffer {
  return (text.length + MAC_BYTES) % 3 === 0 ? Buffer.concat([text, Buffer.of(0)]) : text;
}
