import { expect, test } from 'vitest';
import { isGood, type OddResult, oddFaults, oddTable } from './odd-table.js';
import type { OddVerdict } from './odd-verdict.js';

const verdict: OddVerdict = {
  accepted: 400,
  refused: 0,
  twice: 2,
  explained: 2,
  uploads: 1.005,
  uploadsLater: null,
  connections: 57,
  seconds: 1.5,
  allowance: { seconds: 1, factor: 2 },
  ratio: 1.5,
  violations: [],
  slowness: [],
};
const result = (changes: Partial<OddVerdict> = {}): OddResult => ({
  name: 'close-fin-7',
  mails: 400,
  outcome: { ...verdict, ...changes },
});

test('the table has a line for each case, in columns', () => {
  const broken: OddResult = { name: 'x', mails: 1, outcome: new Error('no server') };
  expect(oddTable([result(), broken])).toEqual([
    'case         mails  accepted  refused  twice (explained)  uploads/mail  connections  seconds  allowed  ratio  verdict',
    'close-fin-7    400       400        0              2 (2)          1.00           57      1.5  2 × 1.0   1.50     good',
    'x                1         -        -                  -             -            -        -        -      -   FAILED',
  ]);
  expect(oddFaults(broken)).toEqual(['no server']);
});

test('slowness fails a case as violations do, and the first few faults are told', () => {
  const slow = result({ slowness: ['too slow'] });
  expect([isGood(result()), isGood(slow)]).toEqual([true, false]);
  const many = result({ violations: Array.from({ length: 9 }, (_, n) => `fault ${n}`) });
  expect(oddFaults(many)).toHaveLength(7);
  expect(oddFaults(many).at(-1)).toBe('… and 3 more');
});
