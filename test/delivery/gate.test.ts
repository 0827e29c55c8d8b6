import { describe, expect, test } from 'vitest';
import type { Random } from '../../src/base/random.js';
import { Gate } from '../../src/delivery/gate.js';
import { MovableClock } from '../store/clock.js';

const random: Random = { bytes: (size) => Buffer.alloc(size), fraction: () => 0.5 };

function gate(fraction = 0.5) {
  const clock = new MovableClock();
  return { clock, gate: new Gate(clock, { ...random, fraction: () => fraction }) };
}

const trouble = (reason: string) => ({ code: 'smtp_unreachable', reason }) as const;

describe('the gate', () => {
  test('is open at first', () => {
    const { gate: fresh } = gate();
    expect([fresh.closed, fresh.trouble]).toEqual([false, null]);
  });

  test('closes for a second, tells why, and lets the next try through', () => {
    const { clock, gate: tried } = gate();
    expect(tried.close(trouble('The server is away.'))).toBe(1_000);
    expect([tried.closed, tried.trouble]).toEqual([true, trouble('The server is away.')]);
    clock.advance(999);
    expect(tried.closed).toBe(true);
    clock.advance(1);
    expect([tried.closed, tried.trouble]).toEqual([false, trouble('The server is away.')]);
  });

  test('closes for longer and longer, to a minute at most', () => {
    const { clock, gate: tried } = gate();
    const waits: (number | null)[] = [];
    for (let n = 0; n < 9; n++) {
      const wait = tried.close(trouble('away'));
      waits.push(wait);
      clock.advance(wait ?? 0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000));
  });

  test('many connections that fail together close it once', () => {
    const { clock, gate: tried } = gate();
    expect(tried.close(trouble('first'))).toBe(1_000);
    expect(tried.close(trouble('second'))).toBeNull();
    expect(tried.trouble).toEqual(trouble('second'));
    clock.advance(1_000);
    expect(tried.close(trouble('third'))).toBe(2_000);
  });

  test('begins anew once the server has worked', () => {
    const { clock, gate: tried } = gate();
    clock.advance(tried.close(trouble('away')) ?? 0);
    clock.advance(tried.close(trouble('away')) ?? 0);
    tried.open();
    expect([tried.closed, tried.trouble]).toEqual([false, null]);
    expect(tried.close(trouble('away'))).toBe(1_000);
  });

  test('stays open when connections are lost over one mail, until one is over another', () => {
    const lost = { code: 'smtp_lost', reason: 'Connection closed' } as const;
    const { gate: tried } = gate();
    for (const mail of ['first', 'second', 'third']) {
      tried.open();
      for (let times = 0; times < 3; times++) expect(tried.lose(lost, mail)).toBeNull();
      expect([tried.closed, tried.trouble]).toEqual([false, null]);
    }
    expect(tried.losing).toBe(false);
    expect([tried.lose(lost, 'fourth'), tried.closed, tried.trouble]).toEqual([1_000, true, lost]);
    expect(tried.losing).toBe(true);
    tried.open();
    expect(tried.losing).toBe(false);
  });

  test('waits a fifth more or less by chance', () => {
    expect(gate(0).gate.close(trouble('away'))).toBe(800);
    expect(gate(0.999_999).gate.close(trouble('away'))).toBe(1_200);
  });
});
