import { describe, expect, test } from 'vitest';
import { STATES, type SubscriberState } from '../../src/subscribers/subscriber.js';
import {
  decideSuppression,
  mayOwnerLift,
  overruledBy,
  type PastAttempt,
  type RefusalKind,
} from '../../src/subscribers/suppression.js';
import { HOUR, MINUTE, START } from '../store/clock.js';

const DAY = 24 * HOUR;
const NOW = START;

/** So many hours before now. */
const ago = (outcome: PastAttempt['outcome'], hours: number): PastAttempt => ({
  at: NOW - hours * HOUR,
  outcome,
});
/** One a day on each of so many days before now, newest first. */
const daily = (outcome: PastAttempt['outcome'], days: number) =>
  Array.from({ length: days }, (_, day) => ago(outcome, 24 * (day + 1)));
const accepted = ago('accepted', 24 * 50);

function decide(
  meaning: RefusalKind,
  history: PastAttempt[],
  state: SubscriberState = 'active',
): string {
  return decideSuppression({ meaning, state, history, now: NOW });
}

describe('a mailbox that is gone', () => {
  test.each([
    ['never confirmed', 'pending', [], 'suppress'],
    ['not confirmed once more', 'pending', [accepted], 'suppress'],
    ['active without ever taking a mail', 'active', [], 'suppress'],
    ['that only ever refused', 'active', daily('refused', 1), 'suppress'],
    ['that has taken mail', 'active', [ago('accepted', 24)], 'keep'],
    ['that has taken mail, of somebody who paused', 'paused', [ago('accepted', 24)], 'keep'],
    ['and suppressed already', 'suppressed', [], 'keep'],
  ] as const)('of somebody %s (%s): %#', (_who, state, history, expected) => {
    expect(decide('gone', [...history], state)).toBe(expected);
  });

  test.each([
    ['the same hour two days later', 48, 'suppress'],
    ['two days less than two hours before', 46, 'suppress'],
    ['too early to be another day’s word', 45.9, 'keep'],
    ['the day after', 24, 'keep'],
    ['sixty days later', 24 * 60, 'suppress'],
    ['more than sixty days later', 24 * 60 + 1, 'keep'],
  ])('is believed by a second refusal: %s', (_when, hours, expected) => {
    expect(decide('gone', [ago('gone', hours), ago('accepted', 24 * 90)])).toBe(expected);
  });

  test('is not, where a mail was accepted in between', () => {
    expect(decide('gone', [ago('accepted', 24), ago('gone', 72)])).toBe('keep');
  });

  test('is believed by the second on the third day of daily ones', () => {
    expect(decide('gone', [...daily('gone', 1), accepted])).toBe('keep');
    expect(decide('gone', [...daily('gone', 2), accepted])).toBe('suppress');
  });

  test('is not, where the earlier refusal said something else', () => {
    for (const other of ['full', 'disabled', 'refused'] as const) {
      expect(decide('gone', [...daily(other, 3), accepted])).toBe('keep');
    }
  });

  test('may be in its own history', () => {
    expect(decide('gone', [ago('gone', 0), accepted])).toBe('keep');
  });
});

describe.each([
  ['disabled', 3],
  ['refused', 5],
  ['full', 7],
] as const)('a mailbox that is %s', (kind, days) => {
  test(`is suppressed once that lasts for ${days} days`, () => {
    expect(decide(kind, [...daily(kind, days - 1), accepted])).toBe('keep');
    expect(decide(kind, [...daily(kind, days), accepted])).toBe('suppress');
  });

  test('is not by few refusals over a long time', () => {
    const few = Array.from({ length: days - 2 }, (_, n) => ago(kind, 24 * 7 * (n + 1)));
    expect(decide(kind, few)).toBe('keep');
    expect(decide(kind, [...few, ago(kind, 24 * 7 * days)])).toBe('suppress');
  });

  test('is not by many on few days', () => {
    const many = Array.from({ length: 50 }, (_, n) => ago(kind, n / 50));
    expect(decide(kind, [...many, ago(kind, 24 * days)])).toBe('keep');
  });

  test('is not, where a mail was accepted in between', () => {
    expect(decide(kind, [...daily(kind, days - 1), ago('accepted', 24 * days - 1)])).toBe('keep');
    const broken = daily(kind, 2 * days);
    broken[1] = ago('accepted', 48);
    expect(decide(kind, broken)).toBe('keep');
  });

  test('is suppressed at an hour that moves, too', () => {
    const history = daily(kind, days).map(({ at, outcome }) => ({ at: at + 2 * HOUR, outcome }));
    expect(decide(kind, history)).toBe('suppress');
    const later = history.map(({ at, outcome }) => ({ at: at + MINUTE, outcome }));
    expect(decide(kind, later)).toBe('keep');
  });

  test('is never suppressed by the first, however new the address', () => {
    for (const state of STATES) expect(decide(kind, [], state)).toBe('keep');
  });
});

test('what says more counts for what says less, and not the other way round', () => {
  expect(decide('refused', [...daily('gone', 2), ...daily('disabled', 5).slice(2)])).toBe(
    'suppress',
  );
  expect(decide('refused', daily('full', 6))).toBe('keep');
  expect(decide('disabled', daily('refused', 4))).toBe('keep');
  expect(decide('full', [...daily('full', 3), ...daily('refused', 7).slice(3)])).toBe('suppress');
});

describe('the owner’s own request', () => {
  const suppression = { email: 'a@reader.test', at: NOW, detail: null };

  test('is enough for a bounce that is a week old', () => {
    const bounce = { ...suppression, reason: 'bounce' } as const;
    expect(mayOwnerLift(bounce, NOW + 7 * DAY - 1)).toBe(false);
    expect(mayOwnerLift(bounce, NOW + 7 * DAY)).toBe(true);
  });

  test.each(['complaint', 'operator'] as const)('is not for one by %s', (reason) => {
    expect(mayOwnerLift({ ...suppression, reason }, NOW + 1_000 * DAY)).toBe(false);
    expect(overruledBy(reason)).toEqual(['bounce', 'owner']);
  });

  test('is not for one by the link of a notice, which stands behind the others', () => {
    expect(mayOwnerLift({ ...suppression, reason: 'owner' }, NOW + 1_000 * DAY)).toBe(false);
    expect(overruledBy('owner')).toEqual(['bounce']);
  });

  test('is shut out by no further bounce', () => {
    expect(overruledBy('bounce')).toEqual([]);
  });
});
