import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Processes, servers and a browser share two cores in CI: a test that loses a race against the
// machine once may try again there, and the report names it.
const retry = process.env['CI'] ? 1 : 0;

/** Most of their time is waiting: for a process, a server, a lease. */
const WAITING = [
  'test/{cli,journey,torture}/**/*.test.ts',
  'test/store/postgres*.test.ts',
  'test/store/trouble.test.ts',
  'test/jobs/schedule-processes.test.ts',
  'test/jobs/doctor/*.test.ts',
];
/** Keeps all cores busy for minutes: nothing beside it would be done in its time. */
const SOAK = 'test/soak/soak.test.ts';
const TIERS = 'test/tiers/**/*.test.ts';

/** What takes longest, and begins first: nothing else would be left to run beside its end. */
const LONG = [
  'tiers/bench',
  'cli/pauses',
  'cli/unseen-secrets',
  'journey/store-trouble',
  'torture/odd/odd',
  'store/postgres',
  'cli/faults',
  'cli/edition',
  'cli/send',
  'cli/lists',
].map((name) => `/test/${name}.test.ts`);

/** The order that Vitest chooses, but for what is known to be long in a fresh clone as well. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONG.findIndex((name) => moduleId.endsWith(name));
      return found === -1 ? LONG.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

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
    sequence: { sequencer: LongestFirst },
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
          exclude: [...WAITING, SOAK, TIERS],
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'soak',
          include: [SOAK],
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // What needs more than npm: a browser, a mail server of Debian's.
        test: {
          name: 'tiers',
          include: [TIERS],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          isolate: false,
          retry,
          // Each has folders, ports and servers of its own, and waits for them.
          maxWorkers: 3,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
