import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSource } from '../../src/sources/files/file.js';
import { detectFormat, readRows } from '../../src/sources/files/file-rows.js';
import { type TempDir, tempDir } from '../support/program.js';

let dir: TempDir;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir.dispose());

function read(name: string, content: string | Buffer) {
  const file = join(dir.path, name);
  writeFileSync(file, content);
  return fileSource(file).listDay('2026-03-04');
}

const row = (title: string, more = {}) => ({ title, abstract: `Of ${title}.`, ...more });

describe('a file of papers', () => {
  test.each([
    ['utf-16le', '\uFEFF'],
    ['utf8', '\uFEFF'],
    ['utf8', ''],
  ] as const)('is read in %s', async (encoding, mark) => {
    const text = `${mark}title\tabstract\r\nZoë’s Übung\tÉtale maps.\r\n`;
    const { papers } = await read('papers.csv', Buffer.from(text, encoding));
    expect(papers.map(({ paper }) => paper.title)).toEqual(['Zoë’s Übung']);
  });

  test.each([
    [
      'that is not UTF-8',
      Buffer.from('title,abstract\nÜbung,a\n', 'latin1'),
      /Save it as UTF-8\.$/,
    ],
    ['that is a workbook', Buffer.from('PK\x03\x04\x14\0'), /an Excel workbook/],
    ['of UTF-16 without a mark', Buffer.from('title,abstract', 'utf16le'), /zero bytes/],
  ])('%s is told, and never garbled', async (_what, bytes, message) => {
    await expect(read('papers.csv', bytes)).rejects.toThrow(message);
  });

  test('tells titles without a letter apart', async () => {
    const papers = [
      { title: '???', abstract: 'Of questions.' },
      { title: '!!!', abstract: 'Of questions.' },
      { title: '???', abstract: 'Of others.' },
      { title: '???', abstract: 'Of questions.' },
    ];
    const answer = await read('papers.json', JSON.stringify(papers));
    expect(answer.papers).toHaveLength(3);
  });

  test('loses a row only, whatever it is that cannot be read in it', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const rows = [row('One'), row('Two')].map((one) => JSON.stringify(one));
    const bad = `{"title": "Deep", "abstract": "x", "authors": ${deep}, "date": {"a": ${deep}}}`;
    const answer = await read(
      'papers.jsonl',
      [rows[0], bad, `{"title": ${deep}}`, rows[1]].join('\n'),
    );
    expect(answer.papers.map(({ paper }) => paper.title)).toEqual(['One', 'Deep', 'Two']);
    expect(answer.dropped.map(({ id }) => id)).toEqual(['line 3']);
  });

  test('in JSON, with all that may be said', async () => {
    const paper = row('On  $\\beta$', {
      arxiv_id: 'arXiv:2603.00001v3',
      DOI: 'https://doi.org/10.1234/ABC',
      authors: ['Ada', { name: 'Bob' }, 7],
      Organisation: 'A lab',
      date: '2026-03-01',
      keywords: 'cells; genes',
      upvotes: 12,
      codeUrl: 'https://code.example/x',
      url: 'javascript:alert(1)',
    });
    const { papers, listed } = await read('papers.json', JSON.stringify({ papers: [paper] }));
    expect(listed).toBe(1);
    expect(papers).toMatchObject([
      {
        version: 3,
        signal: { upvotes: 12, comments: 0, codeStars: null },
        paper: {
          id: '2603.00001',
          doi: '10.1234/abc',
          title: 'On β',
          authors: ['Ada', 'Bob'],
          organisation: 'A lab',
          publishedOn: '2026-03-01',
          keywords: ['cells', 'genes'],
          codeUrl: 'https://code.example/x',
          url: 'https://arxiv.org/abs/2603.00001',
        },
      },
    ]);
  });

  test.each([
    ['papers.csv', 'title,abstract,authors\n"One, and ""two""","Line one\nline two","Ada; Bob"\n'],
    ['papers.tsv', 'Title\tAbstract\tAuthors\nOne, and "two"\tLine one line two\tAda; Bob\n'],
    [
      'papers.jsonl',
      '{"title":"One, and \\"two\\"","abstract":"Line one\\nline two","authors":["Ada","Bob"]}\n',
    ],
    [
      'papers',
      '\uFEFF[{"title":"One, and \\"two\\"","abstract":"Line one line two","authors":"Ada and Bob"}]',
    ],
  ])('in %s', async (name, content) => {
    const { papers, dropped } = await read(name, content);
    expect(dropped).toEqual([]);
    expect(papers).toMatchObject([
      {
        signal: null,
        paper: {
          id: expect.stringMatching(/^file:[0-9a-f]{16}$/),
          title: 'One, and "two"',
          abstract: 'Line one line two',
          authors: ['Ada', 'Bob'],
          url: expect.stringMatching(/^https:\/\/scholar\.google\.com\/scholar\?q=%22One/),
        },
      },
    ]);
  });

  test('of one title by different authors are different papers', async () => {
    const rows = 'title,abstract,authors\nEditorial,One.,Ann Lee\nEditorial,Two.,Bo Roe\n';
    const { papers } = await read('papers.csv', rows);
    expect(new Set(papers.map(({ paper }) => paper.id)).size).toBe(2);
  });
});

describe('a bad row is named by its line, and the others are taken', () => {
  const problems = async (name: string, content: string) => {
    const { papers, dropped } = await read(name, content);
    return [papers.map(({ paper }) => paper.title), dropped.map(({ id }) => id)];
  };

  test('in CSV, where rows may have several lines', async () => {
    const csv =
      'title,abstract,date\nA,"one\ntwo",\n,no title,\nC,c,2026-13-01\nD,,\nE,e,,,x\nF,f,\n';
    expect(await problems('p.csv', csv)).toEqual([
      ['A', 'F'],
      ['line 4', 'line 5', 'line 6', 'line 7'],
    ]);
  });

  test('in CSV with a stray quote', async () => {
    const csv = 'title,abstract\nA,a\nB,b "x" "\nC,"c x\nD,"d\nd"\nE,e\n';
    expect(await problems('p.csv', csv)).toEqual([['A', 'B', 'D', 'E'], ['line 4']]);
  });

  test('in CSV with the line ends of Windows', async () => {
    const csv = 'title,abstract\r\nA,a\r\n\r\nB,"b\r\nb"\r\n\r\n,x\r\n';
    expect(await problems('p.csv', csv)).toEqual([['A', 'B'], ['line 7']]);
  });

  test('in JSON below a name, with another list before it', async () => {
    const text = `{"tags":["a"],"papers":[\n${JSON.stringify(row('A'))},\n7]}`;
    expect(await problems('p.json', text)).toEqual([['A'], ['line 3']]);
  });

  test('in JSON Lines', async () => {
    const lines = [row('A'), '{"title":', '7', row('B', { abstract: ' ' }), '', row('C')];
    const text = lines.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    expect(await problems('p.jsonl', text.join('\n'))).toEqual([
      ['A', 'C'],
      ['line 2', 'line 3', 'line 4'],
    ]);
  });

  test('in JSON, whose items may be broken one by one', async () => {
    const text = `[\n${JSON.stringify(row('A ] } "'))},\n{"title": B},\n7,\n{\n"title": "C"},\n${JSON.stringify(row('D'))}\n]`;
    expect(await problems('p.json', text)).toEqual([
      ['A ] } "', 'D'],
      ['line 3', 'line 4', 'line 5'],
    ]);
  });

  test('in JSON, where one item has more than 4 MB', async () => {
    const huge = `{"title": "B", "abstract": ${'['.repeat(5_000_000)}${']'.repeat(5_000_000)}}`;
    const text = `[\n${JSON.stringify(row('A'))},\n${huge},\n${JSON.stringify(row('C'))}\n]`;
    expect(await problems('p.json', text)).toEqual([['A', 'C'], ['line 3']]);
    expect(await problems('p.jsonl', text.slice(2, -2).replaceAll('},', '}'))).toEqual([
      ['A', 'C'],
      ['line 2'],
    ]);
  });

  test('in JSON that breaks off', async () => {
    const text = JSON.stringify([row('A'), row('B')], null, 1);
    expect(await problems('p.json', text.slice(0, -10))).toEqual([['A'], [expect.any(String)]]);
  });
});

test('a file that is not there, or not papers, is told in a sentence', async () => {
  await expect(fileSource(join(dir.path, 'none.csv')).listDay('2026-03-04')).rejects.toMatchObject({
    code: 'not_read',
    message: expect.stringContaining("none.csv can't be read (ENOENT)."),
  });
  const { papers, dropped } = await read('x.json', '<!doctype html><title>x</title>');
  expect([papers, dropped.length]).toEqual([[], 1]);
});

test('no content makes reading fail or go on forever', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      '\\',
      ',',
      ';',
      '\n',
      '\r\n',
      '\t',
      'title',
      'abstract',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      for (const name of ['a.json', 'a.jsonl', 'a.csv', 'a']) {
        for (const { line } of readRows[detectFormat(name, text)](text)) {
          expect(line).toBeLessThanOrEqual(text.split('\n').length + 1);
        }
      }
    }),
  );
});
