import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endOfString, parseJson, withoutDepth } from '../../src/sources/json.js';
import { expectLinear } from '../support/growth.js';

const LIMIT = 3;

/** What is left of a value, by the letter of what `withoutDepth` promises. */
function cut(value: unknown, left: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (left === 0) return null;
  if (Array.isArray(value)) return value.map((one) => cut(one, left - 1));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, cut(one, left - 1)]));
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const text = fc.oneof(
  fc.string(),
  fc
    .array(fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', '\\"', '\n'))
    .map((marks) => marks.join('')),
);
const { tree: json } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'large', withCrossShrink: true },
    fc.oneof(text, fc.integer(), fc.constant(null), fc.boolean()),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(text, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const space = fc.constantFrom(undefined, 1, '\t');

describe('JSON of a source', () => {
  test('loses what is nested too deep, and nothing else', () => {
    fc.assert(
      fc.property(json, space, (value, indent) => {
        const written = JSON.stringify(value, null, indent);
        const kept = withoutDepth(written, LIMIT);
        expect(kept === written).toBe(depthOf(value) <= LIMIT);
        expect(JSON.parse(kept)).toEqual(JSON.parse(JSON.stringify(cut(value, LIMIT))));
      }),
      { numRuns: 500 },
    );
  });

  test('that breaks off stays none', () => {
    const isJson = (written: string) => {
      try {
        JSON.parse(written);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(json, fc.nat(), (value, place) => {
        const written = JSON.stringify(value);
        const broken = written.slice(0, place % written.length);
        expect(isJson(withoutDepth(broken, LIMIT))).toBe(isJson(broken));
      }),
      { numRuns: 500 },
    );
  });

  test('has its strings end where they do', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const written = JSON.stringify(one);
        expect(endOfString(written + JSON.stringify(other), 0)).toBe(written.length - 1);
        expect(endOfString(written.slice(0, -1), 0)).toBe(written.length - 1);
      }),
    );
  });

  test.each([
    ['a list', (n: number) => '['.repeat(4 * n) + ']'.repeat(4 * n), true],
    ['an object', (n: number) => '{"a":'.repeat(1.5 * n), false],
    ['a string of quotes', (n: number) => `["${'\\"'.repeat(2 * n)}"]`, true],
    ['backslashes', (n: number) => `["${'\\'.repeat(8 * n)}`, false],
  ])('of 32 MB is read once, be it %s', (_what, write, isJson) =>
    expectLinear((parts) => {
      const written = write(parts * 1_000_000);
      if (isJson) parseJson(written);
      else expect(() => parseJson(written)).toThrow(SyntaxError);
    }),
  );
});
