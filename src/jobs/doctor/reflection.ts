import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a request to ourselves looked like when it arrived. */
export interface Reflection {
  version: string;
  /** Who connected. */
  peer: string | null;
  /** Whom we take for the one who asks. */
  client: string | null;
  /** `X-Forwarded-For` as it arrived. */
  forwardedFor: string | null;
}

/** Below `PUBLIC_URL`; a token follows. */
export const REFLECTION_PATH = '/reflection';

const MINUTE = 60_000;
const LASTS = 5 * MINUTE;
const MAC_BYTES = 18;

/** Only who has the secret can ask, and learns by the answer that the other has it too. */
export function buildReflectionToken(secret: string, now: number): string {
  const minutes = Math.floor((now + LASTS) / MINUTE).toString(36);
  return `${minutes}.${toMac(secret, minutes).toString('base64url')}`;
}

/** Whether a token is genuine and its time is not over. */
export function isReflectionToken(secret: string, token: string, now: number): boolean {
  const [, minutes = '', mac = ''] = /^([a-z0-9]{1,9})\.([\w-]{24})$/.exec(token) ?? [];
  const given = Buffer.from(mac, 'base64url');
  if (given.length !== MAC_BYTES || !timingSafeEqual(given, toMac(secret, minutes))) return false;
  const until = Number.parseInt(minutes, 36) * MINUTE;
  return now <= until + MINUTE && until <= now + 2 * LASTS;
}

function toMac(secret: string, minutes: string): Buffer {
  const mac = createHmac('sha256', secret).update(`paperboy reflection v1 ${minutes}`).digest();
  return mac.subarray(0, MAC_BYTES);
}
