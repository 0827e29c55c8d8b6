import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { curate, firstFree, hold, type Pin, readNote } from '../../src/editions/curation.js';

const papers = (letters: string) => [...letters].map((id) => ({ id }));
const order = (all: { id: string }[]) => all.map(({ id }) => id).join('');
const pinned = (pins: Record<string, number>): Pin[] =>
  Object.entries(pins).map(([paperId, place]) => ({ paperId, place }));
const dropped = (letters: string) => [...letters].map((paperId) => ({ paperId, reason: null }));

describe('a curated order', () => {
  test.each([
    ['nothing done', 'abcde', {}, '', 'abcde'],
    ['one pinned to the top', 'abcde', { d: 1 }, '', 'dabce'],
    ['one pinned in the middle', 'abcde', { a: 3 }, '', 'bcade'],
    ['several pinned', 'abcde', { e: 1, a: 3 }, '', 'ebacd'],
    ['one pinned beyond the end', 'abcde', { a: 50 }, '', 'bcdea'],
    ['several beyond the end', 'abc', { a: 50, b: 40 }, '', 'cba'],
    ['one dropped', 'abcde', {}, 'b', 'acde'],
    ['pinned ones stay when others are dropped', 'abcde', { d: 2 }, 'ab', 'cde'],
    ['pins of papers that are not there', 'abc', { x: 1, c: 2 }, 'y', 'acb'],
    ['a day without papers', '', { x: 1 }, 'y', ''],
  ])('%s', (_what, day, pins, out, expected) => {
    const curated = curate(papers(day), { pins: pinned(pins), drops: dropped(out) });
    expect(order(curated)).toBe(expected);
  });

  test('holds every pin at its place, and the others in their order, whatever comes and goes', () => {
    const letters = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 10 });
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 });
    fc.assert(
      fc.property(letters, places, letters, (day, at, out) => {
        const pins = at.map((place, index) => ({ paperId: 'fbjd'[index] ?? '', place }));
        const drops = dropped(out.filter((id) => !'fbjd'.includes(id)).join(''));
        const curated = curate(papers(day.join('')), { pins, drops }).map(({ id }) => id);
        const gone = new Set(drops.map(({ paperId }) => paperId));
        expect([...curated].sort()).toEqual(day.filter((id) => !gone.has(id)).sort());
        const held = new Map(pins.map(({ paperId, place }) => [paperId, place]));
        const free = curated.filter((id) => !held.has(id));
        expect(free).toEqual(day.filter((id) => !gone.has(id) && !held.has(id)));
        const lastFree = free.length === 0 ? 0 : curated.lastIndexOf(free.at(-1) ?? '') + 1;
        for (const [index, id] of curated.entries()) {
          const place = held.get(id);
          // Where there are not enough others to fill the places before it, it comes sooner.
          if (place !== undefined && index + 1 !== place)
            expect(index + 1).toBeGreaterThan(lastFree);
        }
      }),
    );
  });
});

describe('holding a paper at a place', () => {
  test.each([
    ['free', { a: 1 }, 'x', 3, null, 'a1 x3'],
    ['taken: who is there goes down', { a: 1, b: 2, c: 5 }, 'x', 1, null, 'x1 a2 b3 c5'],
    ['coming from further down', { a: 1, b: 2 }, 'b', 1, 2, 'b1 a2'],
    ['coming from further up: who is there goes up', { a: 1, b: 2 }, 'a', 2, 1, 'b1 a2'],
    ['its own', { a: 1 }, 'a', 1, 1, 'a1'],
    ['where nobody can go up', { a: 1, b: 2 }, 'x', 2, 1, 'a1 x2 b3'],
  ])('%s', (_what, pins, paper, place, from, expected) => {
    const after = hold(pinned(pins), paper, place, from).sort((a, b) => a.place - b.place);
    expect(after.map((pin) => `${pin.paperId}${pin.place}`).join(' ')).toBe(expected);
  });

  test('loses nobody and gives each a place of its own', () => {
    const place = fc.integer({ min: 1, max: 8 });
    const places = fc.uniqueArray(place, { maxLength: 8 });
    fc.assert(
      fc.property(
        places,
        place,
        fc.option(place),
        fc.integer({ min: 0, max: 9 }),
        (at, to, from, who) => {
          const pins = at.map((one, index) => ({ paperId: `p${index}`, place: one }));
          const after = hold(pins, `p${who}`, to, from);
          expect(new Set(after.map((pin) => pin.place)).size).toBe(after.length);
          const ids = new Set([...pins.map(({ paperId }) => paperId), `p${who}`]);
          expect(new Set(after.map(({ paperId }) => paperId))).toEqual(ids);
          expect(after.find(({ paperId }) => paperId === `p${who}`)?.place).toBe(to);
          expect(Math.min(...after.map((pin) => pin.place))).toBeGreaterThan(0);
        },
      ),
    );
  });

  test('the first free place is where none is held', () => {
    expect(firstFree(pinned({ a: 1, b: 2, c: 4 }))).toBe(3);
    expect(firstFree([])).toBe(1);
  });
});

describe('a note', () => {
  test('keeps its paragraphs and nothing that hides or breaks', () => {
    expect(readNote('  One\nline. \r\n \r\n\r\nTwo\u202E <b>x</b> $\\alpha$\u0000\n\n')).toBe(
      'One line.\n\nTwo <b>x</b> $\\alpha$',
    );
  });

  test.each([
    ['', 'The note is empty'],
    [' \n\u200B\n ', 'The note is empty'],
    ['x'.repeat(1_001), 'has 1001 characters; 1000 are the most.'],
    ['a\n\nb\n\nc\n\nd\n\ne\n\nf\n\ng', 'has 7 paragraphs; 6 are the most.'],
  ])('%j is none', (text, sentence) => {
    expect(() => readNote(text)).toThrow(sentence);
  });
});
