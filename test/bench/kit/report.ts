import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import type { Figures, Findings, Mark, Row } from './bench.js';

export interface Report {
  machine: object;
  quick: boolean;
  rounds: number;
  seconds: number;
  benches: Record<string, Findings>;
}

/** Titles and digits of the table's columns, in order. */
const COLUMNS: [key: keyof Row, title: string, digits: number][] = [
  ['mails', 'mails', 0],
  ['rate', 'per s', 0],
  ['ratio', 'ratio', 2],
  ['cpu', 'CPU s/1,000', 2],
  ['peak', 'peak MB', 0],
  ['wall', 'start to exit s', 2],
  ['p50', 'p50 ms', 1],
  ['p95', 'p95 ms', 1],
  ['p99', 'p99 ms', 1],
  ['bytes', 'bytes', 0],
];

export function table(name: string, about: string, { rows, marks, skipped }: Findings): string {
  const columns = COLUMNS.filter(([key]) => rows.some((row) => row[key] !== undefined));
  const lines = [
    [name, ...columns.map(([, title]) => title)],
    ...rows.map((row) => [
      row.what,
      ...columns.map(([key, , digits]) => shown(row[key as keyof Figures], digits)),
    ]),
  ];
  const widths = lines[0]?.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const text = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths?.[0] ?? 0) : cell.padStart(widths?.[column] ?? 0),
      )
      .join('  '),
  );
  const notes = rows.flatMap(({ what, note }) => (note ? [`${what}: ${note}`] : []));
  return [
    '',
    about,
    ...text,
    ...notes,
    ...marks.map(markLine),
    ...skipped.map((why) => `SKIPPED ${why}`),
  ].join('\n');
}

function shown(value: number | undefined, digits: number): string {
  return value === undefined
    ? ''
    : value.toLocaleString('en-GB', {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
}

export function kept({ value, least, most }: Mark): boolean {
  return (
    value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY)
  );
}

function markLine(mark: Mark): string {
  const bound = mark.least === undefined ? `at most ${mark.most}` : `at least ${mark.least}`;
  return `${kept(mark) ? 'kept  ' : 'MISSED'} ${mark.what}: ${mark.value.toFixed(2)} (${bound})`;
}

/** What the figures were taken on; without it they mean nothing. */
export function machine(): object {
  return {
    cpus: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryMb: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    node: process.version,
    commit: commit(),
    at: new Date().toISOString(),
  };
}

function commit(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
