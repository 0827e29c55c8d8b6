import { describe, expect, test } from 'vitest';
import { risenSince, type VoteObservation } from '../../src/papers/rising.js';

const MONDAY = '2026-03-02';
const WEDNESDAY = '2026-03-04';
const at = (text: string) => Date.parse(`2026-03-${text}:00Z`);

function seen(
  text: string,
  upvotes: number,
  changes: Partial<VoteObservation> = {},
): VoteObservation {
  const observedAt = at(text);
  const source = 'huggingface';
  return { paperId: '2603.99001', source, day: MONDAY, observedAt, upvotes, ...changes };
}

const rise = (observed: VoteObservation[], pickedAt: [string, number][] = []) =>
  risenSince(observed, WEDNESDAY, new Map(pickedAt)).get('2603.99001');

describe('what came in after its own day', () => {
  test('is counted from the end of that day, in whatever order it is told', () => {
    const observed = [
      seen('02T10:00', 3),
      seen('02T23:59', 8),
      seen('03T00:00', 9),
      seen('04T15:00', 30),
    ];
    const rising = { since: MONDAY, votes: 22, days: 2 };
    expect([rise(observed), rise([...observed].reverse())]).toEqual([rising, rising]);
  });

  test('is counted from the first time it was seen, if that was later', () => {
    expect(rise([seen('03T10:00', 12), seen('04T10:00', 30)])?.votes).toBe(18);
    expect(rise([seen('04T10:00', 30)])).toBeUndefined();
  });

  test('is all there is, if it came after the edition of its day was picked', () => {
    expect(rise([seen('03T10:00', 12)], [[MONDAY, at('02T16:00')]])?.votes).toBe(12);
    expect(rise([seen('03T10:00', 12)], [[MONDAY, at('03T16:00')]])).toBeUndefined();
  });

  test('is of the day after which more came, where it was listed for two', () => {
    const later = { day: '2026-03-03' };
    const observed = [
      ...[seen('02T10:00', 3), seen('04T10:00', 5)],
      ...[seen('03T10:00', 2, later), seen('04T10:00', 20, later)],
    ];
    expect(rise(observed)).toEqual({ since: '2026-03-03', votes: 18, days: 1 });
  });

  test('is nothing that came long after the edition', () => {
    const observed = [seen('02T10:00', 5), seen('04T10:00', 15), seen('30T10:00', 65)];
    expect(rise(observed)).toEqual({ since: MONDAY, votes: 10, days: 2 });
  });

  test('is nothing for a paper that lost votes or kept them', () => {
    expect(rise([seen('02T10:00', 9), seen('04T10:00', 9)])).toBeUndefined();
    expect(rise([seen('02T10:00', 9), seen('04T10:00', 4)])).toBeUndefined();
  });
});
