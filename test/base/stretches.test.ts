import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Stretches } from '../../src/base/stretches.js';
import { timezones } from '../../src/base/timezones.js';

const MINUTE = 60_000;
const iso = (moment: number) => new Date(moment).toISOString().slice(0, 16);
const shown = (zone: string, wall: string) =>
  iso(new Stretches(zone).toMoment(Date.parse(`${wall}Z`)));

test.each([
  ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00'],
  ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30'],
  ['Australia/Lord_Howe', '2026-10-04T02:10', '2026-10-03T15:30'],
  ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45'],
  ['Africa/Cairo', '2026-04-24T00:00', '2026-04-23T22:00'],
  ['America/Santiago', '2026-09-06T00:30', '2026-09-06T04:00'],
  ['Asia/Beirut', '2026-03-29T00:00', '2026-03-28T22:00'],
  ['America/Asuncion', '2024-10-06T00:00', '2024-10-06T04:00'],
  ['America/Nuuk', '2026-03-28T23:30', '2026-03-29T01:00'],
  ['UTC', '2026-03-28T23:30', '2026-03-28T23:30'],
])('in %s the wall shows %s from %s on', (zone, wall, moment) => {
  expect(shown(zone, wall)).toBe(moment);
});

test('the wall shows no earlier time before, and that or a later one from then on', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...timezones()),
      fc.integer({ min: Date.UTC(2024, 0) / MINUTE, max: Date.UTC(2031, 0) / MINUTE }),
      (zone, minutes) => {
        const wall = minutes * MINUTE;
        const stretches = new Stretches(zone);
        const moment = stretches.toMoment(wall);
        const shows = (at: number) => at + stretches.at(at).offset;
        expect(shows(moment)).toBeGreaterThanOrEqual(wall);
        for (const before of [1, MINUTE, 20 * MINUTE, 300 * MINUTE]) {
          expect(shows(moment - before)).toBeLessThan(wall);
        }
      },
    ),
    { numRuns: 400 },
  );
});
