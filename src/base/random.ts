import { randomBytes } from 'node:crypto';

/** Randomness as the rest of the program sees it: passed in, so that tests can fix it. */
export interface Random {
  /** `size` bytes fit for secrets. */
  bytes(size: number): Buffer;
  /** A number in [0, 1), for jitter; not fit for secrets. */
  fraction(): number;
}

export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  fraction: () => Math.random(),
};
