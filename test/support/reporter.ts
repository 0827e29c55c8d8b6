import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { ROOT } from './program.js';

const SHOWN = 10;

/**
 * The last lines of a run: which files took longest, and which tests passed only when they were
 * tried again. `RETRIED_FILE` gets the latter too, for who runs the tests several times.
 */
export default class LastLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const slowest = slowestFiles(modules);
    const retried = retriedTests(modules);
    const lines = [
      ...(slowest.length > 1 ? ['The slowest files:', ...slowest] : []),
      ...(retried.length > 0 ? ['Passed only at a second try:', ...retried] : []),
    ];
    if (lines.length > 0) console.log(lines.join('\n'));
    const file = process.env['RETRIED_FILE'];
    if (file && retried.length > 0) appendFileSync(file, `${retried.join('\n')}\n`);
  }
}

function slowestFiles(modules: readonly TestModule[]): string[] {
  return modules
    .map((module) => ({ module, duration: module.diagnostic().duration }))
    .sort((a, b) => b.duration - a.duration)
    .slice(0, SHOWN)
    .map(
      ({ module, duration }) => `${(duration / 1_000).toFixed(1).padStart(8)} s  ${nameOf(module)}`,
    );
}

function retriedTests(modules: readonly TestModule[]): string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests('passed')]
      .filter((test) => test.diagnostic()?.flaky)
      .map((test) => `  ${nameOf(module)} > ${test.fullName}`),
  );
}

const nameOf = ({ moduleId }: TestModule) => relative(ROOT, moduleId);
