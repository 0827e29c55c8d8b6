import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { listCommand } from './deliveries-list.js';

export function deliveriesCommand(program: Command, context: CliContext): void {
  const deliveries = program
    .command('deliveries')
    .description('tell what became of the mails of an edition');
  listCommand(deliveries, context);
}
