import { createHmac } from 'node:crypto';
import type { Random } from '../base/random.js';

/** Where the key and its fingerprint are kept. */
export interface KeyStore {
  get(name: string): Promise<string | null>;
  /** The value of `name`; if there is none yet, `value` becomes it, once for all processes. */
  getOrSet(name: string, value: string): Promise<string>;
  set(name: string, value: string): Promise<void>;
}

export interface SecretKey {
  readonly secret: string;
  /** Whether mails went out whose links another key has signed. */
  readonly isAnother: boolean;
}

const FINGERPRINT = 'secret_key_fingerprint';
const BYTES = 9;

/**
 * The key that signs links, and whether it is the one that the store has known. A key is easily
 * another by accident: Node and systemd read the `#` in a line of one file in different ways.
 * @param configured that the operator has set; `null`: one is made once and kept in the store
 */
export async function loadSecretKey(
  store: KeyStore,
  configured: string | null,
  random: Random,
): Promise<SecretKey> {
  const make = () => store.getOrSet('secret_key', random.bytes(32).toString('base64url'));
  const secret = configured ?? (await store.get('secret_key')) ?? (await make());
  const own = toFingerprint(secret);
  // Read first: whoever only reads must not wait for those who write.
  const known = (await store.get(FINGERPRINT)) ?? (await store.getOrSet(FINGERPRINT, own));
  return { secret, isAnother: known !== own };
}

/** From now on this is the key of the store. */
export function acceptSecretKey(store: KeyStore, { secret }: SecretKey): Promise<void> {
  return store.set(FINGERPRINT, toFingerprint(secret));
}

/** Nobody finds the key by it. */
function toFingerprint(secret: string): string {
  const mac = createHmac('sha256', secret).update('paperboy fingerprint v1').digest();
  return mac.subarray(0, BYTES).toString('base64url');
}

/** What to tell of a key that is another; without a full stop. */
export const ANOTHER_KEY =
  'SECRET_KEY is not the one that this store has known: links in mails that were sent no longer work, ' +
  'and readers can not leave by them. Set the former key again (a # or a quote in it may be read in ' +
  'another way than before), or say "paperboy doctor --accept-key" if this one is to stay';
