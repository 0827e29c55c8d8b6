import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawKills, furtherMails, seeded } from './kills.js';

describe('chance with a seed', () => {
  test('is the same for the same seed only, and lies in [0, 1)', () => {
    const draw = (seed: number) => {
      const random = seeded(seed);
      return Array.from({ length: 1_000 }, random);
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    for (const number of draw(7)) {
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
    }
  });
});

describe('the kills of a run', () => {
  test('begin with one that plans, and are of all kinds', () => {
    const kills = drawKills(200, 8, seeded(1));
    expect(kills[0]?.command).toBe('send');
    expect(new Set(kills.map(({ command }) => command))).toEqual(
      new Set(['send', 'serve', 'worker']),
    );
    expect(new Set(kills.map(({ moment }) => moment.kind))).toEqual(
      new Set(['held', 'accepted', 'time']),
    );
    const held = kills.flatMap(({ moment }) => (moment.kind === 'held' ? [moment.held] : []));
    expect([Math.min(...held), Math.max(...held)]).toEqual([1, 8]);
    const stages = kills.flatMap(({ moment }) => (moment.kind === 'held' ? [moment.stage] : []));
    expect(new Set(stages)).toEqual(new Set(['rcpt', 'dot']));
  });

  test('never leave nothing for the ones to come', () => {
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 40 }), (shares) => {
        let left = 5_000;
        for (const [index, drawn] of shares.entries()) {
          const mails = furtherMails(drawn, left, shares.length - index);
          expect(mails).toBeGreaterThanOrEqual(1);
          left -= mails;
        }
        expect(left).toBeGreaterThan(0);
      }),
    );
  });
});
