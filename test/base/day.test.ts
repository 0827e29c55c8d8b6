import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, dayAt, isDay, longDay, parseDay } from '../../src/base/day.js';

const two = (n: number) => String(n).padStart(2, '0');

/** Days of a month by the rule of Gregory XIII, without asking any library. */
function monthLength(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

describe('parseDay', () => {
  test('takes exactly the days of the calendar', () => {
    const year = fc.integer({ min: 1000, max: 9999 });
    const number = fc.integer({ min: 0, max: 99 });
    fc.assert(
      fc.property(year, number, number, (y, m, d) => {
        const text = `${y}-${two(m)}-${two(d)}`;
        const real = m >= 1 && m <= 12 && d >= 1 && d <= monthLength(y, m);
        expect(isDay(text)).toBe(real);
        if (real) expect(parseDay(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test('takes every day from 1999 to 2032 and no 29 February too many', () => {
    for (let day = '1999-01-01'; day < '2032-01-01'; day = addDays(day, 1)) {
      expect(parseDay(day)).toBe(day);
    }
    expect(['1900', '2023', '2025', '2100'].filter((year) => isDay(`${year}-02-29`))).toEqual([]);
  });

  test('refuses whatever has another form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
        fc.pre(!/^\d{4}-\d{2}-\d{2}$/.test(text));
        expect(isDay(text)).toBe(false);
      }),
    );
  });

  test.each([
    '',
    'today',
    '2026-8-20',
    '26-08-20',
    '20260820',
    '2026/08/20',
    ' 2026-08-20',
    '2026-08-20 ',
    '2026-08-20\n',
    '2026-08-20T00:00:00Z',
    '+002026-08-20',
    '-2026-08-20',
    '２０２６-08-20',
    '2026-00-10',
    '2026-13-01',
    '2026-02-30',
    '2026-06-31',
  ])('refuses %j in one sentence', (text) => {
    expect(() => parseDay(text)).toThrow(
      expect.objectContaining({
        code: 'bad_date',
        message: `"${text}" is not a date; write it as YYYY-MM-DD.`,
      }),
    );
  });

  test('does not repeat a long mistake in full', () => {
    expect(() => parseDay('9'.repeat(100_000))).toThrow(/^"9{40}…" is not a date/);
  });
});

describe('dayAt', () => {
  const noon = Date.UTC(2026, 7, 20, 12);

  test('on the two sides of the date line it is not the same day', () => {
    expect(dayAt(noon, 'Pacific/Kiritimati')).toBe('2026-08-21');
    expect(dayAt(noon, 'Etc/GMT+12')).toBe('2026-08-20');
    expect(dayAt(noon - 1, 'Etc/GMT+12')).toBe('2026-08-19');
    expect(dayAt(noon, 'Pacific/Pago_Pago')).toBe('2026-08-20');
  });

  test('changes at midnight where the reader lives', () => {
    const midnight = Date.UTC(2026, 7, 19, 22);
    expect(dayAt(midnight - 1, 'Europe/Berlin')).toBe('2026-08-19');
    expect(dayAt(midnight, 'Europe/Berlin')).toBe('2026-08-20');
    expect(dayAt(Date.UTC(2026, 7, 20, 18, 15) - 1, 'Asia/Kathmandu')).toBe('2026-08-20');
    expect(dayAt(Date.UTC(2026, 7, 20, 18, 15), 'Asia/Kathmandu')).toBe('2026-08-21');
  });

  test('days with 23 and 25 hours begin and end where they should', () => {
    const berlin = (...at: [number, number, number, number, number?]) =>
      dayAt(Date.UTC(...at), 'Europe/Berlin');
    // 29 March 2026: 02:00 becomes 03:00.
    expect(berlin(2026, 2, 28, 22, 59)).toBe('2026-03-28');
    expect(berlin(2026, 2, 28, 23)).toBe('2026-03-29');
    expect(berlin(2026, 2, 29, 21, 59)).toBe('2026-03-29');
    expect(berlin(2026, 2, 29, 22)).toBe('2026-03-30');
    // 25 October 2026: 03:00 becomes 02:00.
    expect(berlin(2026, 9, 24, 22)).toBe('2026-10-25');
    expect(berlin(2026, 9, 25, 22, 59)).toBe('2026-10-25');
    expect(berlin(2026, 9, 25, 23)).toBe('2026-10-26');
  });

  test('a day that a country left out is nobody’s day there', () => {
    // Samoa went from 29 to 31 December 2011.
    const change = Date.UTC(2011, 11, 30, 10);
    expect(dayAt(change - 1, 'Pacific/Apia')).toBe('2011-12-29');
    expect(dayAt(change, 'Pacific/Apia')).toBe('2011-12-31');
  });

  test('a midnight that the clock jumps over begins the day at one', () => {
    // Beirut, 29 March 2026: 00:00 becomes 01:00.
    const jump = Date.UTC(2026, 2, 28, 22);
    expect(dayAt(jump - 1, 'Asia/Beirut')).toBe('2026-03-28');
    expect(dayAt(jump, 'Asia/Beirut')).toBe('2026-03-29');
  });

  test('agrees with Intl everywhere', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const range = { min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) };
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer(range), (timeZone, ms) => {
        const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
        expect(dayAt(ms, timeZone)).toBe(format.format(ms));
      }),
      { numRuns: 300 },
    );
  });
});

test('longDay writes a day out as Britons do', () => {
  expect(longDay('2026-08-20')).toBe('Thursday 20 August 2026');
  expect(longDay('2024-02-29')).toBe('Thursday 29 February 2024');
  expect(longDay('2025-01-01')).toBe('Wednesday 1 January 2025');
});

test('addDays crosses months, years and leap days', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
  expect(addDays('2026-03-28', 2)).toBe('2026-03-30');
});
