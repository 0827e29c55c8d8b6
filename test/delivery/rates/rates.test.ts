import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MailCount } from '../../../src/delivery/rates/mail-counts.js';
import {
  findWorst,
  formatRate,
  isSurelyOver,
  RATE_LIMITS,
  toLeastPausing,
  toRates,
  toWindows,
} from '../../../src/delivery/rates/rates.js';

const TODAY = '2026-03-08';

/** Counts of a group's digests on a day. */
function on(day: string, events: Partial<Record<MailCount['event'], number>>): MailCount[] {
  return Object.entries(events).map(([event, count]) => ({
    ...{ day, event: event as MailCount['event'], group: 'gmail', mails: 'digest', count },
  }));
}

const ratesOf = (counts: MailCount[], isComplete = true) =>
  toRates({ windows: toWindows(counts, TODAY), isComplete });
const worst = (...counts: MailCount[][]) => findWorst(ratesOf(counts.flat()));
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

  test('is none while it is not known of how many mails', () => {
    expect(ratesOf(on(TODAY, { accepted: 100, complaint: 50 }), false)).toEqual([]);
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

describe('a rate is so far over its limit that digests pause', () => {
  const isSure = (accepted: number, events: Partial<Record<MailCount['event'], number>>) =>
    ratesOf(on(TODAY, { accepted, ...events })).some(isSurelyOver);

  test.each([
    ['complaint', 100, 10],
    ['complaint', 1_000, 10],
    ['complaint', 3_000, 19],
    ['complaint', 10_000, 47],
    ['complaint', 100_000, 354],
    ['permanent', 100, 10],
    ['permanent', 1_000, 50],
    ['permanent', 10_000, 500],
  ] as const)('of %s of %d mails from %d readers on', (event, accepted, least) => {
    expect(isSure(accepted, { [event]: least - 1 })).toBe(false);
    expect(isSure(accepted, { [event]: least })).toBe(true);
  });

  test('never by nine readers, never below the limit, and with more mails by more readers', () => {
    const limits = fc.constantFrom(...Object.values(RATE_LIMITS));
    fc.assert(
      fc.property(limits, fc.nat(10_000_000), fc.nat(10_000), (limit, accepted, more) => {
        const least = toLeastPausing(accepted, limit);
        expect(least).toBeGreaterThanOrEqual(10);
        expect(least).toBeGreaterThanOrEqual(accepted * limit.over - 1e-6);
        expect(toLeastPausing(accepted + more, limit)).toBeGreaterThanOrEqual(least);
        // Nor so many that nothing would ever pause.
        expect(least).toBeLessThanOrEqual(Math.max(11, accepted * limit.over * 4));
      }),
    );
  });

  test('goes before one that is higher by chance', () => {
    const [rate] = worst(
      on('2026-03-04', { accepted: 20_000, complaint: 90 }),
      on(TODAY, { accepted: 100, complaint: 3 }),
    );
    expect(rate).toMatchObject({ window: 'week', readers: 93 });
  });
});
