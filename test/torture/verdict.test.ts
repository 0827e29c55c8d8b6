import { describe, expect, test } from 'vitest';
import type { LedgerRow } from './ledger.js';
import type { Recorded } from './record.js';
import { type Evidence, judge, judgeStrike, report, type Struck } from './verdict.js';

const ADA = 'ada@reader.test';
const BOB = 'bob@reader.test';

const mail = (to: string, changes: Partial<Recorded> = {}): Recorded => ({
  messageId: `<of ${to}>`,
  to,
  sha256: `octets for ${to}`,
  at: 0,
  replyLost: false,
  ...changes,
});

const row = (email: string, state = 'accepted', changes: Partial<LedgerRow> = {}): LedgerRow => ({
  email,
  state,
  unclaimedState: 'planned',
  worker: 'host:1:a',
  ...changes,
});

const struck = (...underWay: string[]): Struck => ({ underWay, violations: [] });

/** A run in which all went well, but for what is changed. */
function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    readers: [ADA, BOB],
    connections: 2,
    strikes: [],
    record: [mail(ADA), mail(BOB)],
    ledger: [row(ADA), row(BOB)],
    ...changes,
  };
}

const violations = (changes: Partial<Evidence>) => judge(evidence(changes)).violations;

describe('the verdict on a run', () => {
  test('is good when everybody has one mail', () => {
    expect(judge(evidence())).toEqual({
      readers: 2,
      kills: 0,
      connections: 2,
      lost: 0,
      repeated: 0,
      repliesLost: 0,
      bound: 0,
      explained: 0,
      violations: [],
    });
  });

  test('lets a mail under way at a kill, or whose reply was lost, come once more', () => {
    const verdict = judge(
      evidence({
        strikes: [struck(ADA, BOB), struck()],
        record: [mail(ADA), mail(BOB, { replyLost: true }), mail(ADA), mail(BOB), mail(BOB)],
      }),
    );
    expect(verdict).toMatchObject({ repeated: 3, repliesLost: 1, bound: 6, explained: 3 });
    expect(verdict.violations).toEqual([]);
  });

  test('names a reader whose mail never came', () => {
    const found = violations({ record: [mail(ADA)] });
    expect(found).toContain(`${BOB} never got a mail`);
    expect(found).toContain(`${BOB} is accepted in the ledger, and the server never got the mail`);
    expect(judge(evidence({ record: [mail(ADA)] })).lost).toBe(1);
  });

  test('names a repeat that nothing explains, and more of them than the contract allows', () => {
    const record = [mail(ADA), mail(ADA), mail(BOB)];
    expect(violations({ record })).toEqual([
      '1 repeats are more than 0',
      `${ADA} got 1 repeats after 0 kills and 0 lost replies`,
    ]);
    expect(violations({ record, strikes: [struck(BOB)] })).toEqual([
      `${ADA} got 1 repeats after 0 kills and 0 lost replies`,
    ]);
  });

  test.each([
    [{ messageId: '<another>' }, 'under another Message-ID'],
    [{ sha256: 'others' }, 'with other octets'],
  ])('names a repeat with %j', (changes, what) => {
    const record = [mail(ADA), mail(BOB), mail(ADA, changes)];
    expect(violations({ record, strikes: [struck(ADA)] })).toEqual([`${ADA} got a repeat ${what}`]);
  });

  test('names a Message-ID that two readers share, and one that is missing', () => {
    const shared = { messageId: '<one>' };
    expect(violations({ record: [mail(ADA, shared), mail(BOB, shared)] })).toEqual([
      `${BOB} and ${ADA} share the Message-ID <one>`,
    ]);
    expect(violations({ record: [mail(ADA, { messageId: '' }), mail(BOB)] })).toEqual([
      `${ADA} got a mail without a Message-ID`,
    ]);
  });

  test('names a mail to somebody who is not in the ledger, or only planned', () => {
    expect(violations({ ledger: [row(ADA)] })).toEqual([
      `${BOB} got a mail and is not in the ledger`,
      `${BOB} was never planned`,
    ]);
    expect(violations({ ledger: [row(ADA), row(BOB, 'planned')] })).toEqual([
      `${BOB} got a mail and is planned in the ledger`,
      `${BOB} is planned at the end`,
    ]);
  });

  test('names a delivery that is there twice, and one that has not ended', () => {
    expect(violations({ ledger: [row(ADA), row(BOB), row(BOB)] })).toEqual([
      `${BOB} stands twice in the ledger`,
    ]);
    expect(violations({ ledger: [row(ADA), row(BOB, 'uncertain')] })).toEqual([
      `${BOB} is uncertain at the end`,
    ]);
  });

  test('takes over what was wrong right after a kill', () => {
    const strike = { underWay: [], violations: ['a fault'] };
    expect(violations({ strikes: [strike] })).toEqual(['a fault']);
  });
});

describe('the verdict on a kill', () => {
  const judged = (ledger: LedgerRow[], record: Recorded[], before: string[] = []) =>
    judgeStrike(ledger, record, { connections: 1, before: new Set(before) });

  test('counts what the dead process had under way, not what earlier ones had', () => {
    const old = row(ADA, 'sending', { worker: 'host:0:a' });
    const own = row(BOB, 'sending');
    expect(judged([old, own], [mail(ADA), mail(BOB)], ['host:0:a'])).toEqual(struck(BOB));
  });

  test('names more mails under way than connections', () => {
    const ledger = [row(ADA, 'sending'), row(BOB, 'sending')];
    expect(judged(ledger, []).violations).toEqual(['2 mails were under way over 1 connections']);
  });

  test('names what the ledger does not know of, and what it only believes', () => {
    expect(judged([row(ADA, 'claimed')], [mail(ADA)]).violations).toEqual([
      `${ADA} got a mail and is claimed in the ledger`,
    ]);
    expect(judged([row(ADA)], []).violations).toEqual([
      `${ADA} is accepted in the ledger, and the server never got the mail`,
    ]);
  });

  test('knows that an uncertain mail which is claimed again is still uncertain', () => {
    const again = row(ADA, 'claimed', { unclaimedState: 'uncertain' });
    expect(judged([again], [mail(ADA)]).violations).toEqual([]);
  });
});

test('the report tells the figures, and the first violations', () => {
  const good = judge(
    evidence({ strikes: [struck(ADA)], record: [mail(ADA), mail(BOB), mail(ADA)] }),
  );
  expect(report(good)).toEqual([
    'lost = 0 of 2',
    'repeated = 1, at most (1 kills + 0 replies lost) × 2 connections = 2; the ledger explains up to 1',
    'each repeat has the Message-ID and the octets of its first; the ledger agrees row by row',
  ]);
  const readers = Array.from({ length: 30 }, (_, n) => `reader${n}@reader.test`);
  const bad = report(judge(evidence({ readers })));
  expect(bad.filter((line) => line.startsWith('VIOLATION: '))).toHaveLength(20);
  expect(bad.at(-1)).toMatch(/^… and \d+ more$/);
});
