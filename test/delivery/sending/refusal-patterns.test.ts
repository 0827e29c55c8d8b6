import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefusalPatterns, type Ruling } from '../../../src/delivery/sending/refusal-patterns.js';

const [A, B] = ['a.example', 'b.example'];
const WORDS = '550 5.7.1 blocked';

/** Patterns of refusals, each of which is named by its reader. */
function made() {
  const patterns = new RefusalPatterns<number>();
  const time = { now: 0 };
  const refuse = (reader: number, domain: string, { words = WORDS, ofUs = false } = {}) =>
    patterns.rule({ reader, domain, words, ofUs }, reader, time.now);
  return {
    patterns,
    time,
    refuse,
    same: (reader: number, domain: string, words = WORDS): Ruling =>
      refuse(reader, domain, { words }).ruling,
    ofUs: (reader: number, domain: string): Ruling => refuse(reader, domain, { ofUs: true }).ruling,
  };
}

describe('the same refusal of one reader after the other', () => {
  test('from more than one domain is about us everywhere from the fifth on', () => {
    const { refuse, same } = made();
    const rulings = [same(1, A), same(2, A), same(3, B), same(4, A)];
    expect(rulings).toEqual(['reader', 'reader', 'reader', 'reader']);
    const { ruling, takeBack } = refuse(5, A);
    expect(ruling).toBe('route');
    expect(takeBack.slice(0, 4)).toEqual([1, 2, 3, 4]);
  });

  test('from one domain is about us there, and nowhere else', () => {
    const { refuse, same } = made();
    for (const reader of [1, 2, 3, 4]) expect(same(reader, A)).toBe('reader');
    const { ruling, takeBack } = refuse(5, A);
    expect(ruling).toBe('domain');
    expect(takeBack.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(same(6, A)).toBe('domain');
  });

  test('is taken back once', () => {
    const { refuse } = made();
    for (const reader of [1, 2, 3, 4, 5]) refuse(reader, A);
    expect(refuse(6, A).takeBack).toEqual([6]);
  });

  test('is about the readers once another of the domain was accepted', () => {
    const { patterns, same } = made();
    for (const reader of [1, 2, 3, 4]) same(reader, A);
    patterns.noteAccepted(A);
    for (const reader of [5, 6, 7, 8]) expect(same(reader, A)).toBe('reader');
    expect(same(9, A)).toBe('domain');
  });

  test('is not about us everywhere once any mail was accepted, while its domain stays in doubt', () => {
    const { patterns, same } = made();
    for (const reader of [1, 2, 3]) same(reader, A);
    same(4, B);
    patterns.noteAccepted('c.example');
    expect([same(5, A), same(6, A)]).toEqual(['reader', 'domain']);
  });

  test('counts readers, not tries', () => {
    const { same } = made();
    const tries = Array.from({ length: 9 }, (_, n) => same(n % 4, n % 2 ? A : B));
    expect(new Set(tries)).toEqual(new Set(['reader']));
  });

  test('is another one where the words differ', () => {
    const { same } = made();
    for (let reader = 0; reader < 12; reader++) {
      expect(same(reader, reader % 2 ? A : B, `550 words ${reader % 3}`)).toBe('reader');
    }
  });
});

describe('words about the sender', () => {
  test('from a domain that accepts are suspect first, then about us there', () => {
    const { patterns, ofUs } = made();
    patterns.noteAccepted(A);
    expect([ofUs(1, A), ofUs(2, A), ofUs(3, A)]).toEqual(['suspect', 'domain', 'domain']);
  });

  test('from two domains are about us everywhere', () => {
    const { patterns, ofUs } = made();
    patterns.noteAccepted(A);
    expect([ofUs(1, A), ofUs(2, B)]).toEqual(['suspect', 'route']);
  });

  test('about one reader again are about us there, unless others were accepted meanwhile', () => {
    const { patterns, ofUs } = made();
    patterns.noteAccepted(A);
    expect(ofUs(1, A)).toBe('suspect');
    expect(ofUs(1, A)).toBe('domain');
    const other = made();
    other.patterns.noteAccepted(A);
    expect(other.ofUs(1, A)).toBe('suspect');
    other.patterns.noteAccepted(A);
    expect(other.ofUs(1, A)).toBe('reader');
    // It is known no more, and begins anew.
    expect(other.ofUs(1, A)).toBe('suspect');
  });

  test('are not excused by what other domains accept', () => {
    const { patterns, ofUs } = made();
    patterns.noteAccepted(A);
    expect(ofUs(1, A)).toBe('suspect');
    for (let n = 0; n < 9; n++) patterns.noteAccepted(B);
    expect(ofUs(1, A)).toBe('domain');
  });

  test('are the same whatever they are, and others than a refusal of the reader', () => {
    const { patterns, refuse, same } = made();
    patterns.noteAccepted(A);
    for (const reader of [1, 2, 3, 4]) same(reader, A);
    expect(refuse(5, A, { words: 'relaying denied', ofUs: true }).ruling).toBe('suspect');
    expect(refuse(6, B, { words: 'poor reputation', ofUs: true }).ruling).toBe('route');
  });
});

describe('one domain alone', () => {
  const event = fc.record({
    what: fc.constantFrom('refuse', 'refuse', 'refuse', 'accept', 'acceptHere'),
    reader: fc.nat(9),
    words: fc.nat(2),
    ofUs: fc.boolean(),
  });

  test('never stops a route, whatever it says to whom, whatever others accept', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const { patterns, refuse } = made();
        for (const { what, reader, words, ofUs } of events) {
          if (what === 'accept') patterns.noteAccepted(B);
          else if (what === 'acceptHere') patterns.noteAccepted(A);
          else expect(refuse(reader, A, { words: `550 ${words}`, ofUs }).ruling).not.toBe('route');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is kept', () => {
  test('is of 2,000 domains, those that were used last', () => {
    const { patterns } = made();
    patterns.noteAccepted(A);
    patterns.noteAccepted(B);
    for (let n = 0; n < 5_000; n++) {
      patterns.noteAccepted(`${n}.example`);
      if (n % 1_000 === 0) patterns.noteAccepted(A);
    }
    // A reader's own filter is recognised at domains of which it is known that they accept mails.
    const isKnown = (domain: string, reader: number) => {
      const refusal = { reader, domain, words: WORDS, ofUs: true, perhapsOfReader: true };
      patterns.rule(refusal, reader, 0);
      const { ruling } = patterns.rule(refusal, reader, 0);
      patterns.noteAccepted('elsewhere.example');
      return ruling === 'reader';
    };
    expect(isKnown('2999.example', 1)).toBe(false);
    expect(isKnown('4999.example', 2)).toBe(true);
    expect([isKnown(A, 3), isKnown(B, 4)]).toEqual([true, false]);
  });
});

describe('what was long ago, or wrong before', () => {
  const DAY = 24 * 3_600_000;

  test('refusals of different days are in no row', () => {
    const { same, time } = made();
    for (let reader = 1; reader <= 20; reader++) {
      time.now += DAY / 4 + 1;
      expect(same(reader, A)).not.toBe('route');
      if (reader < 5) expect(same(reader, A)).toBe('reader');
    }
    const { same: slow, time: later } = made();
    for (let reader = 1; reader <= 12; reader++) {
      later.now += DAY / 3;
      expect(slow(reader, A)).toBe('reader');
    }
  });

  test('domains that held all sending for nothing do so no more, for a day', () => {
    const { patterns, ofUs, same, time } = made();
    ofUs(1, A);
    expect(ofUs(2, B)).toBe('route');
    patterns.noteAccepted('c.example');
    patterns.discredit([A, B], time.now);
    ofUs(1, A);
    expect(ofUs(2, B)).not.toBe('route');
    for (let reader = 10; reader < 18; reader++) {
      expect(same(reader, reader % 2 ? A : B)).not.toBe('route');
    }
    time.now += DAY + 1;
    ofUs(3, A);
    expect(ofUs(4, B)).toBe('route');
  });
});

test('who is refused again after others of the domain were taken is gone', () => {
  const { patterns, same } = made();
  for (let reader = 1; reader < 5; reader++) expect(same(reader, A)).toBe('reader');
  expect(same(5, A)).toBe('domain');
  expect(same(1, A)).toBe('domain');
  patterns.noteAccepted(A);
  for (let reader = 1; reader <= 5; reader++) expect(same(reader, A)).toBe('reader');
  for (let reader = 11; reader < 15; reader++) expect(same(reader, A)).toBe('reader');
  expect(same(15, A)).toBe('domain');
});

test('one reader’s own filter holds nobody if others were accepted before', () => {
  const { patterns } = made();
  const words = { words: WORDS, ofUs: true, perhapsOfReader: true };
  patterns.noteAccepted(A);
  expect(patterns.rule({ reader: 1, domain: A, ...words }, 1, 0).ruling).toBe('suspect');
  expect(patterns.rule({ reader: 1, domain: A, ...words }, 1, 0).ruling).toBe('reader');
});

test('one reader’s own filter holds the domain if nobody was accepted there', () => {
  const { patterns } = made();
  const words = { words: WORDS, ofUs: true, perhapsOfReader: true };
  expect(patterns.rule({ reader: 2, domain: B, ...words }, 2, 0).ruling).toBe('suspect');
  expect(patterns.rule({ reader: 2, domain: B, ...words }, 2, 0).ruling).toBe('domain');
});
