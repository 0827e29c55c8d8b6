import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { CardPainter } from '../../src/pictures/share/draw-card.js';
import {
  buildCardSvg,
  loadCardMetrics,
  type ShareCard,
} from '../../src/pictures/share/share-card.js';
import { cutLine, wrapLines } from '../../src/pictures/share/wrap-lines.js';

const metrics = loadCardMetrics();
const CARD: ShareCard = {
  ...{ siteName: 'Paperboy', left: 'Wednesday 4 March 2026', right: '3 papers' },
  ...{ title: 'A title', others: ['Another title', 'And one more'] },
};

function parse(svg: string) {
  const names: string[] = [];
  const texts: string[] = [];
  const parser = new Parser(
    {
      onopentagname: (name) => {
        names.push(name);
        if (name === 'text') texts.push('');
      },
      ontext: (text) => {
        texts[texts.length - 1] += text;
      },
    },
    { xmlMode: true },
  );
  parser.end(svg);
  return { names: [...new Set(names)], texts };
}

describe('a card as SVG', () => {
  test('has its texts, each once', () => {
    expect(parse(buildCardSvg(CARD, metrics)).texts).toEqual([
      ...['Paperboy', 'Wednesday 4 March 2026', '3 papers', 'A title'],
      ...['Another title', 'And one more'],
    ]);
  });

  test('of any title is text and lines, on the card, and nothing else', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.constantFrom('</text><script>alert(1)</script>', '<image href="http://a/b"/>', '&lt;&#0;'),
      fc.constantFrom('\ud800 alone', '\0\u0007\ufffe', ']]>', '<!DOCTYPE x [<!ENTITY a "b">]>&a;'),
      fc.integer({ min: 1, max: 2_000 }).map((count) => 'W'.repeat(count)),
    );
    fc.assert(
      fc.property(hostile, fc.array(hostile, { maxLength: 6 }), (title, others) => {
        const svg = buildCardSvg({ ...CARD, siteName: title, title, others }, metrics);
        expect(parse(svg).names.sort()).toEqual(['rect', 'svg', 'text']);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: which must not be there
        expect(svg).not.toMatch(/[\u0000-\u001f\ufffe\uffff]/);
        expect(svg.isWellFormed()).toBe(true);
        for (const [, y] of svg.matchAll(/<text x="\d+" y="(\d+)"/g)) {
          expect(Number(y)).toBeLessThan(630);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('lines break between words, else inside of them, and keep every letter', () => {
  const measure = (text: string) => [...text].length;
  expect(wrapLines('one two three', 7, measure)).toEqual(['one two', 'three']);
  expect(wrapLines('abcdefgh', 3, measure)).toEqual(['abc', 'def', 'gh']);
  expect(wrapLines('大规模语言模型', 3, measure)).toEqual(['大规模', '语言模', '型']);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, room) => {
      const lines = wrapLines(text, room, measure);
      expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      for (const line of lines) expect(measure(line)).toBeLessThanOrEqual(room);
      expect(measure(cutLine(text, Math.max(room, 2), measure))).toBeLessThanOrEqual(
        Math.max(room, 2),
      );
    }),
  );
});

describe('a card as PNG', () => {
  test('is of the size that networks ask for, and small', async () => {
    const png = await new CardPainter().draw(CARD);
    const { format, width, height } = await sharp(png).metadata();
    expect([format, width, height]).toEqual(['png', 1_200, 630]);
    expect(png.length).toBeLessThan(60_000);
  });

  test('leaves out what no font has, and shows no box for it', async () => {
    const painter = new CardPainter();
    const nobodys = { ...CARD, title: 'Written in \u{1e6c0} letters' };
    const drawn = await painter.draw(nobodys);
    expect(drawn.equals(await painter.draw({ ...CARD, title: '' }))).toBe(true);
    expect(drawn.equals(await painter.draw(CARD))).toBe(false);
  });

  test('is drawn once for all who ask, and no more than a few wait', async () => {
    const painter = new CardPainter();
    const [one, same] = await Promise.all([painter.draw(CARD), painter.draw({ ...CARD })]);
    expect(one).toBe(same);
    const many = Array.from({ length: 40 }, (_, n) => painter.draw({ ...CARD, title: `No. ${n}` }));
    const ended = await Promise.allSettled(many);
    const refused = ended.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBe(20);
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'overloaded' } });
  });
});
