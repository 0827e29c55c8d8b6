import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvReader, type CsvRow, LINE_END, splitLines } from '../../src/base/csv.js';

function read(text: string, options = {}): CsvRow[] {
  const reader = new CsvReader(options);
  return [...text.split(LINE_END).flatMap((line) => reader.push(line)), ...reader.end()];
}

const values = (rows: readonly CsvRow[]) =>
  rows.map((row) => ('fields' in row ? Object.values(row.fields) : row.reason));

/** Text without the spaces at its ends, which nobody means. */
const field = fc
  .string({ unit: fc.constantFrom('a', 'B', '"', ',', ';', '\t', '\n', ' ', 'é'), maxLength: 12 })
  .map((text) => text.trim());

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe('CSV', () => {
  test('as RFC 4180 writes it comes back as it was', () => {
    const row = fc.tuple(field, field);
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom(',', ';', '\t'),
        (rows, end, mark) => {
          const lines = rows.map((row) => row.map(quoted).join(mark).replaceAll('\n', end));
          const text = [`one${mark}two`, ...lines].join(end);
          expect(values(read(text))).toEqual(rows);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('names the line that a row begins with', () => {
    const rows = read('one,two\n\na,"b\n\nc"\n\nd,e\n"f","g\nh"');
    expect(rows.map(({ line }) => line)).toEqual([3, 7, 8]);
  });

  test('loses the line with a stray quote, and no other', () => {
    const rows = read('one,two\na,b\nc,"d\ne,f\n"g,h\ni,"j\nk"\nl,5" m\n');
    expect(values(rows)).toEqual([
      ['a', 'b'],
      'the quotes are not balanced',
      ['e', 'f'],
      'the quotes are not balanced',
      ['i', 'j\nk'],
      ['l', '5" m'],
    ]);
  });

  test('loses one line though another stray quote follows, where whoever reads can tell', () => {
    const isPlausible = ({ one = '' }) => !one.includes('\n');
    const rows = read('one,two\n"a,b\nc,d\ne",f\ng,h', { isPlausible });
    expect(values(rows)).toEqual([
      'the quotes are not balanced',
      ['c', 'd'],
      ['e"', 'f'],
      ['g', 'h'],
    ]);
  });

  test('a quote within a field that has none around opens nothing', () => {
    const rows = read('title,abstract\nA 5" disk,"one\ntwo"\n3" of it,"x""\ny"\nNext,abs');
    expect(values(rows)).toEqual([
      ['A 5" disk', 'one\ntwo'],
      ['3" of it', 'x"\ny'],
      ['Next', 'abs'],
    ]);
  });

  test('with a field too many that reaches across lines, each line is read by itself', () => {
    const rows = read('one,two\n,"\n",a,|"\nb,c');
    expect(rows.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  test('does not look for the end of a row for ever', () => {
    const more = Array.from({ length: 150 }, (_, n) => `${n},x`);
    const rows = read(['one,two', '"a,b', ...more, 'c",d'].join('\n'));
    expect(rows).toHaveLength(152);
    expect(rows[0]).toEqual({ line: 2, reason: 'the quotes are not balanced' });
  });

  test('of a line that is far too long loses that line', () => {
    const rows = read(`one,two\n${'a'.repeat(1_000_001)},b\nc,d`);
    expect(values(rows)).toEqual(['it is longer than 1,000,000 letters', ['c', 'd']]);
  });

  test.each([
    ['more commas within quotes', 'one;"two, three, four"\na;b,c', ['a', 'b,c']],
    ['bars', 'one|two, three|four\na|b|c', ['a', 'b', 'c']],
    ['a line that says so', 'sep=#\none#two;three\na#b', ['a', 'b']],
    ['a second line like that, which is a header', 'sep=;\nsep=;two\na;b', ['a', 'b']],
    ['quotes with a backslash', 'one,two\n"a \\"b\\"",c', ['a "b"', 'c']],
    ['two columns of one name', 'one,One,one\na,b,c', ['a', 'b', 'c']],
    ['a header of two lines', '"one\nmore",two\na,b', ['a', 'b']],
  ])('with %s is read', (_what, text, expected) => {
    expect(values(read(text))).toEqual([expected]);
  });

  test('names its columns as they stand, and those of one name apart', () => {
    const reader = new CsvReader();
    for (const line of ['\uFEFF E-Mail ,"The\u200B', 'Name",e-mail']) reader.push(line);
    expect(reader.columns).toEqual(['e-mail', 'the name', 'e-mail #2']);
    expect(reader.headings).toEqual(['E-Mail', 'The Name', 'e-mail']);
  });

  test('is delimited by what makes columns that are known', () => {
    const text = 'Name, City, Land;email\na, b;c';
    const isKnown = (heading: string) => heading === 'email';
    expect(values(read(text, { isKnown }))).toEqual([['a, b', 'c']]);
  });

  test.each([
    ['too many fields', 'a,b,c', 'it has 3 fields, but there are 2 columns'],
    ['empty fields behind', 'a,b,,', ['a', 'b']],
    ['too few fields', 'a', ['a', '']],
  ])('with %s', (_what, line, expected) => {
    expect(values(read(`one,two\n${line}`))).toEqual([expected]);
  });
});

test('whatever comes, rows are in order and none begins with a blank line', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom('"', ',', ';', 'a', ' ', '\\', "'"), maxLength: 30 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const safe = lines.map((text) => text.replace(/[\r\n]/g, ' '));
      const found = read(['one,two', ...safe].join('\n')).map(({ line }) => line);
      const filled = safe.flatMap((text, index) => (text.trim() === '' ? [] : [index + 2]));
      expect(found).toEqual(filled.filter((line) => found.includes(line)));
      expect(found.at(0)).toBe(filled.at(0));
    }),
    { numRuns: 300 },
  );
});

test('lines are the same in whatever pieces they come', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '\u2028'), maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 5 }), async (pieces) => {
      const lines: string[] = [];
      for await (const line of splitLines(toStream(pieces))) lines.push(line);
      expect(lines).toEqual(pieces.join('').split(LINE_END));
    }),
  );
});

async function* toStream(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}
