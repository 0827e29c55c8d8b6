import type { PaperboyError } from '../base/errors.js';
import type { Admission, ImportResult } from './import.js';
import type { Standing } from './import-words.js';

/** Of each kind of row, how many lines are named. */
const EXAMPLES = 5;

/** Rows that stayed out because of what the list says of their owners. */
export interface LeftOut {
  standing: Standing;
  reason: string;
  count: number;
  /** The first of them. */
  lines: number[];
}

/** What became of each row of a list, or in a dry run what would. */
export interface ImportReport {
  imported: number;
  /** Those of the imported ones who are asked to confirm. */
  pending: number;
  /** Addresses that must not be mailed from now on. */
  suppressed: number;
  known: number;
  leftOut: LeftOut[];
  rejected: { line: number; reason: string }[];
  /** The first lines of each result. */
  lines: Record<ImportResult, number[]>;
}

export function emptyReport(): ImportReport {
  return {
    ...{ imported: 0, pending: 0, suppressed: 0, known: 0, leftOut: [], rejected: [] },
    lines: { imported: [], suppressed: [], known: [] },
  };
}

export function countResult(
  report: ImportReport,
  line: number,
  as: Admission,
  result: ImportResult | PaperboyError,
): void {
  if (typeof result !== 'string') {
    report.rejected.push({ line, reason: result.message });
    return;
  }
  report[result]++;
  if (result === 'imported' && as === 'pending') report.pending++;
  if (report.lines[result].length < EXAMPLES) report.lines[result].push(line);
}

export function countLeftOut(
  { leftOut }: ImportReport,
  line: number,
  standing: Standing,
  reason: string,
): void {
  let group = leftOut.find((one) => one.standing === standing && one.reason === reason);
  if (!group) {
    group = { standing, reason, count: 0, lines: [] };
    leftOut.push(group);
  }
  group.count++;
  if (group.lines.length < EXAMPLES) group.lines.push(line);
}
