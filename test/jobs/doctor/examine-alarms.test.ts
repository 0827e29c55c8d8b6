import { expect, test } from 'vitest';
import { examineAlarms } from '../../../src/jobs/doctor/examine-rates.js';

const MISSING = expect.stringMatching(/^OPERATOR_EMAIL is not set/);

test.each([
  ['in production without an address', true, [], [MISSING]],
  ['in production with one', true, ['op@example.org'], []],
  ['elsewhere', false, [], []],
])('doctor tells that nobody is told by mail: %s', (_what, production, operators, told) => {
  const found = examineAlarms([], { production, operators });
  expect(found.map((finding) => finding.told)).toEqual(told);
  expect(found.every(({ ok, warns }) => ok && warns === true)).toBe(true);
});

test('doctor tells of each alarm that goes on', () => {
  const alarm = { code: 'form', subject: 'the form is under attack', text: 'x', since: 0 };
  expect(examineAlarms([alarm], { production: false, operators: [] })).toMatchObject([
    { warns: true, told: 'the form is under attack, since 1970-01-01T00:00:00.000Z' },
  ]);
});
