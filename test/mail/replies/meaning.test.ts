import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readClearCode } from '../../../src/mail/replies/codes.js';
import { LOOSE_PHRASES } from '../../../src/mail/replies/loose-phrases.js';
import { type Meaning, readMeaning } from '../../../src/mail/replies/meaning.js';
import { matches, type Phrase, toReading } from '../../../src/mail/replies/phrases.js';
import { PLAIN_PHRASES } from '../../../src/mail/replies/plain-phrases.js';
import { PROVIDER_PHRASES } from '../../../src/mail/replies/providers.js';
import { RELAY_PHRASES } from '../../../src/mail/replies/relays.js';
import { parseReply, SMTP_STAGES } from '../../../src/mail/replies/reply.js';
import { loadReplies } from './samples.js';

const GROUPS = ['general', 'providers', 'relays'].flatMap((name) => [...loadReplies(name)]);
const SAMPLES = GROUPS.flatMap(([, samples]) => samples);
const PHRASES = [...PLAIN_PHRASES, ...PROVIDER_PHRASES, ...RELAY_PHRASES, ...LOOSE_PHRASES];

/** `us/quota`; behind throttling its wait and connections, where it has them. */
function nameOf(meaning: Meaning): string {
  const name = `${meaning.of}/${meaning.kind}`;
  if (meaning.kind !== 'throttling' || meaning.wait === null) return name;
  return `${name},${meaning.wait},${meaning.connections}`;
}

describe.each(GROUPS)('%s', (_, samples) => {
  test.each(samples)('at %s: %s → %s', (stage, text, meaning) => {
    expect(nameOf(readMeaning(parseReply(text, stage)))).toBe(meaning);
  });
});

describe('the table', () => {
  /** The row that decides, if one does: the same order as `readMeaning`. */
  const deciding = new Set(
    SAMPLES.map(([stage, text, meaning]) => {
      const reading = toReading(parseReply(text, stage));
      const fits = (phrase: Phrase) =>
        matches(phrase, reading) &&
        (phrase.meaning.of !== 'reader' || meaning.startsWith('reader'));
      const plain = PLAIN_PHRASES.find(fits);
      return plain ?? (readClearCode(reading) ? undefined : PHRASES.find(fits));
    }),
  );

  test.each(
    PHRASES.map(
      (phrase) => [`${phrase.provider}: ${phrase.digit} ${phrase.words.source}`, phrase] as const,
    ),
  )('decides a real reply by %s', (_, phrase) => {
    expect(deciding.has(phrase)).toBe(true);
  });

  test('says where each row comes from', () => {
    for (const phrase of PHRASES) expect(phrase.source).toMatch(/^(https:\/\/|RFC \d+ §)/);
  });

  test('repeats nothing without a bound, so that time grows with the text and no faster', () => {
    for (const { words } of PHRASES) expect(words.source).not.toMatch(/(?<!\\)[*+]|,\}/);
  });

  test('keeps no state between two replies', () => {
    for (const { words } of PHRASES) expect(words.flags).toBe('');
  });
});

describe('whatever a server says', () => {
  const stage = fc.constantFrom(...SMTP_STAGES);
  const phrase = fc.constantFrom(...SAMPLES.map(([, text]) => text));
  /** What one server says, said by another that uses a code in its own way. */
  const recoded = (digit: number) =>
    fc
      .tuple(
        phrase.filter((text) => /^\d{3}/.test(text)),
        fc.integer({ min: digit * 100, max: digit * 100 + 99 }),
      )
      .map(([text, number]) =>
        text.replace(/^\d{3}/gm, String(number)).replace(/\b[45](?=\.\d{1,3}\.\d)/g, String(digit)),
      );

  test('it has a meaning', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), phrase), stage, (text, at) => {
        expect(nameOf(readMeaning(parseReply(text, at)))).toMatch(/^(reader|us|server)\//);
      }),
      { numRuns: 2_000 },
    );
  });

  test('no reader is judged before the server has heard of one', () => {
    const early = fc.constantFrom(...SMTP_STAGES.slice(0, SMTP_STAGES.indexOf('rcpt')));
    fc.assert(
      fc.property(fc.oneof(recoded(4), recoded(5)), early, (text, at) => {
        expect(readMeaning(parseReply(text, at)).of).not.toBe('reader');
      }),
      { numRuns: 3_000 },
    );
  });

  test('5yz to MAIL, AUTH, EHLO and STARTTLS is about us', () => {
    const ours = fc.constantFrom('ehlo', 'tls', 'auth', 'mail' as const);
    fc.assert(
      fc.property(recoded(5), ours, (text, at) => {
        expect(readMeaning(parseReply(text, at)).of).toBe('us');
      }),
      { numRuns: 3_000 },
    );
  });

  test('4yz never says that a mailbox is gone, full or disabled, or that a mail is refused', () => {
    fc.assert(
      fc.property(recoded(4), stage, (text, at) => {
        const { kind } = readMeaning(parseReply(text, at));
        expect(['gone', 'full', 'disabled', 'refused']).not.toContain(kind);
      }),
      { numRuns: 3_000 },
    );
  });

  test('five codes of RFC 3463 and no others say by themselves that a mailbox is gone', () => {
    const detail = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(
        detail,
        detail,
        fc.constantFrom('rcpt', 'dot' as const),
        (subject, number, at) => {
          const meaning = readMeaning(parseReply(`550 5.${subject}.${number} No`, at));
          const none = subject === 1 && [1, 2, 3, 6, 10].includes(number);
          expect(meaning.kind === 'gone').toBe(none);
        },
      ),
    );
  });

  test('what is longer than a reply can be is read as far as one goes', () => {
    const long = { stage: 'rcpt', code: 550, enhanced: null } as const;
    const filler = 'user '.repeat(200_000);
    expect(readMeaning({ ...long, text: `550 ${filler}unknown` })).toEqual({
      of: 'reader',
      kind: 'refused',
    });
  });
});
