/**
 * `npm run bench:ranking [-- FILE.csv] [--json]`
 *
 * How well a pick that is made early meets the order of the final votes, on a table of days that are
 * over. It ranks with the code that picks editions. `SCORE_WEIGHTS` is heeded as by the program.
 */
import { parseArgs } from 'node:util';
import { parseWeights } from '../../../src/config/paper-settings.js';
import { byScore, rankPapers } from '../../../src/papers/rank.js';
import { SCORE_WEIGHTS, type ScoreWeights } from '../../../src/papers/score.js';
import { learnt } from './learn.js';
import { interval, mean, ndcg } from './measure.js';
import { type Row, readTable, type TableDay } from './table.js';

const USUAL_TABLE = '../shared/data/votes/2024-2025.csv';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});

type Order = (rows: readonly Row[], month: string) => Row[];

interface Result {
  name: string;
  ndcg: number;
  /** Against plain early votes: the mean of the days' differences, and 95 % of it by months. */
  better: number;
  interval: [number, number];
  daysBetter: number;
  daysWorse: number;
}

/** Ranks rows as the product ranks their papers. */
function ranked(rows: readonly Row[], rank: (papers: Row['paper'][]) => Row['paper'][]): Row[] {
  const rowOf = new Map(rows.map((row) => [row.paper, row]));
  return rank(rows.map(({ paper }) => paper)).flatMap((paper) => rowOf.get(paper) ?? []);
}

const byNewest: Order = (rows) => [...rows].sort((a, b) => (a.paper.id < b.paper.id ? 1 : -1));
const votesOf = ({ paper }: Row) => paper.signal.upvotes;
const byVotes: Order = (rows, month) =>
  byNewest(rows, month).sort((a, b) => votesOf(b) - votesOf(a));
const asInTable: Order = (rows) => [...rows].sort((a, b) => votesOf(b) - votesOf(a));

function compare(days: readonly TableDay[], orders: Record<string, Order>): Result[] {
  const months = [...new Set(days.map(monthOf))];
  const plain = days.map((day) => ndcg(byVotes(day.rows, monthOf(day))));
  return Object.entries(orders).map(([name, order]) => {
    const found = days.map((day) => ndcg(order(day.rows, monthOf(day))));
    const better = found.map((value, index) => value - (plain[index] ?? 0));
    const byMonth = months.map((month) =>
      better.filter((_, index) => days[index] && monthOf(days[index]) === month),
    );
    return {
      name,
      ndcg: mean(found),
      better: mean(better),
      interval: interval(byMonth),
      daysBetter: better.filter((one) => one > 1e-9).length,
      daysWorse: better.filter((one) => one < -1e-9).length,
    };
  });
}

function monthOf({ date }: TableDay): string {
  return date.slice(0, 7);
}

function bench(days: readonly TableDay[], weights: ScoreWeights) {
  const months = [...new Set(days.map(monthOf))];
  const fitted = new Map(
    months.map((month) => [
      month,
      learnt(
        days.filter((day) => monthOf(day) !== month),
        weights.fade,
      ),
    ]),
  );
  const unseen = (month: string) => fitted.get(month) ?? weights;
  const pick: Order = (rows) => ranked(rows, (papers) => rankPapers(papers, weights));
  const crossValidated: Order = (rows, month) =>
    ranked(rows, (papers) => rankPapers(papers, unseen(month)));
  const orders: Record<string, Order> = {
    'the pick': pick,
    'the pick, fitted to the other months': crossValidated,
    '… without spreading organisations': (rows, month) =>
      ranked(rows, (papers) => byScore(papers, unseen(month))),
    '… with a head start only among ties': (rows, month) =>
      ranked(rows, (papers) => rankPapers(papers, { ...unseen(month), fade: 0 })),
    'plain early votes': byVotes,
    'newest first': byNewest,
  };
  const listed = days
    .map(({ date, rows }) => ({ date, rows: rows.filter(({ early }) => early) }))
    .filter(({ rows }) => rows.length > 1);
  return {
    days: days.length,
    papers: days.reduce((sum, { rows }) => sum + rows.length, 0),
    weights,
    fittedToAll: learnt(days, weights.fade),
    all: compare(days, orders),
    listedEarly: compare(listed, {
      'the pick': pick,
      'the pick, fitted to the other months': crossValidated,
      'plain early votes': byVotes,
      'newest first': byNewest,
    }),
    spreadDays: days.filter(({ rows }) => isSpread(rows, weights)).length,
    tiesAsInTable: mean(days.map((day) => ndcg(asInTable(day.rows, '')))),
    tableItself: mean(days.map(({ rows }) => ndcg(rows))),
  };
}

/** Whether the first ten are others, or stand otherwise, because no organisation may have them all. */
function isSpread(rows: readonly Row[], weights: ScoreWeights): boolean {
  const papers = rows.map(({ paper }) => paper);
  const first = (order: Row['paper'][]) =>
    order
      .slice(0, 10)
      .map(({ id }) => id)
      .join();
  return first(rankPapers(papers, weights)) !== first(byScore(papers, weights));
}

function lines(results: readonly Result[]): string[] {
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
  return results.map((one) => {
    const figures = `${one.name.padEnd(38)} ${one.ndcg.toFixed(4)}`;
    if (one.name === 'plain early votes') return figures;
    const [from, to] = one.interval;
    return `${figures}  ${signed(one.better)}  [${signed(from)} ${signed(to)}]  ${one.daysBetter} better, ${one.daysWorse} worse`;
  });
}

function text(found: ReturnType<typeof bench>): string {
  const { base, authors, code, project, fade } = found.fittedToAll;
  const fitted = `base=${base.toFixed(2)},authors=${authors.toFixed(2)},code=${code.toFixed(2)},project=${project.toFixed(2)},fade=${fade}`;
  return [
    `nDCG@10 (gain log2(1 + final votes)) of ${found.days} days, ${found.papers} papers; then the`,
    'difference to plain early votes, its 95 % interval (months drawn anew), and days.',
    '',
    'All papers; who was not in the early snapshot has no votes yet:',
    ...lines(found.all),
    '',
    'Only papers of the early snapshot, among themselves:',
    ...lines(found.listedEarly),
    '',
    `Equal votes stand newest first. As they stand in the table: plain early votes ${found.tiesAsInTable.toFixed(4)};`,
    `but the order of the table itself has ${found.tableItself.toFixed(4)}: at 1 it tells the outcome.`,
    `Spreading organisations changes the first ten of ${found.spreadDays} days.`,
    `Fitted to all months: ${fitted}`,
  ].join('\n');
}

try {
  const weights = process.env['SCORE_WEIGHTS']
    ? parseWeights(process.env['SCORE_WEIGHTS'])
    : SCORE_WEIGHTS;
  const file = positionals[0] ?? process.env['VOTES_TABLE'] ?? USUAL_TABLE;
  const found = bench(readTable(file), weights);
  process.stdout.write(`${values.json ? JSON.stringify(found) : text(found)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
