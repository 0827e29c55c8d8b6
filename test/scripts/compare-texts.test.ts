import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findChanges } from '../../scripts/texts/changes.js';
import { ROOT, tempDir } from '../support/program.js';

test('changes are found by words, with some words around each', () => {
  expect(findChanges('a b c d e f g h i', 'a b c d X f g h i')).toEqual([
    { before: 'a b c d e f g h i', after: 'a b c d X f g h i' },
  ]);
  expect(findChanges('1 2 3 4 5 6 7 8 9 10 11 12', '1 2 3 4 5 6 7 8 9 10 X 12')).toEqual([
    { before: '7 8 9 10 11 12', after: '7 8 9 10 X 12' },
  ]);
  expect(findChanges('a b', 'a b c')).toEqual([{ before: 'a b', after: 'a b c' }]);
  expect(findChanges('a b', 'a b')).toEqual([]);
});

test('a folder of days is compared with another checkout', async () => {
  using dir = tempDir();
  const [days, other] = [join(dir.path, 'days'), join(dir.path, 'other')];
  mkdirSync(days);
  mkdirSync(join(other, 'src/text'), { recursive: true });
  writeFileSync(join(other, 'src/text/clean.ts'), 'export const cleanText = (raw) => raw;');
  writeFileSync(
    join(days, '2026-03-02.json'),
    JSON.stringify([{ paper: { id: '1', title: 'A **bold** title', summary: 'The same.' } }]),
  );
  const { stdout } = await promisify(execFile)(
    join(ROOT, 'node_modules/.bin/tsx'),
    ['scripts/compare-texts.ts', days, '--against', other],
    { cwd: ROOT },
  );
  expect(stdout).toBe(
    '2026-03-02.json 1 title\n  before  A **bold** title\n  after   A bold title\n' +
      '2 texts, 1 differ, at 1 places; 0 change again when cleaned twice\n',
  );
});
