import { describe, expect, test } from 'vitest';
import { ConnectionLimit } from '../../../src/delivery/sending/connection-limit.js';
import { MINUTE, MovableClock, SECOND } from '../../store/clock.js';

function made(set = 8) {
  const clock = new MovableClock();
  return { clock, limit: new ConnectionLimit(set, clock) };
}

describe('connections that a server allows', () => {
  test('are as many as are set while it refuses none', () => {
    const { clock, limit } = made();
    expect(limit.allowed).toBe(8);
    clock.advance(60 * MINUTE);
    expect(limit.allowed).toBe(8);
  });

  test('are as many as it took when it refused one more, and one at least', () => {
    const { limit } = made();
    limit.refused(3);
    expect(limit.allowed).toBe(3);
    limit.refused(5);
    expect(limit.allowed).toBe(3);
    limit.refused(0);
    expect(limit.allowed).toBe(1);
  });

  test('grow by one after half a minute, and on to as many as are set', () => {
    const { clock, limit } = made(5);
    limit.refused(3);
    clock.advance(30 * SECOND - 1);
    expect(limit.allowed).toBe(3);
    clock.advance(1);
    expect([limit.allowed, limit.allowed]).toEqual([4, 4]);
    clock.advance(30 * SECOND);
    expect(limit.allowed).toBe(5);
    clock.advance(10 * MINUTE);
    expect(limit.allowed).toBe(5);
  });

  test('are tried less often each time it refuses one more, every ten minutes at last', () => {
    const { clock, limit } = made();
    limit.refused(3);
    const waits: number[] = [];
    for (let n = 0; n < 7; n++) {
      let waited = 0;
      for (; limit.allowed === 3; waited += SECOND) clock.advance(SECOND);
      waits.push(waited / SECOND);
      limit.refused(3);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600]);
  });

  test('are tried soon again where it refuses what it had allowed', () => {
    const { clock, limit } = made();
    limit.refused(3);
    clock.advance(30 * SECOND);
    expect(limit.allowed).toBe(4);
    limit.refused(3);
    limit.refused(2);
    clock.advance(30 * SECOND);
    expect(limit.allowed).toBe(3);
  });

  test('are not tried upwards by looking at them late: one at a time', () => {
    const { clock, limit } = made();
    limit.refused(2);
    clock.advance(60 * MINUTE);
    expect(limit.allowed).toBe(3);
  });
});
