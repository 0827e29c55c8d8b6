import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  recover,
  type SlowDown,
  slowDown,
  type Throttle,
} from '../../../src/delivery/throttle/throttle.js';
import { MINUTE, SECOND, START } from '../../store/clock.js';
import { found } from '../../store/contract/dialect.js';

const SCOPE = 'slow.example';

const answer = (changes: Partial<SlowDown> = {}): SlowDown => ({
  ...{ scope: SCOPE, now: START, begunAt: changes.now ?? START, rate: 0, setting: 0 },
  ...{ wait: null, connections: null, ...changes },
});

/** Slowed for the first time, at that rate. */
const throttled = (changes: Partial<SlowDown> = {}): Throttle =>
  found(slowDown(null, answer({ rate: 100, ...changes })));

const interval = (rate: number) => Math.round(1_000_000 / rate);
const rateOf = (throttle: Throttle) => 1_000_000 / throttle.interval;

/** What is known at that moment: after a mail was taken then, where there is still a throttle. */
function taken(known: Throttle, now: number, setting = 0): Throttle | 'free' {
  return recover(known, { now, setting }) ?? known;
}

/** The rates from second to second while it takes all, until it is free or so many have passed. */
function climb(from: Throttle, seconds: number): number[] {
  const rates: number[] = [];
  let known: Throttle | 'free' = from;
  for (let second = 0; second < seconds && known !== 'free'; second++) {
    rates.push(rateOf(known));
    known = taken(known, from.notBefore + second * SECOND);
  }
  return rates;
}

describe('a reply that asks to slow down', () => {
  test('brings a pause, then half of what was taken just before', () => {
    expect(slowDown(null, answer({ rate: 80 }))).toEqual({
      ...{
        scope: SCOPE,
        interval: interval(40),
        ceiling: interval(80),
        backedOffAt: START,
        strikes: 1,
      },
      ...{ notBefore: START + SECOND, raisedAt: START + SECOND, connections: null },
    });
  });

  test('brings ten a second where nothing is known of what it takes, and no ceiling', () => {
    expect(slowDown(null, answer())).toMatchObject({ interval: interval(10), ceiling: 0 });
  });

  test.each([
    ['half of it where it took nothing yet', 4, 0, 2],
    ['half of what it took where that is less', 100, 6, 3],
    ['half of it where it took more just now', 4, 50, 2],
  ])('heeds the settings: %s', (_what, set, rate, wanted) => {
    expect(slowDown(null, answer({ setting: interval(set), rate }))?.interval).toBe(
      interval(wanted),
    );
  });

  test('halves the rate once a pause, however many mails were under way', () => {
    const known = throttled();
    for (const now of [START, START + 1, known.notBefore - 1]) {
      expect(slowDown(known, answer({ now }))).toBeNull();
    }
    const next = found(slowDown(known, answer({ now: known.notBefore })));
    expect(rateOf(next)).toBe(rateOf(known) / 2);
  });

  test('says nothing where the mail was begun before the last slowing', () => {
    const known = throttled();
    const now = START + 10 * MINUTE;
    for (const begunAt of [START - 1, START]) {
      expect(slowDown(known, answer({ now, begunAt }))).toBeNull();
    }
    expect(slowDown(known, answer({ now, begunAt: START + 1 }))).not.toBeNull();
  });

  test('doubles the pause each time while nothing is taken, to five minutes, down to a mail a minute', () => {
    let known = throttled();
    const pauses = [known.notBefore - START];
    for (let n = 0; n < 14; n++) {
      const now = known.notBefore;
      known = found(slowDown(known, answer({ now })));
      pauses.push(known.notBefore - now);
    }
    const seconds = pauses.map((pause) => pause / SECOND);
    expect(seconds.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(known).toMatchObject({
      interval: interval(1 / 60),
      ceiling: interval(100),
      strikes: 15,
    });
  });

  test('begins with a short pause again once a mail was taken', () => {
    const twice = found(slowDown(throttled(), answer({ now: START + SECOND })));
    const calm = taken(twice, twice.notBefore);
    expect(calm).toEqual({ ...twice, strikes: 0, raisedAt: twice.notBefore });
    if (calm === 'free') return;
    const now = twice.notBefore + MINUTE;
    const again = found(slowDown(calm, answer({ now })));
    expect([again.strikes, again.notBefore - now]).toEqual([1, SECOND]);
    // What it took when it asked is the new ceiling.
    expect(again.ceiling).toBe(calm.interval);
  });
});

describe('a throttled scope that takes mails', () => {
  test('is raised no sooner than a second after the last step', () => {
    const known = throttled();
    for (const now of [START, known.notBefore - 1]) {
      expect(recover(known, { now, setting: 0 })).toBeNull();
    }
    const calm = taken(known, known.notBefore);
    if (calm === 'free') throw new Error('It is free at once.');
    expect(calm.interval).toBe(known.interval);
    expect(recover(calm, { now: known.notBefore + SECOND - 1, setting: 0 })).toBeNull();
    const raised = taken(calm, known.notBefore + SECOND);
    expect(raised).toMatchObject({
      interval: interval(50 * 1.25),
      raisedAt: known.notBefore + SECOND,
    });
  });

  test('climbs fast to nine tenths of its ceiling, then slowly, and is free at twice that', () => {
    const rates = climb(throttled({ rate: 100 }), 1_000);
    const fast = rates.filter((rate) => rate < 89);
    expect(fast.map((rate) => Math.round(rate))).toEqual([50, 50, 63, 78]);
    const slow = rates.slice(fast.length);
    expect(Math.round(found(slow[0]))).toBe(90);
    for (const [index, rate] of slow.slice(1).entries()) {
      expect(rate / found(slow[index])).toBeCloseTo(1.01, 3);
    }
    expect(rates.at(-1)).toBeLessThan(200);
    expect(found(rates.at(-1)) * 1.01).toBeGreaterThanOrEqual(199);
    // A minute and a half near the ceiling: a relay is asked too much only now and then.
    expect(slow.length).toBeGreaterThan(75);
  });

  test('is free some time, whatever its ceiling is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), (rate) => {
        expect(climb(throttled({ rate }), 200).length).toBeLessThan(120);
      }),
      { numRuns: 300 },
    );
  });

  test('is free at forty a second where nobody knows its ceiling', () => {
    const rates = climb(throttled({ rate: 0 }), 100);
    expect(found(rates.at(-1))).toBeLessThan(40);
    expect(found(rates.at(-1)) * 1.25).toBeGreaterThanOrEqual(40);
  });

  test('is free as soon as it takes what the settings allow', () => {
    const known = throttled({ setting: interval(4), rate: 4 });
    const calm = taken(known, known.notBefore, interval(4));
    if (calm === 'free') throw new Error('It is free at once.');
    let next: Throttle | 'free' = calm;
    for (let second = 1; next !== 'free'; second++) {
      expect(second).toBeLessThan(60);
      next = taken(next, known.notBefore + second * SECOND, interval(4));
      if (next !== 'free') expect(rateOf(next)).toBeLessThan(4);
    }
  });
});

describe('a server that says how long it wants nothing', () => {
  const told = throttled({ wait: 10 * MINUTE, connections: 1, rate: 50 });

  test('gets nothing for so long, then over one connection a mail a second', () => {
    expect(told).toMatchObject({
      ...{
        notBefore: START + 10 * MINUTE,
        connections: 1,
        interval: interval(1),
        ceiling: interval(50),
      },
    });
    expect(recover(told, { now: START + 10 * MINUTE - 1, setting: 0 })).toBeNull();
  });

  test('gets one connection more each minute after that, until there are as many as anybody has', () => {
    const allowed = new Map<number, number | null>();
    let known: Throttle | 'free' = told;
    for (let second = 0; second <= 21 * 60 && known !== 'free'; second++) {
      known = taken(known, told.notBefore + second * SECOND);
      if (known !== 'free' && second % 60 === 1) allowed.set(second, known.connections);
    }
    expect([...allowed.values()]).toEqual(Array.from({ length: 20 }, (_, minute) => minute + 1));
    // Nothing is forgotten while it still has fewer connections.
    expect(known).toBe('free');
  });

  test('keeps its connections if it asks again without a number', () => {
    const now = told.notBefore + MINUTE;
    const known = taken(taken(told, told.notBefore) as Throttle, now) as Throttle;
    expect(known.connections).toBe(2);
    expect(slowDown(known, answer({ now: now + SECOND }))?.connections).toBe(2);
  });
});

/** A relay that takes so many mails a second and throws the others back after their upload. */
function feed(limit: number, { seconds, skipped }: { seconds: number; skipped: number }) {
  let known: Throttle | null = null;
  let [accepted, uploads, credit, before] = [0, 0, 0, 0];
  for (let second = 0; second < seconds; second++) {
    const now = START + second * SECOND;
    // Mails wait without end; the connections carry no more than 400 a second.
    const rate: number = known === null ? 400 : Math.min(rateOf(known), 400);
    credit = known !== null && now < known.notBefore ? 0 : Math.min(credit + rate, rate + 1);
    const tried = Math.floor(credit);
    credit -= tried;
    const took = Math.min(tried, limit);
    if (second >= skipped) {
      accepted += took;
      uploads += tried;
    }
    if (took > 0 && known) {
      const step: Throttle | 'free' | null = recover(known, { now, setting: 0 });
      if (step !== null) known = step === 'free' ? null : step;
    }
    if (tried > took) {
      known = slowDown(known, answer({ now, rate: Math.max(took, before) })) ?? known;
    }
    before = took;
  }
  return { rate: accepted / (seconds - skipped), uploadsPerMail: uploads / accepted };
}

describe('a relay that allows so many mails a second', () => {
  test('gets two thirds of that at least, and few mails twice, whatever the number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (limit) => {
        const { rate, uploadsPerMail } = feed(limit, { seconds: 360, skipped: 60 });
        expect(rate).toBeGreaterThanOrEqual((2 / 3) * limit);
        expect(uploadsPerMail).toBeLessThan(1.3);
      }),
      { numRuns: 200 },
    );
  });
});
