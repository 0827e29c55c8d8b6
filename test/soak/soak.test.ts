import { expect, test } from 'vitest';
import { HURRIED, tempDir } from '../support/program.js';
import { soak } from './soak.js';
import { checkAll } from './soak-report.js';

/** A minute says less of memory than ten: caches are still filling. */
const RATIO = 1.6;

// The short form of `npm run soak`, with shorter leases.
test('a minute of readers, faults and kills breaks no rule and no invariant', async () => {
  using folder = tempDir();
  const said: string[] = [];
  const evidence = await soak({
    ...{ minutes: 1, seed: 7, place: { kind: 'sqlite' }, folder: folder.path, main: HURRIED },
    say: (line) => said.push(line),
  });
  const broken = checkAll(evidence, RATIO).filter(({ violations }) => violations.length > 0);
  expect(broken, said.join('\n')).toEqual([]);
  // It did live, and each fault that can be had here was there.
  expect(evidence.editions.length).toBeGreaterThan(2);
  const had = new Set(evidence.windows.map(({ name }) => name));
  expect(had.size + evidence.skipped.size).toBe(15);
  expect(evidence.record.length).toBeGreaterThan(200);
  for (const what of ['confirmed', 'asked to leave', 'deleted', 'complaints by SMTP']) {
    expect(evidence.tally.get(what) ?? 0, what).toBeGreaterThan(0);
  }
}, 900_000);
