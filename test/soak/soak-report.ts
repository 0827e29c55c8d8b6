import { type Check, checkLedger } from './check-ledger.js';
import { checkMemory, MEMORY_RATIO, memorySeries } from './check-memory.js';
import { checkPeople } from './check-people.js';
import { DISK_FULL } from './faults.js';
import type { SoakEvidence } from './soak-evidence.js';

/** Violations of one check that are told; the first few say what is wrong. */
const TOLD = 8;

/**
 * @param ratio by how much memory may grow
 * @param isRoot whether a small disk may be mounted here, and so has to be
 */
export function checkAll(
  evidence: SoakEvidence,
  ratio = MEMORY_RATIO,
  isRoot = process.geteuid?.() === 0,
): Check[] {
  return [
    ...checkLedger(evidence),
    ...checkPeople(evidence),
    checkMemory(evidence.memory, ratio),
    checkDisk(evidence, isRoot),
  ];
}

/** What was left out is no proof; but a database's files lie on no disk of ours. */
function checkDisk({ skipped, kept }: SoakEvidence, isRoot: boolean): Check {
  const why = skipped.get(DISK_FULL);
  return {
    name: 'a disk was filled, where that can be had',
    violations: isRoot && kept !== null && why !== undefined ? [`it was skipped: ${why}`] : [],
    ...(why !== undefined && { note: 'skipped' }),
  };
}

/** A run in lines for people. */
export function reportSoak(evidence: SoakEvidence, checks: readonly Check[]): string[] {
  return [
    '',
    ...actions(evidence),
    '',
    ...faults(evidence),
    '',
    'Memory',
    ...memorySeries(evidence.memory).map(indent),
    '',
    'Checks',
    ...checks.flatMap(toLines),
  ];
}

function actions({ tally, codes, editions, record, pages, drained }: SoakEvidence): string[] {
  const digests = record.filter(({ isDigest }) => isDigest).length;
  const notices = record.filter(({ isDigest, of }) => !isDigest && of !== 'operator').length;
  return [
    'Actions',
    ...[...tally].sort().map(([what, n]) => indent(`${what}: ${n}`)),
    indent(
      `editions: ${editions.length}, commands: ${[...codes]
        .sort()
        .map(([code, n]) => `${code} ${n}×`)
        .join(', ')}`,
    ),
    indent(
      `mails taken: ${digests} digests, ${notices} notices, ${record.length - digests - notices} to the operator`,
    ),
    indent(`requests without an answer, at kills: ${pages.unanswered}`),
    indent(
      `until nothing was open: ${Math.round(drained.ms / 1_000)} s, left open: ${drained.open}`,
    ),
  ];
}

function faults({ windows, skipped }: SoakEvidence): string[] {
  const names = [...new Set(windows.map(({ name }) => name))];
  return [
    'Faults',
    ...names.map((name) =>
      indent(`${name}: ${windows.filter((one) => one.name === name).length}×`),
    ),
    ...[...skipped].map(([name, why]) => indent(`SKIPPED ${name}: ${why}`)),
  ];
}

function toLines({ name, violations, note }: Check): string[] {
  const more = violations.length - TOLD;
  const told = note === undefined ? '' : ` (${note})`;
  return [
    indent(`${violations.length === 0 ? 'kept  ' : 'BROKEN'} ${name}${told}`),
    ...violations.slice(0, TOLD).map((one) => indent(indent(one))),
    ...(more > 0 ? [indent(indent(`… and ${more} more`))] : []),
  ];
}

const indent = (line: string) => `  ${line}`;
