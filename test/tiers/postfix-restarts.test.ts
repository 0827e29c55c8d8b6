import { describe, expect, test } from 'vitest';
import { tempDir } from '../support/program.js';
import { tortureByRestarts } from '../torture/odd/postfix-run.js';
import { POSTFIX } from '../torture/odd/postfix-server.js';
import { lacks, lacksRoot } from './tier.js';

const leftOut = lacks('postfix', POSTFIX) || lacksRoot('postfix');

// The full form is `npm run torture -- --odd --only postfix`.
describe.skipIf(leftOut)('a Postfix that is restarted in the midst', () => {
  test('takes 800 digests all the same, and none is refused by nobody’s word', async () => {
    using folder = tempDir();
    const options = { mails: 800, restarts: 4, folder: folder.path, timed: false };
    const verdict = await tortureByRestarts(options);
    expect(verdict.violations).toEqual([]);
    expect(verdict).toMatchObject({ accepted: 800, refused: 0 });
  }, 400_000);
});
