import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Processes, servers and a browser share two cores in CI: a test that loses a race against the
// machine once may try again there, and the report says so.
const retry = process.env['CI'] ? 1 : 0;

// Most of a test is waiting for a process or a server.
const maxWorkers = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: ['test/tiers/**'],
          globalSetup: 'test/support/postgres-setup.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Loading all modules anew for each file would take longer than most files do. Nothing
          // in them is global, so the files have nothing to hide from each other.
          isolate: false,
          retry,
        },
      },
      {
        // What needs more than npm: a browser, a mail server of Debian's.
        test: {
          name: 'tiers',
          include: ['test/tiers/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          retry,
        },
      },
    ],
  },
});
