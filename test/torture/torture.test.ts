import { describe, expect, test } from 'vitest';
import { HURRIED, tempDir } from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import type { StorePlace } from './scene.js';
import { torture } from './torture.js';

const server = await sharedPostgres();
const places: StorePlace[] = [
  { kind: 'sqlite' },
  ...(server === null ? [] : [{ kind: 'postgres', server } as const]),
];

// The short form of `npm run torture`, with shorter leases.
describe.concurrent('senders that are killed in the midst', () => {
  test.each(places)(
    'lose no mail on $kind, and repeat only what was under way',
    async (place) => {
      using folder = tempDir();
      const verdict = await torture({
        place,
        subscribers: 300,
        kills: 3,
        connections: 4,
        lose: 0.01,
        seed: 7,
        folder: folder.path,
        main: HURRIED,
        say: () => {},
      });
      expect(verdict.violations).toEqual([]);
      expect(verdict).toMatchObject({ readers: 300, kills: 3, lost: 0 });
      expect(verdict.repeated).toBeLessThanOrEqual(verdict.bound);
      // It did strike: with replies held back at a kill, the server has mails that the ledger has not.
      expect(verdict.repeated).toBeGreaterThan(0);
    },
    240_000,
  );
});
