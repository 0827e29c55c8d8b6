import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { RatedPaper } from '../../../src/papers/paper.js';

/** A paper of the table as the product has it early, and how it ended. */
export interface Row {
  paper: RatedPaper;
  /** Whether the early snapshot had it; if not, it counts as one without votes. */
  early: boolean;
  finalVotes: number;
}

export interface TableDay {
  date: string;
  rows: Row[];
}

const COLUMNS = [
  ...['date', 'id', 'title', 'organization', 'early_upvotes', 'early_comments'],
  ...['early_github_stars', 'has_project_page', 'has_code', 'authors', 'published'],
  'final_upvotes',
];

type Cells = Record<string, string>;

/** @throws Error that says in one sentence what is wrong with the file */
export function readTable(file: string): TableDay[] {
  const cells = parse(contentOf(file), { columns: true, bom: true }) as Cells[];
  const missing = COLUMNS.filter((name) => cells[0]?.[name] === undefined);
  if (missing.length > 0) throw new Error(`${file} lacks the columns ${missing.join(', ')}.`);
  const days = new Map<string, Row[]>();
  for (const one of cells) {
    const date = one['date'] ?? '';
    days.set(date, [...(days.get(date) ?? []), rowOf(one)]);
  }
  return [...days].sort().map(([date, rows]) => ({ date, rows }));
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error(
      `The table of votes ${file} can't be read; name another: npm run bench:ranking -- FILE.csv, or VOTES_TABLE=FILE.csv.`,
    );
  }
}

function rowOf(cells: Cells): Row {
  const text = (name: string) => cells[name] || null;
  const number = (name: string) => Number(cells[name] || 0);
  const mark = (name: string) => (number(name) > 0 ? 'https://example.org/' : null);
  const id = cells['id'] ?? '';
  return {
    paper: {
      id,
      arxivId: id,
      doi: null,
      title: cells['title'] ?? '',
      abstract: '',
      summary: null,
      // Who they are plays no part.
      authors: Array.from({ length: number('authors') }, (_, index) => `Author ${index + 1}`),
      organisation: text('organization'),
      publishedOn: cells['published']?.slice(0, 10) || null,
      url: '',
      pdfUrl: null,
      codeUrl: mark('has_code'),
      projectUrl: mark('has_project_page'),
      keywords: [],
      categories: [],
      withdrawn: false,
      signal: {
        upvotes: number('early_upvotes'),
        comments: number('early_comments'),
        codeStars: text('early_github_stars') === null ? null : number('early_github_stars'),
      },
    },
    early: text('early_upvotes') !== null,
    finalVotes: number('final_upvotes'),
  };
}
