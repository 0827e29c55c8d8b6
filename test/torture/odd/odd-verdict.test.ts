import { describe, expect, test } from 'vitest';
import type { Expectations } from './odd-cases.js';
import type { OddRow } from './odd-store.js';
import { judgeOdd, type OddEvidence, type SendEnd } from './odd-verdict.js';
import type { Seen, Upload } from './oddity.js';

const ADA = 'ada@reader.test';
const BOB = 'bob@reader.test';

const upload = (to: string, changes: Partial<Upload> = {}): Upload => ({
  to,
  messageId: `<of ${to}>`,
  sha256: `octets for ${to}`,
  at: 0,
  outcome: 'accepted',
  replyLost: false,
  ...changes,
});

const row = (email: string, changes: Partial<OddRow> = {}): OddRow => ({
  email,
  state: 'accepted',
  attempts: 0,
  reply: null,
  ...changes,
});

const seen = (changes: Partial<Seen> = {}): Seen => ({
  uploads: [upload(ADA), upload(BOB)],
  strikes: 1,
  connections: 2,
  logins: 0,
  refused: [],
  firstAt: 0,
  ...changes,
});

const end = (changes: Partial<SendEnd> = {}): SendEnd => ({
  code: 0,
  held: null,
  stopped: false,
  late: false,
  ...changes,
});

/** A run in which all went well, but for what is changed. */
const evidence = (changes: Partial<OddEvidence> = {}): OddEvidence => ({
  readers: [ADA, BOB],
  seen: seen(),
  sends: [end()],
  rows: [row(ADA), row(BOB)],
  worst: { refused: 0, suppressed: 0, attemptsBefore: 0 },
  seconds: 3,
  ...changes,
});

const usual: Expectations = { accepted: 'all', attempts: 'free', held: false };
const violations = (changes: Partial<OddEvidence>, expected: Partial<Expectations> = {}) =>
  judgeOdd(evidence(changes), { ...usual, ...expected }).violations;

describe('the verdict on a run against an odd server', () => {
  test('is good when everybody has one mail', () => {
    expect(judgeOdd(evidence(), usual, { seconds: 2, factor: 2 })).toEqual({
      accepted: 2,
      refused: 0,
      twice: 0,
      explained: 0,
      uploads: 1,
      uploadsLater: null,
      connections: 2,
      seconds: 3,
      allowance: { seconds: 2, factor: 2 },
      ratio: 1.5,
      violations: [],
      slowness: [],
    });
  });

  test('names who is left, and whom nobody planned', () => {
    const left = evidence({
      rows: [row(ADA, { state: 'deferred' })],
      seen: seen({ uploads: [] }),
      sends: [end({ code: 1 })],
    });
    expect(judgeOdd(left, usual).violations).toEqual([
      '2 should be accepted; the ledger has 1 deferred',
      `${BOB} was never planned`,
      'the last send ended with 1',
    ]);
  });

  test('holds the ledger against the server, in both directions', () => {
    expect(violations({ seen: seen({ uploads: [upload(ADA)] }) })).toEqual([
      `${BOB} is accepted in the ledger, and the server never got the mail`,
    ]);
    expect(violations({ rows: [row(ADA), row(BOB, { state: 'deferred' })] })).toContain(
      `${BOB} got a mail, was told so, and is deferred in the ledger`,
    );
  });

  test('tells a refusal that is invented from one that a server spoke', () => {
    const refused = row(BOB, { state: 'refused', reply: 'socket destroyed' });
    const rows = [row(ADA), refused];
    const uploads = [upload(ADA)];
    expect(violations({ rows, seen: seen({ uploads }) })).toContain(
      `1 are refused, and no server said so: ${BOB} (socket destroyed)`,
    );
    expect(violations({ rows, seen: seen({ uploads, refused: [BOB] }) })).toContain(
      '1 are refused for what is no fault of theirs',
    );
  });

  test('knows what was wrong for a while only', () => {
    const worst = { refused: 3, suppressed: 2, attemptsBefore: 1 };
    expect(violations({ worst }, { attempts: 'none before acceptance' })).toEqual([
      'up to 3 were refused for a while',
      'up to 2 addresses were suppressed',
      'up to 1 attempts were counted against what was never accepted',
    ]);
  });

  test('lets a mail come twice only where a reply before it was lost', () => {
    const twice = (first: Partial<Upload>, second: Partial<Upload> = {}) =>
      evidence({
        seen: seen({ uploads: [upload(ADA, first), upload(BOB), upload(ADA, second)] }),
      });
    const explained = judgeOdd(twice({ replyLost: true }), usual);
    expect(explained).toMatchObject({ twice: 1, explained: 1, uploads: 1.5, violations: [] });
    expect(judgeOdd(twice({}, { replyLost: true }), usual)).toMatchObject({
      twice: 1,
      explained: 0,
      violations: [`${ADA} got 1 repeats though no reply was lost`],
    });
    expect(judgeOdd(twice({ replyLost: true }, { sha256: 'others' }), usual).violations).toEqual([
      `${ADA} got a repeat with other octets`,
    ]);
    expect(judgeOdd(twice({ replyLost: true }, { messageId: '<b>' }), usual).violations).toEqual([
      `${ADA} got a repeat under another Message-ID`,
    ]);
  });

  test('counts attempts where no reader was spoken of', () => {
    const rows = [row(ADA, { attempts: 3 }), row(BOB, { attempts: 1 })];
    expect(violations({ rows })).toEqual([]);
    expect(violations({ rows }, { attempts: 'none in vain' })).toEqual([
      "up to 2 attempts count against 1 mails, of no reader's doing",
    ]);
  });

  test('wants a held sending to be told', () => {
    const held = [end({ code: 1, held: true }), end({ held: false })];
    expect(violations({ sends: held }, { held: true })).toEqual([]);
    expect(violations({ sends: [end(), end()] }, { held: true })).toEqual([
      'the first send ended with 0 instead of 1',
      'send does not say that sending is held',
    ]);
    const nobody = {
      rows: [row(ADA, { state: 'planned' }), row(BOB, { state: 'planned' })],
      seen: seen({ uploads: [], logins: 6 }),
      sends: [end({ code: 1, held: true }), end({ code: 1 })],
    };
    expect(violations(nobody, { accepted: 'none', held: true, logins: 5 })).toEqual([
      'send does not say that sending is held',
      '6 AUTH commands are more than 5',
    ]);
  });

  test('counts uploads from when the limit is found out', () => {
    const at = (ms: number, outcome: Upload['outcome']) => upload(ADA, { at: ms, outcome });
    const early = [at(1, 'put off'), at(2, 'put off'), at(3, 'put off')];
    const late = [at(5_000, 'accepted'), upload(BOB, { at: 5_001, outcome: 'put off' })];
    const uploads = [...early, ...late, upload(BOB, { at: 5_002 })];
    const expected = { ...usual, uploads: { most: 1.3, after: 5_000 } };
    expect(judgeOdd(evidence({ seen: seen({ uploads }) }), expected)).toMatchObject({
      uploads: 3,
      uploadsLater: 1.5,
      violations: ['1.50 uploads a mail are more than 1.3'],
    });
  });

  test('is not good where nothing was odd', () => {
    expect(violations({ seen: seen({ strikes: 0 }) })).toEqual(['the server never came to be odd']);
  });

  test('keeps slowness apart from what was counted', () => {
    const slow = judgeOdd(evidence({ seconds: 9 }), usual, { seconds: 2, factor: 2 });
    expect(slow).toMatchObject({
      ratio: 4.5,
      violations: [],
      slowness: ['9.0 s are more than 4.0 s'],
    });
    expect(violations({ sends: [end({ stopped: true, late: true })] })).toEqual([
      'send had to be stopped, it went on for too long',
    ]);
  });
});
