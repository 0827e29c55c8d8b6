import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isDay } from '../../src/base/day.js';
import { parseDate } from '../../src/sources/dates/parse-date.js';
import { type FeedDesk, item, openFeeds, rss, TODAY, titles } from './feeding.js';

// The kind: the date of an entry, as programs and people of many countries write it.

describe('2 April 2025 is read', () => {
  test.each([
    ...['2025-04-02', '2025-04-02T10:00:00Z', '2025-04-02t10:00:00z', '2025-04-02T10:00Z'],
    ...['2025-04-02T10:00:00+0200', '2025-04-02T10:00:00.123456+02', '2025-04-02T10:00:00,5Z'],
    ...[
      '2025-04-02 10:00:00 +0000 UTC',
      '2025-04-02T23:59:60Z',
      '2025-04-02 10:00:00 Europe/Berlin',
    ],
    ...[
      '20250402',
      '20250402T100000Z',
      '20250402100000',
      '2025/04/02',
      '2025/4/2 10:00',
      '2025.04.02',
    ],
  ])('from ISO 8601 and what is like it: %s', (text) => {
    expect(parseDate(text, 'UTC')).toBe('2025-04-02');
  });

  test.each([
    ...[
      'CEST',
      'CET',
      'MESZ',
      'MEZ',
      'BST',
      'WEST',
      'EEST',
      'EST',
      'PDT',
      'UT',
      'Z',
      'A',
      'IST',
      'XYZ',
    ],
    ...['+0200', '+0200 (CEST)', '(CEST)', 'GMT+02:00', 'UTC+2', '-0000', '', '+2'],
  ])('with the zone "%s"', (zone) => {
    expect(parseDate(`Wed, 02 Apr 2025 10:00:00 ${zone}`, 'UTC')).toBe('2025-04-02');
  });

  test.each([
    ...['Wed,02 Apr 2025 10:00:00 GMT', 'Wed, 2 Apr 25 10:00:00 GMT', '2 Apr 25', '02 Apr 2025'],
    ...['Wed, 02-Apr-25 10:00:00 GMT', 'Wednesday, 02-Apr-2025 10:00:00 GMT'],
    ...['Wed Apr 02 2025 10:00:00 GMT+0200 (Central European Summer Time)'],
    ...[
      'Wed Apr  2 10:00:00 2025',
      'Wed Apr 2 10:00:00 CEST 2025',
      'Mon, 02 Apr 2025 10:00:00 GMT',
    ],
    ...[
      'April 2, 2025',
      'April 2nd, 2025 at 10:00 am',
      'Apr. 2, 2025, 10 a.m. EST',
      '2nd of April 2025',
    ],
  ])('from what programs and people write in English: %s', (text) => {
    expect(parseDate(text, 'UTC')).toBe('2025-04-02');
  });

  test.each([
    ...['2 de abril de 2025', 'miércoles, 2 de abril de 2025, 10:00', 'mar 2 abr 2025'],
    ...['quarta-feira, 2 de Abril de 2025 às 10h30', '2 avril 2025', 'mer. 2 avr. 2025 10:00:00'],
    ...['2. April 2025', 'Mittwoch, 2. April 2025, 10.30 Uhr', 'Mi, 02 Apr 2025 10:00:00 +0200'],
    ...['2 aprile 2025', 'mer, 02 apr 2025 10:00:00 +0200', '2 april 2025', '2 kwietnia 2025'],
    ...['2. dubna 2025', '2 апреля 2025 г.', 'Ср, 02 апр 2025 10:00:00 +0300', '2 квітня 2025 р.'],
    ...['2 Απριλίου 2025', '2 Nisan 2025 Çarşamba', '2025. április 2.', '2. huhtikuuta 2025'],
    ...['2025年4月2日', '2025年04月02日 10時00分', '2025年4月2日(水) 10:00', '2025년 4월 2일'],
    ...['٢ أبريل ٢٠٢٥', '२ अप्रैल २०२५', '２０２５年４月２日'],
  ])('in other languages: %s', (text) => {
    expect(parseDate(text, 'UTC')).toBe('2025-04-02');
  });

  test.each([
    ...['02.04.2025', '2.4.2025', '02.04.2025, 10:00 Uhr', 'Mi., 02.04.2025 - 10:00'],
    ...['Wed, 04/02/2025', 'Wed, 02/04/2025 10:00'],
    ...['1743588000', '1743588000.5', '1743588000000', '1743588000000000'],
  ])('from numbers: %s', (text) => {
    expect(parseDate(text, 'UTC')).toBe('2025-04-02');
  });
});

test.each([
  ['Wed, 02 Apr 2025 01:00:00 CEST', '2025-04-01'],
  ['2025-04-02 22:00:00 -0500', '2025-04-03'],
  ['Wed Apr 2 22:00:00 EST 2025', '2025-04-03'],
  ['April 2, 2025 10:00 PM PDT', '2025-04-03'],
  ['2025-04-02T24:00:00Z', '2025-04-03'],
  ['13/04/2025', '2025-04-13'],
  ['04-13-2025', '2025-04-13'],
  ['04/04/2025', '2025-04-04'],
  ['mar 4 mar 2025', '2025-03-04'],
  ['1970-01-01T00:00:00Z', '1970-01-01'],
])('%s is %s', (text, day) => {
  expect(parseDate(text, 'UTC')).toBe(day);
});

const UNREADABLE = [
  ...['02/04/2025', '02-04-2025', '02.04.25', '2 listopad 2025', '31.02.2025', '31 Feb 2025'],
  ...['2025-04', 'April 2025', '2025', '2025-13-01', '0000-00-00 00:00:00', '0001-01-01T00:00:00Z'],
  ...[
    'yesterday',
    '2 days ago',
    'Week 14 2025',
    '2025-04-02/2025-04-05',
    '10:00',
    '12345',
    'x'.repeat(9_999),
  ],
];

test.each(UNREADABLE)('%s is no day, or one of two', (text) => {
  expect(parseDate(text, 'UTC')).toBeNull();
});

test('any day in any language comes out as it is, or not at all', () => {
  const day = fc.date({
    min: new Date('1995-01-01'),
    max: new Date('2090-12-31'),
    noInvalidDate: true,
  });
  const language = fc.constantFrom(
    'en-US',
    'en-GB',
    'de',
    'fr',
    'es',
    'it',
    'pt',
    'nl',
    'pl',
    'ru',
    'sv',
  );
  const style = fc.constantFrom('full', 'long');
  fc.assert(
    fc.property(day, language, style, (date, language, dateStyle) => {
      const text = new Intl.DateTimeFormat(language, {
        ...({ dateStyle, timeZone: 'UTC' } as const),
      }).format(date);
      const day = date.toISOString().slice(0, 10);
      // `listopada` is November in Polish and October in Croatian.
      const wanted = /listopada/.test(text) ? null : day;
      expect(parseDate(text, 'UTC')).toBe(wanted);
    }),
  );
});

test('whatever is written, it is a day or nothing', () => {
  const piece = fc.constantFrom(...'0123456789 /-.:,+T年月', 'Apr', 'mar', 'GMT', '2025', '(', ')');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((all) => all.join('')),
      ),
      (text) => {
        const day = parseDate(text, 'America/New_York');
        expect(day === null || isDay(day)).toBe(true);
      },
    ),
  );
});

describe('an entry', () => {
  let desk: FeedDesk;
  beforeEach(async () => {
    desk = await openFeeds();
  });
  afterEach(() => desk.served.close());

  test('of last year is none of today, however its date is written', async () => {
    const dates = [
      ...['Wed, 02 Apr 2025 10:00:00 CEST', '2 de abril de 2025', '1743588000', '02.04.2025'],
    ];
    desk.bodies.set('/feed', rss(item('Today'), ...dates.map((date) => item(date, '', date))));
    const json = dates.map((date) => ({
      id: date,
      title: `${date} in JSON`,
      date_published: date,
    }));
    desk.bodies.set(
      '/json',
      JSON.stringify({
        ...{ version: 'https://jsonfeed.org/version/1.1', title: 'x' },
        items: json.map((one, n) => ({ ...one, url: `https://lab.example/${n}` })),
      }),
    );
    expect(titles(await desk.list(TODAY, '/feed', '/json'))).toEqual(['Today']);
    const then = await desk.list('2025-04-02', '/feed', '/json');
    expect(titles(then)).toHaveLength(8);
    expect((await desk.list('2025-02-04', '/feed', '/json')).listed).toBe(0);
  });

  test('whose date nobody can read is of no day, and is told', async () => {
    desk.bodies.set('/feed', rss(...UNREADABLE.map((date, n) => item(`N${n}`, '', date))));
    const { listed, papers, dropped } = await desk.list();
    expect([listed, papers]).toEqual([UNREADABLE.length, []]);
    expect(dropped[0]).toEqual({
      id: `${desk.served.url.host} #1`,
      reason: 'the date "02/04/2025" can be read in no way, or in several',
    });
    expect(dropped).toHaveLength(UNREADABLE.length);
    expect(await desk.source('/feed').newestDay(TODAY)).toBeNull();
    expect((await desk.list('2026-03-03')).listed).toBe(0);
  });

  test('has the first of its dates that can be read', async () => {
    const more = '<dc:date>2026-03-03</dc:date>';
    desk.bodies.set('/feed', rss(item('A', more, '02/03/2026'), item('B', more, '')));
    expect(titles(await desk.list('2026-03-03'))).toEqual(['A', 'B']);
  });
});
