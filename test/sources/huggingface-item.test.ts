import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListedPaper } from '../../src/papers/paper.js';
import { parseId, readItem } from '../../src/sources/huggingface/huggingface-item.js';
import { item } from './asking.js';

const ID = '2603.99001';
const withPaper = (paper: Record<string, unknown>) => item(ID, { paper });

function listed(raw: unknown): ListedPaper {
  const read = readItem(raw);
  if ('listed' in read) return read.listed;
  throw new Error(read.reason);
}

function reason(raw: unknown): string {
  const read = readItem(raw);
  return 'reason' in read ? read.reason : 'was taken';
}

describe('its picture', () => {
  const pictureOf = (beside: Record<string, unknown>, paper: Record<string, unknown> = {}) =>
    listed(item(ID, { beside, paper })).paper.pictureUrl;
  const thumbnail = 'https://cdn.example/papers/x.png';

  test('is the first that its authors gave, then what stands for the paper', () => {
    expect(pictureOf({ thumbnail })).toBe(thumbnail);
    const mediaUrls = ['https://cdn.example/a.mp4', 'https://cdn.example/b.png?c=1'];
    const both = `${mediaUrls[1]} ${thumbnail}`;
    expect(pictureOf({ thumbnail, mediaUrls })).toBe(both);
    expect(pictureOf({ thumbnail }, { mediaUrls })).toBe(both);
    expect(pictureOf({ thumbnail, mediaUrls: ['https://cdn.example/a.WebM'] })).toBe(thumbnail);
  });

  test.each([
    [undefined],
    [null],
    [7],
    [''],
    ['javascript:alert(1)'],
    ['https://127.0.0.1/a.png'],
    ['https://intranet/a.png'],
    ['https://me:secret@cdn.example/a.png'],
    ['ftp://cdn.example/a.png'],
    ['https://cdn.example/a.svg'],
    ['https://cdn.example/a.pdf'],
    [{ url: thumbnail }],
    [['a', ['b']]],
  ])('is none where %j stands for it, and the paper is read all the same', (wrong) => {
    expect(pictureOf({ thumbnail: wrong, mediaUrls: wrong })).toBeUndefined();
    expect(pictureOf({ thumbnail, mediaUrls: wrong })).toBe(thumbnail);
  });
});

test('reads everything that an item says', () => {
  const raw = item(ID, {
    paper: {
      title: 'A\n  Title of \\textbf{Two} Lines',
      summary: 'It gains 5\\%.',
      ai_summary: ' One sentence. ',
      authors: [{ name: 'Ada  Lovelace' }, { name: 'Nobody', hidden: true }, { name: ' \u200b' }],
      ai_keywords: ['graphs', ' graphs', '', 'x^2'],
      githubRepo: 'https://github.com/a/b',
      githubStars: 41.9,
      projectPage: 'http://a.example/b?c=1&d="2"',
      organization: { name: 'short', fullname: 'The Long Name' },
      unknownField: { nested: [] },
    },
  });
  expect(listed(raw)).toEqual({
    paper: {
      id: ID,
      arxivId: ID,
      doi: null,
      title: 'A Title of Two Lines',
      abstract: 'It gains 5%.',
      summary: 'One sentence.',
      authors: ['Ada Lovelace'],
      organisation: 'The Long Name',
      publishedOn: '2026-03-01',
      url: `https://huggingface.co/papers/${ID}`,
      pdfUrl: `https://arxiv.org/pdf/${ID}`,
      codeUrl: 'https://github.com/a/b',
      projectUrl: 'http://a.example/b?c=1&d=%222%22',
      keywords: ['graphs', 'x²'],
      categories: [],
      withdrawn: false,
    },
    signal: { upvotes: 3, comments: 1, codeStars: 41 },
  });
});

describe('what an item may lack', () => {
  const OPTIONAL = [
    ...['ai_summary', 'ai_keywords', 'githubRepo', 'githubStars', 'projectPage', 'organization'],
    'publishedAt',
  ];

  test.each([undefined, null])('all of it at once, as %s', (nothing) => {
    const paper = Object.fromEntries(OPTIONAL.map((name) => [name, nothing]));
    const { paper: read, signal } = listed(
      item(ID, { paper: { ...paper, authors: [] }, beside: { numComments: undefined } }),
    );
    expect(read).toMatchObject({
      ...{ summary: null, organisation: null, publishedOn: null, codeUrl: null, projectUrl: null },
      ...{ keywords: [], authors: [] },
    });
    expect(signal).toEqual({ upvotes: 3, comments: 0, codeStars: null });
  });

  test('the full name of an organisation', () => {
    const organization = { name: 'short', fullname: null };
    expect(listed(withPaper({ organization })).paper.organisation).toBe('short');
  });
});

test.each([
  ['2603.99001v3', '2603.99001', 'https://arxiv.org/pdf/2603.99001'],
  ['0704.0001', '0704.0001', 'https://arxiv.org/pdf/0704.0001'],
  ['hep-th/9901001', 'hep-th/9901001', 'https://arxiv.org/pdf/hep-th/9901001'],
  ['some_paper_v2', 'some_paper_v2', null],
])('the id %s is kept as %s', (id, kept, pdfUrl) => {
  expect(listed(item(id)).paper).toMatchObject({ id: kept, pdfUrl });
});

describe('addresses', () => {
  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://a.example/b',
    'mailto:a@b.example',
    '//a.example/b',
    'a.example/b',
    'https://',
    'https://a b.example/',
    `https://a.example/${'x'.repeat(500)}`,
    `https://a.example/${'漢'.repeat(100)}`,
    '',
  ])('%j are none', (address) => {
    const { paper } = listed(withPaper({ githubRepo: address, projectPage: address }));
    expect([paper.codeUrl, paper.projectUrl]).toEqual([null, null]);
  });

  test('are ASCII without quotes, spaces and angle brackets', () => {
    const address = fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((path) => `https://a.example/${path}`);
    fc.assert(
      fc.property(address, (projectPage) => {
        const { projectUrl } = listed(withPaper({ projectPage })).paper;
        if (projectUrl !== null) expect(projectUrl).toMatch(/^https:\/\/a\.example\/[!#-;=?-~]*$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

test.each(['2026-13-45T00:00:00Z', 'soon', '', '2026-3-1'])(
  'a day of publishing that is none, %j, is left out',
  (publishedAt) => expect(listed(withPaper({ publishedAt })).paper.publishedOn).toBeNull(),
);

describe('a broken item says what is wrong', () => {
  test.each<[string, unknown, RegExp]>([
    ['null', null, /^the item must be object/],
    ['a string', 'paper', /^the item must be object/],
    ['an empty object', {}, /^the item must have required properties paper/],
    ['no id', withPaper({ id: undefined }), /^paper must have required properties id/],
    ['a number for an id', withPaper({ id: 2603.99 }), /^paper\.id must be string/],
    ['an id with a space', withPaper({ id: '2603 99001' }), /^paper\.id must match pattern/],
    ['an id with markup', withPaper({ id: '<b>2603</b>' }), /^paper\.id must match pattern/],
    ['no title', withPaper({ title: undefined }), /^paper must have required properties title/],
    ['an empty title', withPaper({ title: '' }), /^paper\.title must not have fewer than 1/],
    ['a blank title', withPaper({ title: ' \n\u200b\u200d' }), /^paper\.title is blank$/],
    ['a title beyond measure', withPaper({ title: 'x'.repeat(2_001) }), /^paper\.title must not/],
    ['no summary', withPaper({ summary: null }), /^paper\.summary must be string/],
    ['votes below zero', withPaper({ upvotes: -1 }), /^paper\.upvotes must be >= 0/],
    ['half a vote', withPaper({ upvotes: 1.5 }), /^paper\.upvotes must be integer/],
    ['votes in words', withPaper({ upvotes: 'many' }), /^paper\.upvotes must be integer/],
    ['authors in a string', withPaper({ authors: 'Ada' }), /^paper\.authors must be array/],
    ['comments in words', item(ID, { beside: { numComments: 'x' } }), /^numComments must be/],
  ])('%s', (_what, raw, wanted) => expect(reason(raw)).toMatch(wanted));

  test('whatever it is, and whatever it holds', () => {
    const field = fc.constantFrom('id', 'title', 'summary', 'upvotes', 'authors', 'ai_summary');
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue()), field, (value, name) => {
        for (const raw of [value, { paper: value }, withPaper({ [name]: value })]) {
          const read = readItem(raw);
          if ('reason' in read) expect(read.reason).toMatch(/^\S.{3,200}$/);
          else expect(read.listed.paper.title).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  [withPaper({ title: '' }), ID],
  [{ paper: { id: 'x'.repeat(1_000) } }, 'x'.repeat(60)],
  [{ paper: { id: 7 } }, undefined],
  [{ paper: null }, undefined],
  [{}, undefined],
  [null, undefined],
  ['2603.99001', undefined],
])('idOf %#: the id of a broken item, for the log', (raw, id) => expect(parseId(raw)).toBe(id));
