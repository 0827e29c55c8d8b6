import { describe, expect, test } from 'vitest';
import type { MailCount } from '../../../src/delivery/rates/mail-counts.js';
import { findWorst, formatRate, toRates, toWindows } from '../../../src/delivery/rates/rates.js';

const TODAY = '2026-03-08';

/** Counts of a group's digests on a day. */
function on(day: string, events: Partial<Record<MailCount['event'], number>>): MailCount[] {
  return Object.entries(events).map(([event, count]) => ({
    ...{ day, event: event as MailCount['event'], group: 'gmail', mails: 'digest', count },
  }));
}

const worst = (...counts: MailCount[][]) => findWorst(toRates(toWindows(counts.flat(), TODAY)));
const levels = (...counts: MailCount[][]) =>
  worst(...counts).map(({ event, window, level }) => `${event} ${window} ${level}`);

describe('a rate', () => {
  test.each([
    ['one complaint of ten readers', { accepted: 10, complaint: 1 }],
    ['three of fewer than a hundred mails', { accepted: 99, complaint: 3 }],
    ['two readers of a thousand', { accepted: 600, complaint: 2 }],
    ['few of many', { accepted: 10_000, complaint: 9, permanent: 199, policy: 199 }],
    ['four bounces', { accepted: 100, permanent: 4, policy: 4 }],
    ['full and delayed ones', { accepted: 100, full: 50, temporary: 50 }],
    ['reports without mails', { complaint: 50 }],
  ])('is fine: %s', (_what, events) => expect(levels(on(TODAY, events))).toEqual([]));

  test.each([
    ['0.1 % complaints', { accepted: 3_000, complaint: 3 }, ['complaint week near']],
    ['0.3 % complaints', { accepted: 1_000, complaint: 3 }, ['complaint week over']],
    ['a little less', { accepted: 1_001, complaint: 3 }, ['complaint week near']],
    ['2 % bounces', { accepted: 1_000, permanent: 20 }, ['permanent week near']],
    ['5 % blocks', { accepted: 100, policy: 5 }, ['policy week over']],
  ])('has limits: %s', (_what, events, expected) =>
    expect(levels(on(TODAY, events))).toEqual(expected),
  );

  test('of a day counts beside that of the week, yesterday too, but no day before', () => {
    const week = on('2026-03-03', { accepted: 100_000 });
    const bad = { accepted: 1_000, complaint: 4 };
    expect(levels(week, on(TODAY, bad))).toEqual(['complaint today over']);
    expect(levels(week, on('2026-03-07', bad))).toEqual(['complaint yesterday over']);
    expect(levels(week, on('2026-03-06', bad))).toEqual([]);
  });

  test('of the week forgets what is older than seven days', () => {
    const bad = { accepted: 1_000, complaint: 4 };
    expect(levels(on('2026-03-02', bad))).toEqual(['complaint week over']);
    expect(levels(on('2026-03-01', bad))).toEqual([]);
  });

  test('keeps groups and kinds of mails apart', () => {
    const other = on(TODAY, { complaint: 9 }).map((one) => ({ ...one, group: 'yahoo' }));
    const notices = on(TODAY, { complaint: 9 }).map((one) => ({
      ...one,
      mails: 'notice' as const,
    }));
    expect(levels(on(TODAY, { accepted: 1_000 }), other, notices)).toEqual([]);
  });

  test('is told in words', () => {
    expect(worst(on(TODAY, { accepted: 12_345, complaint: 50 })).map(formatRate)).toEqual([
      '50 of 12,345 digests of 7 days (0.41 %) were reported as spam',
    ]);
  });
});
