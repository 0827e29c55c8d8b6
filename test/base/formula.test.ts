import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardFormula, withoutGuard } from '../../src/base/formula.js';

test.each([
  ...['=1+1', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', ' =1', '\n@x', '\u200B=1', "'=1", "''=1"],
  ...['＝1', '＋1', '－1', '＠x', '= =HYPERLINK("x")', '\tplain', '=1+1@x.example'],
])('%j is no formula once it is guarded', (value) => {
  expect(guardFormula(value)).toBe(`'${value}`);
  expect(withoutGuard(guardFormula(value))).toBe(value);
});

test.each(['', 'ada', "o'hara", "'quoted'", 'a=b', 'x-y', '7', 'Ünïcode', "'"])(
  '%j stays as it is',
  (value) => {
    expect(guardFormula(value)).toBe(value);
    expect(withoutGuard(value)).toBe(value);
  },
);

test('whatever the value, no cell begins a formula, and the value comes back', () => {
  const unit = fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', ' ', "'", '＝', '\u200B', 'a');
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit, maxLength: 8 }), fc.string({ unit: 'binary' })),
      (value) => {
        const cell = guardFormula(value);
        expect(cell).not.toMatch(/^[\s\p{Cf}]*[=+\-@\t\r＝＋－＠]/u);
        expect(withoutGuard(cell)).toBe(value);
      },
    ),
    { numRuns: 1_000 },
  );
});
