import type { Command } from 'commander';
import { type CliContext, withServices } from './context.js';
import { answer } from './output.js';

export function migrateCommand(program: Command, context: CliContext): void {
  program
    .command('migrate')
    .description('bring the schema of the store up to date (every command does so by itself)')
    .option('--json', 'answer with one JSON object')
    .action((options: { json?: boolean }) =>
      withServices(context, async ({ store: { migrated } }) => {
        const sentence =
          migrated.length === 0 ? 'The store is up to date.' : `Applied ${migrated.join(', ')}.`;
        answer(options.json, { applied: migrated }, sentence);
      }),
    );
}
