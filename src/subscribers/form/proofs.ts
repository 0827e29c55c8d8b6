import { createHash, createHmac } from 'node:crypto';
import {
  type Challenge,
  createChallenge,
  randomInt,
  type Solution,
  verifySolution,
} from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';

/** A proof of work: a browser has tried keys one after the other until it found the one that is meant. */
export interface Proofs {
  /** A challenge for one request, for our own script. */
  challenge(now: number): Promise<Challenge>;
  /** @returns what makes a genuine proof unique; `null` for anything else */
  read(text: string, now: number): Promise<{ id: string; expiresAt: number } | null>;
}

const ALGORITHM = 'PBKDF2/SHA-256';
/**
 * One try is `COST` rounds, and a proof takes so many tries. Measured in Chromium: see ADR 0028. More
 * tries of less cost would be spent on calling the browser, fewer would let luck decide.
 */
const COST = 1_000;
const [FEWEST_TRIES, MOST_TRIES] = [1_500, 2_500];
/** How long a proof may be used, once, after its challenge was made. */
const LASTS = 60 * 60_000;
/** A proof is some 700 letters long. */
const LONGEST = 4_096;

/**
 * @param operatorSecrets newest first: challenges are made by the first, and answers to those of all
 *   are read. Their keys here are used for nothing else.
 */
export function createProofs(operatorSecrets: readonly string[]): Proofs {
  const [newest, ...older] = operatorSecrets.map(toSecrets);
  if (newest === undefined) throw new Error('Proofs need a secret.');
  return {
    challenge: (now) =>
      createChallenge({
        ...{ algorithm: ALGORITHM, cost: COST, deriveKey, ...newest },
        counter: randomInt(MOST_TRIES, FEWEST_TRIES),
        // The library's own expiry goes by the clock of the machine.
        data: { until: now + LASTS },
      }),
    read: async (text, now) => {
      const proof = parseProof(text);
      const until = proof?.challenge.parameters.data?.['until'];
      if (!proof || typeof until !== 'number' || until <= now) return null;
      let isGenuine = false;
      for (const secrets of [newest, ...older]) {
        isGenuine ||= (await verifySolution({ ...proof, deriveKey, ...secrets })).verified;
      }
      if (!isGenuine) return null;
      const { signature = '' } = proof.challenge;
      const id = createHash('sha256').update(signature).digest('base64url').slice(0, 22);
      return { id, expiresAt: until };
    },
  };
}

function toSecrets(secret: string) {
  const toKey = (use: string) =>
    createHmac('sha256', secret).update(`paperboy proof of work ${use} v1`).digest('hex');
  return { hmacSignatureSecret: toKey('challenge'), hmacKeySignatureSecret: toKey('key') };
}

/** What our script sends: JSON in Base64. Whatever comes, the library checks what it signed. */
function parseProof(text: string): { challenge: Challenge; solution: Solution } | null {
  if (text === '' || text.length > LONGEST) return null;
  try {
    const proof = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    // Without the signature of its key, checking a proof would be work for us.
    const isWhole =
      typeof proof?.challenge?.signature === 'string' &&
      typeof proof.challenge.parameters?.keySignature === 'string' &&
      typeof proof.solution === 'object';
    return isWhole ? proof : null;
  } catch {
    return null;
  }
}
