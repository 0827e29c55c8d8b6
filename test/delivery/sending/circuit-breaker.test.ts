import { describe, expect, test } from 'vitest';
import type { Random } from '../../../src/base/random.js';
import { backOff, CircuitBreaker } from '../../../src/delivery/sending/circuit-breaker.js';
import { MovableClock } from '../../store/clock.js';

const random: Random = { bytes: (size) => Buffer.alloc(size), fraction: () => 0.5 };

function made(fraction = 0.5) {
  const clock = new MovableClock();
  return { clock, breaker: new CircuitBreaker(clock, { ...random, fraction: () => fraction }) };
}

const trouble = (reason: string) => ({ code: 'smtp_unreachable', reason }) as const;

describe('the circuit breaker', () => {
  test('lets everything through at first', () => {
    const { breaker } = made();
    expect([breaker.open, breaker.halfOpen, breaker.trouble]).toEqual([false, false, null]);
  });

  test('opens for a second, tells why, and then lets one try for all', () => {
    const { clock, breaker } = made();
    const away = trouble('The server is away.');
    expect(breaker.trip(away)).toBe(1_000);
    expect([breaker.open, breaker.halfOpen, breaker.trouble]).toEqual([true, true, away]);
    clock.advance(999);
    expect(breaker.open).toBe(true);
    clock.advance(1);
    expect([breaker.open, breaker.halfOpen, breaker.trouble]).toEqual([false, true, away]);
  });

  test('opens for longer and longer, to a minute at most', () => {
    const { clock, breaker } = made();
    const waits: (number | null)[] = [];
    for (let n = 0; n < 9; n++) {
      const wait = breaker.trip(trouble('away'));
      waits.push(wait);
      clock.advance(wait ?? 0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000));
  });

  test('is opened once by many connections that fail together', () => {
    const { clock, breaker } = made();
    expect(breaker.trip(trouble('first'))).toBe(1_000);
    expect(breaker.trip(trouble('second'))).toBeNull();
    expect(breaker.trouble).toEqual(trouble('second'));
    clock.advance(1_000);
    expect(breaker.trip(trouble('third'))).toBe(2_000);
  });

  test('begins anew once the server has worked', () => {
    const { clock, breaker } = made();
    clock.advance(breaker.trip(trouble('away')) ?? 0);
    clock.advance(breaker.trip(trouble('away')) ?? 0);
    breaker.reset();
    expect([breaker.open, breaker.halfOpen, breaker.trouble]).toEqual([false, false, null]);
    expect(breaker.trip(trouble('away'))).toBe(1_000);
  });

  test('stays shut when connections are lost over one mail, until one is over another', () => {
    const lost = { code: 'smtp_lost', reason: 'Connection closed' } as const;
    const { breaker } = made();
    for (const mail of ['first', 'second', 'third']) {
      breaker.reset();
      for (let times = 0; times < 3; times++) expect(breaker.recordLoss(lost, mail)).toBeNull();
      expect([breaker.open, breaker.halfOpen, breaker.trouble]).toEqual([false, false, null]);
    }
    expect(breaker.losing).toBe(false);
    const waits = breaker.recordLoss(lost, 'fourth');
    expect([waits, breaker.open, breaker.trouble]).toEqual([1_000, true, lost]);
    expect(breaker.losing).toBe(true);
    breaker.reset();
    expect(breaker.losing).toBe(false);
  });

  test('opens longer each time while mails go on being lost, whichever they are', () => {
    const lost = { code: 'smtp_silent', reason: 'Timeout' } as const;
    const { clock, breaker } = made();
    expect(breaker.recordLoss(lost, 'a')).toBeNull();
    const waits = ['b', 'a', 'b', 'c'].map((mail) => {
      const wait = breaker.recordLoss(lost, mail);
      clock.advance(wait ?? 0);
      return wait;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  test('waits a fifth more or less by chance', () => {
    expect(made(0).breaker.trip(trouble('away'))).toBe(800);
    expect(made(0.999_999).breaker.trip(trouble('away'))).toBe(1_200);
    expect(backOff(3, { ...random, fraction: () => 0 })).toBe(6_400);
  });
});
