import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FieldError, PaperboyError } from '../../src/base/errors.js';
import {
  DEFAULT_PREFERENCES,
  FREQUENCIES,
  INTERESTS,
  LENGTHS,
  type RawPreferences,
  readPreferences,
} from '../../src/subscribers/preferences.js';
import { expectLinear } from '../support/growth.js';
import { LANGUAGES } from '../support/languages.js';

const FIELDS = ['timezone', 'hour', 'frequency', 'length', ...INTERESTS] as const;

function refusal(raw: RawPreferences): string {
  try {
    readPreferences(raw, LANGUAGES.all);
  } catch (error) {
    if (error instanceof PaperboyError && error.code === 'bad_preferences') return error.message;
    throw error;
  }
  throw new Error(`${JSON.stringify(raw)} was taken.`);
}

function isRead(raw: RawPreferences): boolean {
  try {
    return readPreferences(raw, LANGUAGES.all) !== undefined;
  } catch (error) {
    if (error instanceof PaperboyError) return false;
    throw error;
  }
}

describe('preferences', () => {
  test('that are not given, or blank, are left out', () => {
    expect(readPreferences({}, LANGUAGES.all)).toEqual({});
    for (const field of FIELDS)
      expect(readPreferences({ [field]: ' \t' }, LANGUAGES.all)).toEqual({});
    for (const field of FIELDS)
      expect(readPreferences({ [field]: undefined }, LANGUAGES.all)).toEqual({});
  });

  test.each([
    [{ timezone: ' Europe/Vienna ' }, { timezone: 'Europe/Vienna' }],
    [{ timezone: 'Asia/Kathmandu' }, { timezone: 'Asia/Kathmandu' }],
    [{ timezone: 'UTC' }, { timezone: 'UTC' }],
    [{ hour: '0' }, { hour: 0 }],
    [{ hour: 0 }, { hour: 0 }],
    [{ hour: '07' }, { hour: 7 }],
    [{ hour: '07:00' }, { hour: 7 }],
    [{ hour: 23 }, { hour: 23 }],
    [{ frequency: ' Weekdays ' }, { frequency: 'weekdays' }],
    [{ frequency: 'daily' }, { frequency: 'daily' }],
    [{ length: '5' }, { length: 5 }],
    [{ length: 50 }, { length: 50 }],
    [{ topics: ' vision ; speech|vision,,' }, { topics: ['vision', 'speech'] }],
    [{ keywords: 'flow  matching\n now' }, { keywords: ['flow matching', 'now'] }],
    [{ keywords: 'RAG, rag, RAG' }, { keywords: ['RAG', 'rag'] }],
    [{ keywords: 'Diffusion\ndiffusion\nLLMs\nllms' }, { keywords: ['Diffusion', 'LLMs', 'llms'] }],
    [{ authors: 'Ada  Lovelace\r\nada lovelace' }, { authors: ['Ada Lovelace'] }],
    [
      { authors: 'Doe, Jane; Martin L. King, Jr.|Ada Lovelace, J. Roe ,Li Wei Hu' },
      { authors: ['Doe, Jane', 'Martin L. King, Jr.', 'Ada Lovelace', 'J. Roe', 'Li Wei Hu'] },
    ],
    [
      { organisations: 'University of California, Berkeley\nLab A; Lab B' },
      { organisations: ['University of California, Berkeley', 'Lab A', 'Lab B'] },
    ],
    [
      { organisations: '=cmd(1)|\u202eExample\u0000 Lab' },
      { organisations: ['cmd(1)', 'Example Lab'] },
    ],
  ])('%j are read as %j', (raw, read) => {
    expect(readPreferences(raw, LANGUAGES.all)).toEqual(read);
  });

  test.each([
    [
      { timezone: 'Mars/Olympus' },
      '"Mars/Olympus" is not a time zone; write it like Europe/Vienna.',
    ],
    [{ timezone: '+02:00' }, '"+02:00" is not a time zone; write it like Europe/Vienna.'],
    [{ hour: '24' }, '"24" is not an hour; write a number from 0 to 23.'],
    [{ hour: -1 }, '"-1" is not an hour; write a number from 0 to 23.'],
    [{ hour: 7.5 }, '"7.5" is not an hour; write a number from 0 to 23.'],
    [{ hour: '7:30' }, '"7:30" is not an hour; write a number from 0 to 23.'],
    [{ hour: 'noon' }, '"noon" is not an hour; write a number from 0 to 23.'],
    [{ frequency: 'hourly' }, '"hourly" is not a frequency; choose daily, weekdays, weekly.'],
    [{ length: '7' }, '"7" is not a length; choose 5, 10, 20, 50 papers.'],
    [{ length: '5.0' }, '"5.0" is not a length; choose 5, 10, 20, 50 papers.'],
    [{ keywords: 'diffusion, —!' }, '"—!" among the keywords has neither letters nor digits.'],
    [
      { topics: 'x'.repeat(81) },
      `"${'x'.repeat(40)}…" among the topics has 81 letters, and 80 are the most.`,
    ],
    [
      { keywords: 'a,'.repeat(9) + Array.from({ length: 50 }, (_, n) => n).join() },
      'There are 51 keywords, and 50 are the most.',
    ],
  ])('%j are refused', (raw, sentence) => {
    expect(refusal(raw)).toBe(sentence);
  });

  test('are read all, so that each field that is wrong is named', () => {
    const raw = { hour: '24', length: '10', timezone: 'Mars', keywords: '—' };
    expect(() => readPreferences(raw, LANGUAGES.all)).toThrow(FieldError);
    try {
      readPreferences(raw, LANGUAGES.all);
    } catch (error) {
      const faults = error instanceof FieldError ? error.faults : [];
      expect(faults.map(({ field }) => field)).toEqual(['timezone', 'hour', 'keywords']);
      expect(refusal(raw)).toBe(faults.map(({ message }) => message).join(' '));
    }
  });

  test('keep a zone that is sent back as it was, though nobody here knows it', () => {
    const kept = { timezone: 'Europe/Atlantis', language: null };
    expect(readPreferences({ timezone: 'Europe/Atlantis' }, LANGUAGES.all, kept)).toEqual({
      timezone: 'Europe/Atlantis',
    });
    expect(() => readPreferences({ timezone: 'europe/atlantis' }, LANGUAGES.all, kept)).toThrow(
      /not a time zone/,
    );
  });

  test('that are refused are quoted in short', () => {
    for (const field of ['timezone', 'hour', 'frequency', 'length'] as const) {
      expect(refusal({ [field]: 'x'.repeat(10_000) }).length).toBeLessThan(150);
      expect(refusal({ [field]: 'a\r\nb\u001B[2k' })).toContain('"a b [2k"');
    }
  });

  test.each(['a', 'a-', 'a ', 'a b, ', 'a b ,', ', a', ' ,', '10.1/', '@'])(
    'are read at once, though the form is full of "%s"',
    (piece) =>
      expectLinear((parts) => {
        const text = piece.repeat((parts * 15_000) / piece.length);
        for (const field of FIELDS) isRead({ [field]: text });
      }),
  );

  test('are within their bounds, whatever is given', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('7', 'UTC', '20', 'a;b'));
    fc.assert(
      fc.property(fc.record(Object.fromEntries(FIELDS.map((field) => [field, text]))), (raw) => {
        let read: ReturnType<typeof readPreferences>;
        try {
          read = readPreferences(raw, LANGUAGES.all);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad_preferences' });
          return;
        }
        const {
          hour,
          frequency,
          length,
          topics = [],
          keywords = [],
          authors = [],
          organisations = [],
        } = {
          ...DEFAULT_PREFERENCES,
          ...read,
        };
        if (hour !== null) expect([hour >= 0, hour <= 23, hour % 1]).toEqual([true, true, 0]);
        expect(FREQUENCIES).toContain(frequency);
        expect(LENGTHS).toContain(length);
        for (const word of [...topics, ...keywords, ...authors, ...organisations])
          expect(word).toMatch(/^\S(.{0,78}\S)?$/su);
      }),
    );
  });
});
