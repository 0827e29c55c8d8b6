import fc from 'fast-check';
import type { Day } from '../../../src/base/day.js';
import type { Paper } from '../../../src/papers/paper.js';
import { parseSearch } from '../../../src/search/query.js';
import { saveListing } from '../../papers/save-listing.js';
import { found, paper, type World } from './dialect.js';

export const DAY = '2026-03-02';
export const [A, B, C, Z] = ['2603.00001', '2603.00002', '2603.00003', '2603.00026'] as const;

export type Texts = Partial<Pick<Paper, 'title' | 'abstract' | 'authors' | 'summary'>>;

export async function list({ store }: World, papers: Record<string, Texts>, day: Day = DAY) {
  const listed = Object.entries(papers).map(([id, texts]) => {
    const { signal, ...rest } = paper(id, { title: '', abstract: '', authors: [], ...texts });
    return { paper: rest, signal };
  });
  await saveListing(store.papers, 'huggingface', day, listed);
}

/** Takes away what refers to papers. */
export async function unlist(here: World) {
  for (const table of ['signals', 'listings', 'records'])
    await here.execute(`delete from ${table}`);
}

export async function search(
  { store }: World,
  q: string,
  { from = '', to = '', offset = 0, limit = 100 } = {},
) {
  const { text } = parseSearch({ q, from, to });
  return store.search.findPapers(found(text), { offset, limit });
}

export async function ids(world: World, q: string, options = {}): Promise<string[]> {
  return (await search(world, q, options)).papers.map(({ id }) => id);
}

/** What means something to one of the databases or to the reading of searches, in any order. */
export const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ...['"', "'", '(', ')', '*', ':', '-', '^', '+', '{', '}', '&', '|', '!', '<->', '\\'],
          ...[
            'AND',
            'OR',
            'NOT',
            'NEAR(',
            'NEAR',
            'title:',
            'author:',
            'authors :',
            '\0',
            '%',
            ';',
          ],
          ...[
            ' ',
            '\n',
            '\u202e',
            '\ud83d',
            '\udc80',
            '😀',
            '👩‍🔬',
            'שלום',
            'مرحبا',
            'हिन्दी',
            '𞤀',
            '¶',
            'é',
          ],
          ...[
            'the',
            'lantern',
            'of the',
            '1',
            '2e5',
            '-1.5',
            '1/2',
            'a@b.c',
            'http://x/y',
            '&amp;',
          ],
        ),
        fc.string({ unit: 'grapheme', maxLength: 6 }),
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join('')),
);
