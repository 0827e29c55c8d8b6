import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TempDir, tempDir } from '../support/program.js';
import { DATABASES } from './scene.js';
import { torture } from './torture.js';

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder.dispose());

/** The short form of `npm run torture`; most of its time is a wait for the leases of the dead. */
describe.each(DATABASES)('on %s, senders that are killed in the midst', (database) => {
  test('lose no mail, and repeat only what was under way', async () => {
    const verdict = await torture({
      database,
      subscribers: 300,
      kills: 3,
      connections: 4,
      lose: 0.01,
      seed: 7,
      folder: folder.path,
      say: () => {},
    });
    expect(verdict.violations).toEqual([]);
    expect(verdict).toMatchObject({ readers: 300, kills: 3, lost: 0 });
    expect(verdict.repeated).toBeLessThanOrEqual(verdict.bound);
    // It did strike: with replies held back at a kill, the server has mails that the ledger has not.
    expect(verdict.repeated).toBeGreaterThan(0);
  }, 240_000);
});
