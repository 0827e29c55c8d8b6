import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Random } from '../../../src/base/random.js';
import { lossDelay, retryDelay, throttledDelay } from '../../../src/delivery/sending/retry.js';

const fixed = (fraction: number): Random => ({
  bytes: (size) => Buffer.alloc(size),
  fraction: () => fraction,
});

describe('the wait before the next try', () => {
  test('doubles from ten seconds, to an hour at most', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 50, 1_000].map(
      (n) => retryDelay(n, fixed(0.5)) / 1_000,
    );
    expect(delays).toEqual([10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600]);
  });

  test('meets a greylist of any length before it has lasted three times as long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 15_000, max: 1_000_000 }), (length) => {
        let at = 0;
        for (let n = 1; at < length; n++) at += retryDelay(n, fixed(0.5));
        expect(at).toBeLessThanOrEqual(3 * length);
      }),
    );
  });

  test('differs by a fifth either way, so the first one comes within 15 seconds', () => {
    expect(retryDelay(1, fixed(0))).toBe(8_000);
    expect(retryDelay(1, fixed(0.999_999))).toBe(12_000);
  });

  test('is always a whole number of milliseconds within its bounds', () => {
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fraction, (attempts, value) => {
        const delay = retryDelay(attempts, fixed(value));
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(8_000);
        expect(delay).toBeLessThanOrEqual(1.2 * 3_600_000);
      }),
    );
  });
});

describe('the wait after a connection was lost', () => {
  const waits = (shared: boolean, losses: number[]) =>
    losses.map((n) => lossDelay(n, shared, fixed(0.5)) / 1_000);

  test('over one mail is short at first, then grows as after attempts', () => {
    expect(waits(false, [1, 2, 3, 4, 10, 11, 100])).toEqual([1, 10, 20, 40, 2_560, 3_600, 3_600]);
  });

  test('over others as well stays short, until that mail has been lost very often', () => {
    expect(waits(true, [1, 2, 26, 27, 28, 100])).toEqual([1, 1, 1, 10, 20, 3_600]);
  });
});

describe('the wait of a throttled mail', () => {
  test('is short at first, and three times as long each time, to ten minutes at most', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 20].map((times) => throttledDelay(times) / 1_000);
    expect(waits).toEqual([0.5, 1.5, 4.5, 13.5, 40.5, 121.5, 364.5, 600, 600]);
  });
});
