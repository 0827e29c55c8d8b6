import { describe, expect, test } from 'vitest';
import { keepRunning } from '../../src/jobs/supervise.js';
import { notingLogger, QuickClock } from '../sources/asking.js';
import { MovableClock } from '../store/clock.js';

describe('work that fails', () => {
  test('starts again after a longer and longer backoff, a minute at most', async () => {
    const clock = new QuickClock();
    const { logger, lines } = notingLogger();
    const stop = new AbortController();
    let starts = 0;
    const work = async () => {
      if (++starts === 10) stop.abort();
      throw new Error('The disk is full.');
    };
    await keepRunning('sender', work, { clock, logger }, stop.signal);
    expect(clock.waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60].map((s) => s * 1_000));
    expect(lines[0]).toMatchObject({
      level: 'error',
      reason: 'The disk is full.',
      backoff: 1_000,
      msg: 'the sender failed and starts again',
    });
    expect(lines).toHaveLength(10);
  });

  test('rests briefly again once it has run for a while', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    let starts = 0;
    const work = async () => {
      if (++starts === 4) clock.time += 61_000;
      if (starts === 6) stop.abort();
      throw new Error('The disk is full.');
    };
    await keepRunning('sender', work, { clock, logger: notingLogger().logger }, stop.signal);
    expect(clock.waits).toEqual([1, 2, 4, 1, 2, 4].map((s) => s * 1_000));
  });

  test('is not started again when the end comes during its rest', async () => {
    const clock = new MovableClock();
    const stop = new AbortController();
    let starts = 0;
    const work = async () => {
      starts++;
      throw new Error('The disk is full.');
    };
    const running = keepRunning(
      'sender',
      work,
      { clock, logger: notingLogger().logger },
      stop.signal,
    );
    for (let slot = 0; slot < 5; slot++) await new Promise(setImmediate);
    stop.abort();
    await running;
    expect(starts).toBe(1);
  });

  test('without a failure ends when it is told to', async () => {
    const stop = new AbortController();
    const clock = new MovableClock();
    const running = keepRunning(
      'sender',
      () => clock.sleep(3_600_000, stop.signal),
      { clock, logger: notingLogger().logger },
      stop.signal,
    );
    stop.abort();
    await expect(running).resolves.toBeUndefined();
  });
});
