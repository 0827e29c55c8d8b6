import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a key names: a delivery, a notice, or a subscriber who asks to leave by mail. */
export type ReturnKind = 'd' | 'n' | 'u';

export interface ReturnKey {
  kind: ReturnKind;
  id: number;
}

/** 80 bits, 16 letters of base32 (RFC 4648 §6). */
const MAC_BYTES = 10;
const MAC_LETTERS = 16;
/**
 * Letters of the MAC that have to be there. Whoever guesses needs a mail for each try, and each key
 * that is found moves one delivery: 50 bits are out of reach for them.
 */
const LEAST_LETTERS = 10;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Letters of the longest key: the kind, how long the id is, the id, the MAC. */
export const LONGEST_KEY = 2 + Number.MAX_SAFE_INTEGER.toString(36).length + MAC_LETTERS;

/** The length of the id stands before it, so that a key can lose letters at its end. */
const KEY = /^([dnu])([1-9a-b])([0-9a-z]{1,40})$/;

/**
 * Codes that stand in the envelope of a mail and come back with what is reported of it: small letters
 * and digits only, since servers change the case of a local part. The MAC has a purpose of its own:
 * whoever gets a forwarded mail sees its Message-ID and the tokens in it.
 */
export class ReturnKeys {
  readonly #secrets: readonly (readonly [returnPath: Buffer, unsubscribe: Buffer])[];

  /** @param secrets newest first: it makes keys, and all of them read keys */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.map((secret) => [
      derive(secret, 'paperboy return path v1'),
      derive(secret, 'paperboy unsubscribe address v1'),
    ]);
  }

  build(key: ReturnKey): string {
    const [mac = ''] = this.#macs(key);
    const id = key.id.toString(36);
    return `${key.kind}${id.length.toString(36)}${id}${mac}`;
  }

  /** What a key names that may have lost letters at its end; `null` for a forged one. */
  read(text: string): ReturnKey | null {
    const [, kind, length = '', rest = ''] = KEY.exec(text.toLowerCase()) ?? [];
    if (kind !== 'd' && kind !== 'n' && kind !== 'u') return null;
    const digits = rest.slice(0, Number.parseInt(length, 36));
    const id = Number.parseInt(digits, 36);
    const mac = rest.slice(digits.length);
    if (mac.length < LEAST_LETTERS || !Number.isSafeInteger(id) || id.toString(36) !== digits) {
      return null;
    }
    const key = { kind, id } as const;
    return this.#macs(key).some((one) => isBeginning(mac, one)) ? key : null;
  }

  #macs({ kind, id }: ReturnKey): string[] {
    return this.#secrets.map(([returnPath, unsubscribe]) => {
      const secret = kind === 'u' ? unsubscribe : returnPath;
      return toBase32(createHmac('sha256', secret).update(`${kind}${id}`).digest());
    });
  }
}

function derive(secret: string, purpose: string): Buffer {
  return createHmac('sha256', secret).update(purpose).digest();
}

function isBeginning(part: string, whole: string): boolean {
  const beginning = whole.slice(0, part.length);
  return (
    beginning.length === part.length && timingSafeEqual(Buffer.from(part), Buffer.from(beginning))
  );
}

function toBase32(bytes: Buffer): string {
  let bits = 0n;
  for (const byte of bytes.subarray(0, MAC_BYTES)) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: MAC_LETTERS }, (_, n) => {
    return BASE32[Number((bits >> BigInt(5 * (MAC_LETTERS - 1 - n))) & 31n)];
  }).join('');
}
