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
  /** The newest key, which makes links and Message-IDs. */
  readonly secret: string;
  /** All keys whose links work, newest first. */
  readonly secrets: readonly string[];
  /** Whether mails went out whose links no key of these has signed. */
  readonly isAnother: boolean;
}

const FINGERPRINT = 'secret_key_fingerprint';
const BYTES = 9;

/**
 * The keys that sign links, and whether the one that the store has known is among them. A key is
 * easily another by accident: Node and systemd read the `#` in a line of one file in different ways.
 * A key that was put in front of the known one becomes the known one.
 * @param configured what the operator has set, newest first; `null`: a key is made once and kept in
 *   the store
 */
export async function loadSecretKey(
  store: KeyStore,
  configured: readonly string[] | null,
  random: Random,
): Promise<SecretKey> {
  const make = () => store.getOrSet('secret_key', random.bytes(32).toString('base64url'));
  const set = configured ?? [(await store.get('secret_key')) ?? (await make())];
  const [secret = '', ...older] = set;
  const secrets = [secret, ...older];
  const own = toFingerprint(secret);
  // Read first: whoever only reads must not wait for those who write.
  const known = (await store.get(FINGERPRINT)) ?? (await store.getOrSet(FINGERPRINT, own));
  const isAnother = !secrets.some((one) => toFingerprint(one) === known);
  // The write says the same whoever makes it, and a process with the former list changes nothing.
  if (!isAnother && known !== own) await store.set(FINGERPRINT, own);
  return { secret, secrets, isAnother };
}

/** From now on this is the key of the store. */
export function acceptSecretKey(store: KeyStore, { secret }: SecretKey): Promise<void> {
  return store.set(FINGERPRINT, toFingerprint(secret));
}

/** Nobody finds the key by it. */
export function toFingerprint(secret: string): string {
  const mac = createHmac('sha256', secret).update('paperboy fingerprint v1').digest();
  return mac.subarray(0, BYTES).toString('base64url');
}

/** What tells the few keys of a store from each other, as short as a ledger of millions wants it. */
export function toKeyMark(secret: string): string {
  return toFingerprint(secret).slice(0, 3);
}

/**
 * What the first key makes of something that one of them has signed, newest first.
 * @param open `null` where this key has not signed it
 */
export function readWithAny<T>(
  secrets: readonly string[],
  open: (secret: string) => T | null,
): T | null {
  for (const secret of secrets) {
    const opened = open(secret);
    if (opened !== null) return opened;
  }
  return null;
}

/** What to tell of a key that is another; without a full stop. */
export const ANOTHER_KEY =
  'SECRET_KEY is not the one that this store has known: links in mails that were sent no longer work, ' +
  'and readers can not leave by them. Set the former key again (a # or a quote in it may be read in ' +
  'another way than before), behind the new one and a comma if that is to stay, or say ' +
  '"paperboy doctor --accept-key" if the former one is lost';
