import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spread } from '../../src/papers/rank.js';

interface One {
  organisation: string | null;
  score: number;
}

/** `A9 b8 -7`: organisations and scores; `-` has none. */
function papers(text: string): One[] {
  return text.split(' ').map((word) => ({
    organisation: word.startsWith('-') ? null : word.slice(0, 1),
    score: Number(word.slice(1)),
  }));
}

function spreadOut(text: string): string {
  return spread(papers(text), ({ score }) => score)
    .map(({ organisation, score }) => `${organisation ?? '-'}${score}`)
    .join(' ');
}

describe('organisations', () => {
  test('give way to others that are near, two of theirs in five', () => {
    expect(spreadOut('A50 A49 A48 A47 A46 B45 C44 D43 E42')).toBe(
      'A50 A49 B45 C44 D43 A48 A47 E42 A46',
    );
  });

  test('keep their places where nobody is near', () => {
    const far = 'A90 A80 A70 A60 A50 B20 C10';
    expect(spreadOut(far)).toBe(far);
  });

  test('are the same in capitals and small letters', () => {
    expect(spreadOut('A50 a49 A48 B45')).toBe('A50 a49 B45 A48');
  });

  test('that are unknown are not one', () => {
    const unknown = '-50 -49 -48 -47 -46 B45';
    expect(spreadOut(unknown)).toBe(unknown);
  });
});

test('nothing is lost or changed, and no paper gives way to one that is far behind', () => {
  const one = fc.record({
    organisation: fc.option(fc.constantFrom('A', 'B', 'C')),
    score: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), (all) => {
      const ranked = [...all].sort((a, b) => b.score - a.score);
      const before = [...ranked];
      const placed = spread(ranked, ({ score }) => score);
      expect(ranked).toEqual(before);
      expect(new Set(placed)).toEqual(new Set(ranked));
      for (const [place, paper] of placed.entries()) {
        for (const later of placed.slice(place + 1)) {
          expect(paper.score + 1).toBeGreaterThanOrEqual(0.8 * (later.score + 1));
        }
      }
    }),
  );
});
