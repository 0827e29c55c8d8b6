import type { OddVerdict } from './odd-verdict.js';

export interface OddResult {
  name: string;
  mails: number;
  /** What the run itself failed of, before there was anything to judge. */
  outcome: OddVerdict | Error;
}

const HEAD = [
  'case',
  'mails',
  'accepted',
  'refused',
  'twice (explained)',
  'uploads/mail',
  'connections',
  'seconds',
  'allowed',
  'ratio',
  'verdict',
];
/** Violations of one case that are told. */
const TOLD = 6;

export function isGood({ outcome }: OddResult): boolean {
  return !(outcome instanceof Error) && faultsOf(outcome).length === 0;
}

/** One line a case, in columns. */
export function oddTable(results: readonly OddResult[]): string[] {
  const rows = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

/** What is wrong with a case, the first few. */
export function oddFaults({ outcome }: OddResult): string[] {
  if (outcome instanceof Error) return [outcome.message];
  const faults = faultsOf(outcome);
  const more = faults.length - TOLD;
  return [...faults.slice(0, TOLD), ...(more > 0 ? [`… and ${more} more`] : [])];
}

function cells(result: OddResult): string[] {
  const { name, mails, outcome } = result;
  const verdict = isGood(result) ? 'good' : 'FAILED';
  if (outcome instanceof Error) return [name, `${mails}`, ...Array(8).fill('-'), verdict];
  const { uploadsLater: later, allowance, ratio } = outcome;
  return [
    name,
    `${mails}`,
    `${outcome.accepted}`,
    `${outcome.refused}`,
    `${outcome.twice} (${outcome.explained})`,
    `${outcome.uploads.toFixed(2)}${later === null ? '' : `, later ${later.toFixed(2)}`}`,
    `${outcome.connections}`,
    outcome.seconds.toFixed(1),
    allowance ? `${allowance.factor} × ${allowance.seconds.toFixed(1)}` : '-',
    ratio === null ? '-' : ratio.toFixed(2),
    verdict,
  ];
}

function faultsOf({ violations, slowness }: OddVerdict): string[] {
  return [...violations, ...slowness];
}
