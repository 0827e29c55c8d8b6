import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import { createLogger } from '../base/logger.js';
import { loadConfig } from '../config/config.js';
import { seed } from '../jobs/seed/seed.js';
import { SeedClock } from '../jobs/seed/seed-store.js';
import { openStore } from '../store/open.js';
import { loadCatalogues } from '../views/catalogues.js';
import type { CliContext } from './context.js';
import { answer } from './output.js';

export function seedCommand(program: Command, context: CliContext): void {
  program
    .command('seed')
    .description('fill an empty store with made-up readers and papers, for development')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
There are 1,000 readers in all states and 60 days of papers with votes, editions, suggestions and
deliveries, so that every page and command has something to show. They are the same each time. Nothing
is sent. With NODE_ENV=production it does nothing.`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const config = loadConfig(context.environment);
      if (config.production) {
        throw new PaperboyError('not_in_production', 'Made-up data is for development only.');
      }
      const clock = new SeedClock(systemClock.now());
      const store = await openStore(config.database, clock, { storeClock: clock });
      try {
        // What happened weeks ago is no news.
        const logger = createLogger('silent');
        const route = config.routes[0]?.name ?? 'smtp';
        const timezone = config.editionTimezone;
        const report = await seed({
          store,
          clock,
          logger,
          languages: loadCatalogues(config.language).codes,
          timezone,
          route,
        });
        const { subscribers, editions, deliveries, suggestions } = report;
        answer(
          json,
          report,
          [
            `Subscribers: ${formatCounts(subscribers)}.`,
            `Daily editions: ${editions}. Their deliveries: ${formatCounts({ ...deliveries })}.`,
            `Suggestions: ${formatCounts(suggestions)}.`,
          ].join('\n'),
        );
      } finally {
        await store.close();
      }
    });
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, number]) => `${number} ${name}`)
    .join(', ');
}
