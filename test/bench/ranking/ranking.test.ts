import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, tempDir } from '../../support/program.js';
import { ndcg } from './measure.js';
import type { Row } from './table.js';

interface Report {
  days: number;
  all: { name: string; ndcg: number; better: number }[];
}

async function bench(...args: string[]): Promise<{ code: number; out: string; told: string }> {
  const all = ['--import', 'tsx', 'test/bench/ranking/main.ts', ...args];
  const child = spawn(process.execPath, all, { cwd: ROOT, env: { PATH: process.env['PATH'] } });
  const read = { out: '', told: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    read.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    read.told += text;
  });
  const [code] = await once(child, 'close');
  return { code, ...read };
}

const HEAD =
  'date,id,title,organization,early_upvotes,early_comments,early_github_stars,has_project_page,has_code,authors,published,final_upvotes';

/** Days on which large groups get the votes, late. */
function table(): string {
  const rows = ['2025-01', '2025-02', '2025-03'].flatMap((month) =>
    ['03', '04'].flatMap((day) =>
      Array.from({ length: 12 }, (_, n) => {
        const authors = ((n * 7) % 12) + 1;
        const id = `${month.slice(2, 4)}${month.slice(5)}.${day}${100 + n}`;
        const early = n % 3 === 0 ? '' : n % 2;
        return `${month}-${day},${id},"Title, ${n}",,${early},0,,0,${n % 2},${authors},${month}-01,${authors * 5}`;
      }),
    ),
  );
  return [HEAD, ...rows, ''].join('\n');
}

test('bench:ranking compares the pick with early votes and newest first, whatever the order of rows', async () => {
  using folder = tempDir();
  const file = join(folder.path, 'votes.csv');
  writeFileSync(file, table());
  const { code, out, told } = await bench(file, '--json');
  expect([code, told]).toEqual([0, '']);
  const report: Report = JSON.parse(out);
  expect(report.days).toBe(6);
  const value = new Map(report.all.map(({ name, ndcg }) => [name, ndcg]));
  expect(value.get('the pick, fitted to the other months')).toBeGreaterThan(
    value.get('plain early votes') ?? 1,
  );
  expect(value.get('newest first')).toBeLessThan(1);

  const [head, ...rows] = table().trim().split('\n');
  writeFileSync(file, [head, ...rows.reverse(), ''].join('\n'));
  const other: Report = JSON.parse((await bench(file, '--json')).out);
  for (const { name, ndcg } of other.all) expect(ndcg, name).toBeCloseTo(value.get(name) ?? 0, 6);
});

test('a table that is not there, or is another, is a sentence', async () => {
  using folder = tempDir();
  const none = await bench(join(folder.path, 'none.csv'));
  expect([none.code, none.out]).toEqual([2, '']);
  expect(none.told).toMatch(/^The table of votes .*none\.csv can't be read; name another: .*\n$/);
  const file = join(folder.path, 'other.csv');
  writeFileSync(file, 'date,id\n2025-01-02,2501.00001\n');
  const other = await bench(file);
  expect([other.code, other.told]).toEqual([2, expect.stringContaining('lacks the columns title')]);
});

test('nDCG is 1 for the best order of the first ten, and less for another', () => {
  const rows = Array.from({ length: 12 }, (_, n) => ({ finalVotes: 24 - 2 * n }) as Row);
  expect(ndcg(rows)).toBe(1);
  expect(ndcg([...rows].reverse())).toBeLessThan(0.9);
  // Gains of 2 and 1, the better one second: (1 + 2 / log2 3) / (2 + 1 / log2 3).
  expect(ndcg([{ finalVotes: 1 } as Row, { finalVotes: 3 } as Row])).toBeCloseTo(0.8597, 4);
});
