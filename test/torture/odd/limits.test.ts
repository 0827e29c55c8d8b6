import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Visitor } from './behaviour.js';
import { limits } from './limits.js';
import type { Oddity } from './oddity.js';

const visitor: Visitor = { mails: 0, rank: 0, interrupt: () => undefined };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Tries at these milliseconds, and which of them pass. */
function passing(oddity: Oddity, tries: readonly number[], to = 'a@x.test'): number[] {
  const behaviour = limits(oddity);
  const passed: number[] = [];
  let now = 0;
  for (const at of tries) {
    vi.advanceTimersByTime(at - now);
    now = at;
    behaviour?.data?.(to);
    const act = behaviour?.rcpt?.(visitor, to) ?? behaviour?.dot?.(visitor, to);
    if (act === undefined) passed.push(at);
  }
  return passed;
}

const rate = { kind: 'rate', perSecond: 2, at: 'dot', reply: '454 Slower' } as const;

describe('limits of a server', () => {
  test('a rate looks at the second before, and may count what it turned away', () => {
    const tries = [0, 100, 600, 1_000, 1_050, 1_599, 1_600];
    expect(passing({ ...rate, counts: 'passed' }, tries)).toEqual([0, 100, 1_000, 1_599]);
    expect(passing({ ...rate, counts: 'all' }, tries)).toEqual([0, 100]);
  });

  test('a rate of one domain leaves the others alone', () => {
    const oddity = { ...rate, at: 'rcpt', counts: 'all', domain: 'x.test' } as const;
    expect(passing(oddity, [0, 1, 2, 3])).toEqual([0, 1]);
    expect(passing(oddity, [0, 1, 2, 3], 'a@y.test')).toEqual([0, 1, 2, 3]);
  });

  test('a greylist counts from the first try', () => {
    const oddity = { kind: 'greylist', ms: 5_000, reply: '451 Greylisted' } as const;
    expect(passing(oddity, [1_000, 5_999, 6_000, 7_000])).toEqual([6_000, 7_000]);
  });

  test('a refusal ends by itself after its time', () => {
    expect(passing({ kind: 'refuse', reply: '554 No', ms: 50 }, [0, 49, 50])).toEqual([50]);
  });
});
