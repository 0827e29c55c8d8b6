import { afterAll, describe, expect, test } from 'vitest';
import { tempDir } from '../../support/program.js';
import { oddCases } from './odd-cases.js';
import { OddRuns } from './odd-run.js';

/** One of each kind; together they wait for little more than the longest of them. */
const CASES = [
  'close-fin-7-tls',
  'close-rst-1',
  'allowed-5-greeting',
  'session-20-mail',
  'session-20-recipients',
  'greylist-wordless-one-domain',
  'throttle-454',
  'denied-553',
  'unknown-to-all',
  'login-refused',
];

const folder = tempDir();
const runs = new OddRuns({ seed: 7, folder: folder.path, timed: false, extraTime: 120_000 });
afterAll(() => folder.dispose());

// The short form of `npm run torture -- --odd`. A busy machine may take its time: only what can be
// counted is held against the program.
describe.concurrent('servers that are odd', () => {
  const cases = oddCases({ mails: 200, short: true }).filter(({ name }) => CASES.includes(name));
  test('are all known', () => expect(cases).toHaveLength(CASES.length));
  test.each(cases)(
    '$name: everybody has their mail once, and nobody is blamed for it',
    async (one) => {
      const verdict = await runs.run(one);
      expect(verdict.violations).toEqual([]);
      expect(verdict.refused).toBe(0);
    },
    400_000,
  );
});
