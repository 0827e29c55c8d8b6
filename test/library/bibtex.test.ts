import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeTex, formatBibtex, toCiteKey } from '../../src/library/bibtex.js';
import type { Paper } from '../../src/papers/paper.js';

const PAGE = 'https://papers.example.org/paper/1';

function paper(changes: Partial<Paper> = {}): Paper {
  return {
    ...{ id: '2603.00001', arxivId: '2603.00001', doi: null, title: 'The Tide Maps', abstract: '' },
    ...{ summary: null, authors: ['Ada Lovelace', 'Łukasz Ørsted'], organisation: null },
    ...{ publishedOn: '2026-03-04', url: 'https://example.org', pdfUrl: null, codeUrl: null },
    ...{ projectUrl: null, keywords: [], categories: ['cs.RO'], withdrawn: false },
    ...changes,
  };
}

/** Reads an entry as BibTeX does: by braces alone, whatever stands before them. */
function readEntry(entry: string): { key: string; fields: Record<string, string> } {
  const [, key = '', body = ''] = /^@misc\{([a-z0-9]+),\n([\s\S]*)\n\}\n$/.exec(entry) ?? [];
  expect(key).not.toBe('');
  const fields: Record<string, string> = {};
  let at = 0;
  while (at < body.length) {
    const [head, name = ''] = /^ {2}(\w+) = /.exec(body.slice(at)) ?? [];
    if (head === undefined) throw new Error(`No field at ${body.slice(at, at + 40)}`);
    at += head.length;
    const start = at;
    let depth = 0;
    for (; at < body.length; at++) {
      if (body[at] === '{') depth++;
      if (body[at] === '}') depth--;
      if (depth === 0 && (body[at] === ',' || at === body.length - 1)) break;
    }
    const end = body[at] === ',' ? at : at + 1;
    fields[name] = body.slice(start, end).replace(/^\{|\}$/g, '');
    expect(depth).toBe(0);
    at = end + 2;
  }
  return { key, fields };
}

const COMMANDS: Record<string, string> = {
  ...{ textbackslash: '\\', textbraceleft: '{', textbraceright: '}' },
  ...{ textasciitilde: '~', textasciicircum: '^' },
};

function unescapeTex(text: string): string {
  return text.replace(
    /\\([a-z]+)\{\}|\\([#$%&_])/g,
    (_all, command, sign) => sign ?? COMMANDS[command] ?? '?',
  );
}

const oneLine = (text: string) =>
  text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();

test('has what arXiv has', () => {
  expect(formatBibtex(paper(), PAGE)).toBe(`@misc{lovelace2026tide,
  title = {{The Tide Maps}},
  author = {Ada Lovelace and Łukasz Ørsted},
  year = {2026},
  eprint = {2603.00001},
  archivePrefix = {arXiv},
  primaryClass = {cs.RO},
  url = {https://arxiv.org/abs/2603.00001},
  month = mar
}
`);
});

test('names that would be read as two are kept together', () => {
  const authors = ['Lovelace, Ada', 'Anderson and Sons', 'King, Jr., Martin', 'others'];
  const { fields } = readEntry(formatBibtex(paper({ authors }), PAGE));
  expect(fields['author']).toBe(
    'Lovelace, Ada and {Anderson and Sons} and {King, Jr., Martin} and {others}',
  );
});

test('whatever a paper holds, the entry can be read, and its title is what it was', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          '\\',
          '{',
          '}',
          '%',
          '$',
          '&',
          '#',
          '_',
          '~',
          '^',
          '"',
          '@',
          ',',
          ' and ',
          'a',
        ),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(
      text,
      fc.array(text, { maxLength: 5 }),
      fc.option(text, { nil: null }),
      text,
      (title, authors, doi, url) => {
        const entry = formatBibtex(
          paper({ title, authors, doi, arxivId: null, url, id: url }),
          PAGE,
        );
        const { fields } = readEntry(entry);
        expect(unescapeTex((fields['title'] ?? '').replace(/^\{|\}$/g, ''))).toBe(oneLine(title));
      },
    ),
    { numRuns: 500 },
  );
});

test('keys are letters and digits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (title, name) => {
      expect(toCiteKey(paper({ title, authors: [name] }))).toMatch(/^[a-z0-9]+$/);
    }),
  );
  expect(toCiteKey(paper({ title: '日本', authors: ['李'], publishedOn: null }))).toBe(
    'paper260300001',
  );
  expect(escapeTex('50% of {x}_1')).toBe('50\\% of \\textbraceleft{}x\\textbraceright{}\\_1');
});
