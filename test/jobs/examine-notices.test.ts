import { expect, test } from 'vitest';
import { examineNotices } from '../../src/jobs/doctor/examine-notices.js';

const NONE = { reader: 0, stranger: 0, crowd: 0, import: 0 };
const NOT_WITHHELD = { mailbox: 0, domain: 0, network: 0, all: 0 };
const ROOM = { used: 3, max: 40 };
const HOUR = 3_600_000;

test('doctor says nothing of notices that go', () => {
  const waitingNotices = { ...NONE, stranger: 3 };
  const status = { waitingNotices, oldestNotice: HOUR / 2, withheldNotices: NOT_WITHHELD };
  expect(examineNotices(status, ROOM)).toEqual([]);
});

test('doctor warns of notices that wait for hours, and tells of imports and of what was withheld', () => {
  const waitingNotices = { reader: 1, stranger: 2, crowd: 3, import: 2_000 };
  const withheldNotices = { ...NOT_WITHHELD, mailbox: 19, all: 1 };
  const found = examineNotices({ waitingNotices, oldestNotice: 5 * HOUR, withheldNotices }, ROOM);
  expect(found.map(({ warns = false, told }) => [warns, told])).toEqual([
    [true, expect.stringMatching(/^6 wait, the oldest for 5 hours: .*NOTICES_PER_HOUR/)],
    [false, '2000 confirmations of imports wait for their turn'],
    [false, 'so many requests were over a limit and got no mail: mailbox 19, all 1'],
  ]);
});

test('doctor warns when strangers have asked for all that they may', () => {
  const status = { waitingNotices: NONE, oldestNotice: 0, withheldNotices: NOT_WITHHELD };
  expect(examineNotices(status, { used: 39, max: 40 })).toEqual([]);
  expect(examineNotices(status, { used: 40, max: 40 })).toEqual([
    {
      ...{ subject: 'notices', ok: true, warns: true },
      told: expect.stringMatching(/^nobody new gets a confirmation: 40 /),
    },
  ]);
});
