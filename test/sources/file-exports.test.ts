import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSource } from '../../src/sources/files/file.js';
import { parsePublished } from '../../src/sources/files/file-dates.js';
import { repairArxivId } from '../../src/sources/files/spreadsheet-ids.js';
import { type TempDir, tempDir } from '../support/program.js';

let dir: TempDir;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir.dispose());

async function read(name: string, content: unknown) {
  const file = join(dir.path, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const { papers, dropped } = await fileSource(file).listDay('2026-03-04');
  return { papers: papers.map(({ paper }) => paper), dropped };
}

/** What tools call the columns, and how they write what is in them. */
describe('an export of', () => {
  test('Zotero, CSV', async () => {
    const csv = `"Key","Item Type","Publication Year","Author","Title","DOI","Url","Abstract Note","Date","Date Added","Extra","Manual Tags"
"ABCD","preprint","2024","Li, Xiaoming; van der Berg, P.-J.","On cells","10.48550/arXiv.2401.01234","http://arxiv.org/abs/2401.01234","Of cells.","2024-01","2024-02-03 10:00:00","arXiv:2401.01234 [cs]","cells; genes"
"EFGH","journalArticle","2023","Doe, Jane","On genes","","","Of genes.","2023-05-06","","",""
`;
    const { papers, dropped } = await read('My Library.csv', csv);
    expect(dropped).toEqual([]);
    expect(papers).toMatchObject([
      {
        ...{ id: '2401.01234', doi: null, publishedOn: null, abstract: 'Of cells.' },
        ...{ authors: ['Xiaoming Li', 'P.-J. van der Berg'], keywords: ['cells', 'genes'] },
      },
      { title: 'On genes', authors: ['Jane Doe'], publishedOn: '2023-05-06' },
    ]);
  });

  test('Semantic Scholar, JSON', async () => {
    const paper = {
      ...{ paperId: 'f00', externalIds: { ArXiv: '2401.01234', DOI: '10.1234/X' } },
      ...{ url: 'https://www.semanticscholar.org/paper/f00', title: 'On cells', year: 2024 },
      ...{ abstract: 'Of cells.', publicationDate: '2024-01-05', tldr: { text: 'Cells.' } },
      authors: [
        { authorId: '1', name: 'Ada Lovelace' },
        { authorId: '2', name: 'Bo Li' },
      ],
    };
    const { papers } = await read('papers.json', { total: 1, data: [paper] });
    expect(papers).toMatchObject([
      {
        ...{ id: '2401.01234', doi: '10.1234/x', summary: 'Cells.', publishedOn: '2024-01-05' },
        authors: ['Ada Lovelace', 'Bo Li'],
      },
    ]);
  });

  test('OpenReview, JSON', async () => {
    const content = {
      ...{ title: { value: 'On cells' }, abstract: { value: 'Of cells.' } },
      ...{ authors: { value: ['Ada Lovelace', 'Bo Li'] }, keywords: { value: ['cells'] } },
    };
    const notes = [{ id: 'aBc_1', forum: 'aBc_1', cdate: 1_704_450_000_000, content }];
    for (const text of [JSON.stringify({ notes }), JSON.stringify({ notes }, null, 1)]) {
      const { papers } = await read('notes.json', text);
      expect(papers).toMatchObject([
        {
          ...{ title: 'On cells', authors: ['Ada Lovelace', 'Bo Li'], keywords: ['cells'] },
          ...{ publishedOn: '2024-01-05', url: 'https://openreview.net/forum?id=aBc_1' },
        },
      ]);
    }
  });

  test('arXiv, JSON Lines', async () => {
    const paper = {
      ...{ id: '2401.01234', authors: 'A. One, B. Two and C. Three', title: 'On cells' },
      ...{ abstract: 'Of cells.', categories: 'math.CO cs.CG cs.SY', comments: 'Withdrawn' },
      authors_parsed: [
        ['One', 'A.', ''],
        ['Two', 'B.', ''],
        ['Three', 'C.', 'Jr.'],
      ],
    };
    const { papers } = await read('arxiv.jsonl', paper);
    expect(papers).toMatchObject([
      {
        ...{ id: '2401.01234', categories: ['math.CO', 'cs.CG', 'eess.SY'], withdrawn: true },
        authors: ['A. One', 'B. Two', 'C. Three Jr.'],
      },
    ]);
  });

  test('CSL, and of a program in Python', async () => {
    const item = {
      ...{ title: 'On cells', abstract: 'Of cells.', issued: { 'date-parts': [[2024, 1, 5]] } },
      author: [{ family: 'Berg', given: 'P.-J.', 'non-dropping-particle': 'van der' }],
    };
    expect((await read('csl.json', [item])).papers).toMatchObject([
      { authors: ['P.-J. van der Berg'], publishedOn: '2024-01-05' },
    ]);
    const csv = `title,abstract,authors,categories\nOn cells,Of cells.,"['Ada Lovelace', ""Cleo O'Neil""]","['cs.CL', 'cs.LG']"\n`;
    expect((await read('pandas.csv', csv)).papers).toMatchObject([
      { authors: ['Ada Lovelace', "Cleo O'Neil"], categories: ['cs.CL', 'cs.LG'] },
    ]);
  });

  test.each([
    [
      'Document Title,Authors,Abstract,Publication Year,DOI,Author Keywords',
      'One, X.; Two, Y.',
      '2024',
    ],
    ['Title,Author Names,Abstract,Year,DOI,Author Keywords', 'One X, Two Y', '2024'],
    ['TI,AU,AB,PY,DI,DE', 'One, X.; Two, Y.', '2024'],
  ])('an index, with %s', async (columns, authors, year) => {
    const csv = `${columns}\nOn cells,"${authors}",Of cells.,${year},10.1234/x,cells; genes\n`;
    const { papers, dropped } = await read('index.csv', csv);
    expect(dropped).toEqual([]);
    expect(papers).toMatchObject([
      { doi: '10.1234/x', authors: ['X. One', 'Y. Two'], keywords: ['cells', 'genes'] },
    ]);
  });
});

test.each([
  ['math.CO cs.CG', ['math.CO', 'cs.CG']],
  ['math.CO,cs.CG', ['math.CO', 'cs.CG']],
  ['math.CO; cs.CG', ['math.CO', 'cs.CG']],
  ['cs.NA math.NA', ['math.NA']],
  ['Machine learning; Robots', ['Machine learning', 'Robots']],
])('categories: %s', async (categories, expected) => {
  const csv = `title,abstract,categories\nA,a,"${categories}"\n`;
  expect((await read('c.csv', csv)).papers[0]?.categories).toEqual(expected);
});

/** A spreadsheet takes `2301.12340` for a number, and writes it as it likes. */
describe('an arXiv id that was made a number', () => {
  test.each([
    ['2301.1234', '2301.12340'],
    ['2301.123', '2301.12300'],
    ['704.0001', '0704.0001'],
    ['704.001', '0704.0010'],
    ['1412.123', '1412.1230'],
    ['2301,12345', '2301.12345'],
    ['2,301.1234', '2301.12340'],
    ['2.30112345E+03', '2301.12345'],
    ['https://arxiv.org/abs/2301.1234', '2301.12340'],
    ['arXiv:2301.1234', '2301.12340'],
  ])('%s is %s', async (text, id) => {
    for (const column of ['arxiv_id', 'url']) {
      const { papers } = await read('p.csv', `title,abstract,${column}\nA,a,"${text}"\n`);
      if (column === 'arxiv_id' || text.startsWith('https:')) {
        const [url, pdfUrl] = [`https://arxiv.org/abs/${id}`, `https://arxiv.org/pdf/${id}`];
        expect(papers).toMatchObject([{ id, url, pdfUrl }]);
      }
    }
  });

  test.each(['2.30112E+03', '2.3E+03', '2301', '2301.1', '2301.12', '2301.0'])(
    '%s is told',
    async (text) => {
      const { papers, dropped } = await read('p.csv', `title,abstract,arxiv\nA,a,${text}\nB,b,\n`);
      expect(papers.map(({ title }) => title)).toEqual(['B']);
      const reason = `arXiv id ${text} was made a number, and what it was can't be told`;
      expect(dropped).toEqual([{ id: 'line 2', reason }]);
    },
  );

  test.each(['2301.1234v2', '2301.123456', '0704.00012'])(
    '%s was none, which is told',
    async (text) => {
      const { dropped } = await read('p.csv', `title,abstract,arxiv\nA,a,${text}\n`);
      expect(dropped).toMatchObject([{ reason: expect.stringContaining(text) }]);
    },
  );

  test('is taken from where it stands whole', async () => {
    const rows =
      'title,abstract,arxiv,url,doi\nA,a,2.30112E+03,https://arxiv.org/abs/2301.12345v2,\n';
    const more = 'B,b,2301.1234,,10.48550/arXiv.2301.12340\n';
    const { papers } = await read('p.csv', rows + more);
    expect(papers.map(({ id }) => id)).toEqual(['2301.12345', '2301.12340']);
  });

  test('also in JSON, where it is one', async () => {
    const row = { title: 'A', abstract: 'a', arxiv_id: 2301.1234 };
    expect((await read('p.json', [row])).papers).toMatchObject([{ id: '2301.12340' }]);
  });

  test('is none where rows are counted', async () => {
    const { papers, dropped } = await read('p.csv', 'id,title,abstract\n2301,A,a\n7,B,b\n,C,c\n');
    expect([papers.length, papers[0]?.arxivId, dropped]).toEqual([3, null, []]);
  });

  test('comes back from whatever number it was made, if no more than two zeros are lost', () => {
    const years = fc.integer({ min: 8, max: 26 });
    const months = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(years, months, fc.integer({ min: 1, max: 9_999 }), (year, month, number) => {
        const head = `${String(year).padStart(2, '0')}${String(month).padStart(2, '0')}`;
        const id = `${head}.${String(number).padStart(year < 15 ? 4 : 5, '0')}`;
        const made = String(Number(id));
        const lost = (made.split('.')[1] ?? '').length < 3;
        if (made !== id)
          expect(repairArxivId(made)).toEqual(lost ? { reason: expect.any(String) } : { id });
      }),
    );
  });
});

describe('an index', () => {
  test('of Scopus or Web of Science has whole names beside initials', async () => {
    const scopus = 'Authors,Author full names,Title,Abstract\nDoe A.B.,"Doe, Anna B. (456)",A,a\n';
    const science = 'AU\tAF\tTI\tAB\nDoe, AB\tDoe, Anna B.\tB\tb\n';
    for (const text of [scopus, science]) {
      const { papers } = await read('p.csv', text);
      expect(papers.map(({ authors }) => authors)).toEqual([['Anna B. Doe']]);
    }
  });

  test('of Crossref has a list of one title', async () => {
    const items = [{ title: ['A'], abstract: 'a', author: [{ given: 'Ann', family: 'One' }] }];
    const { papers } = await read('p.json', JSON.stringify({ message: { items } }));
    expect(papers.map(({ title }) => title)).toEqual(['A']);
  });
});

describe('the date of a paper', () => {
  test.each([
    ['2024-01-05', '2024-01-05'],
    ['2024-01-05T10:00:00Z', '2024-01-05'],
    ['2024/1/5', '2024-01-05'],
    ['05.01.2024', '2024-01-05'],
    ['31/12/2024', '2024-12-31'],
    ['12/31/2024', '2024-12-31'],
    ['5 January 2024', '2024-01-05'],
    ['Jan 5, 2024', '2024-01-05'],
    ['Fri, 5 Jan 2024 10:00:00 GMT', '2024-01-05'],
    ['2024 Jan 5', '2024-01-05'],
    ['5 janvier 2024', '2024-01-05'],
    ['5. Januar 2024', '2024-01-05'],
    ['2024年1月5日', '2024-01-05'],
    ['20240105', '2024-01-05'],
    ['5-Jan-24', '2024-01-05'],
    ['2024-01-05T23:00:00-05:00', '2024-01-05'],
    ['1704450000000', '2024-01-05'],
    ['2024-01', null],
    ['2024', null],
    ['01/2024', null],
    ['January 2024', null],
    ['2024 Jan', null],
    ['Spring 2024', null],
    ['2024-00-00', null],
    ['n.d.', null],
  ])('%s is %s', (text, day) => expect(parsePublished(text)).toEqual({ day }));

  test.each(['01/02/2024', '2024-13-01', '2024-02-30', '2024-13', '45296', 'soon', '32 May 2024'])(
    '%s is told',
    (text) => expect(parsePublished(text)).toEqual({ reason: expect.stringContaining(text) }),
  );
});
