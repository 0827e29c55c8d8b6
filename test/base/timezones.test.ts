import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayAt } from '../../src/base/day.js';
import { formerNames, parseTimezone, timezoneOr, timezones } from '../../src/base/timezones.js';

/** What a clock in a zone shows at some moments of all seasons. */
function clockOf(timeZone: string): string[] {
  const format = new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short', timeStyle: 'long' });
  return [0, 3, 6, 9].map((month) => format.format(Date.UTC(2026, month, 15)).replace(/ \S+$/, ''));
}

describe('a time zone', () => {
  test.each([
    // Newer and older names of one zone: people, browsers and Node do not use the same.
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['America/Godthab', 'America/Nuuk'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
    // Links of IANA's `backward`.
    ['US/Eastern', 'America/New_York'],
    ['EST5EDT', 'America/New_York'],
    ['Canada/Pacific', 'America/Vancouver'],
    ['GB', 'Europe/London'],
    ['PRC', 'Asia/Shanghai'],
    ['Turkey', 'Europe/Istanbul'],
    ['Antarctica/South_Pole', 'Antarctica/McMurdo'],
    ['Zulu', 'UTC'],
    ['GMT', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['Greenwich', 'UTC'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    // Any spelling.
    ['europe/zurich', 'Europe/Zurich'],
    ['EUROPE/ZURICH', 'Europe/Zurich'],
    ['us/eastern', 'America/New_York'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['america/argentina/comodrivadavia', 'America/Argentina/Catamarca'],
    [' Europe/Vienna\t', 'Europe/Vienna'],
    ['America/New York', 'America/New_York'],
    ['america / new  york', 'America/New_York'],
    ['Europe/Vienna\u200b', 'Europe/Vienna'],
    ['Ｅｕｒｏｐｅ/Ｖｉｅｎｎａ', 'Europe/Vienna'],
  ])('%s is kept as %s', (text, zone) => {
    expect(parseTimezone(text)).toBe(zone);
    expect(parseTimezone(zone)).toBe(zone);
  });

  test.each([
    ...['', ' ', '+02:00', 'UTC+2', 'GMT+2', 'Mars/Olympus', 'Europe', 'Vienna', '../etc', '7'],
    ...['localtime', 'Factory', 'Etc/Unknown', 'Europe/Vienna;', 'x'.repeat(10_000)],
    // Of these ICU knows some, each as one zone of the several that are meant by it.
    ...['BST', 'IST', 'CST', 'PST', 'ACT'],
  ])('"%s" is none', (text) => {
    expect(parseTimezone(text)).toBeNull();
  });

  test('of any name in any case is one that keeps the same time, and all that count days know it', () => {
    const names = [
      ...Intl.supportedValuesOf('timeZone'),
      ...timezones(),
      ...timezones().flatMap(formerNames),
    ];
    const spelled = (name: string) =>
      fc
        .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
        .map((upper) =>
          [...name].map((c, at) => (upper[at] ? c.toUpperCase() : c.toLowerCase())).join(''),
        );
    for (const name of new Set(names)) {
      const zone = parseTimezone(name) ?? expect.fail(`${name} is not known`);
      expect([name, clockOf(zone)]).toEqual([name, clockOf(name)]);
      expect(dayAt(Date.UTC(2026, 0, 1, 12), zone)).toMatch(/^20/);
      const [spelling = ''] = fc.sample(spelled(name), 1);
      expect([spelling, parseTimezone(spelling)]).toEqual([spelling, zone]);
    }
  });

  test('is offered once, by the name under which it is kept', () => {
    const zones = timezones();
    expect(zones[0]).toBe('UTC');
    expect(new Set(zones).size).toBe(zones.length);
    expect(zones.map(parseTimezone)).toEqual(zones);
    expect(zones).toEqual(expect.arrayContaining(['Asia/Kolkata', 'Europe/Kyiv']));
    expect(zones).not.toContain('Asia/Calcutta');
  });

  test('that is not known counts as another one', () => {
    expect(timezoneOr('Europe/Atlantis', 'Europe/Vienna')).toBe('Europe/Vienna');
    expect(timezoneOr(null, 'Europe/Vienna')).toBe('Europe/Vienna');
    expect(timezoneOr('us/eastern', 'Europe/Vienna')).toBe('America/New_York');
  });
});
