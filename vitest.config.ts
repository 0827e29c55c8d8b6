import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Processes, servers and a browser share two cores in CI: a test that loses a race against the
// machine once may try again there, and the report names it.
const retry = process.env['CI'] ? 1 : 0;

/** Most of their time is waiting: for a process, a server, a lease. */
const WAITING = [
  'test/{cli,journey,soak,torture}/**/*.test.ts',
  'test/store/postgres*.test.ts',
  'test/store/trouble.test.ts',
  'test/jobs/schedule-processes.test.ts',
  'test/jobs/doctor/*.test.ts',
];
const TIERS = 'test/tiers/**/*.test.ts';

const shared = {
  globalSetup: 'test/support/postgres-setup.ts',
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // Loading all modules anew for each file would take longer than most files do. Nothing in them is
  // global, so the files have nothing to hide from each other.
  isolate: false,
  retry,
};

export default defineConfig({
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'waiting',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          include: WAITING,
          maxWorkers: Math.max(5, availableParallelism()),
          sequence: { groupOrder: 0 },
        },
      },
      {
        // What keeps a core busy by itself, and all that is over soon.
        test: {
          ...shared,
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: [...WAITING, TIERS],
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
      {
        // What needs more than npm: a browser, a mail server of Debian's.
        test: {
          name: 'tiers',
          include: [TIERS],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          retry,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
