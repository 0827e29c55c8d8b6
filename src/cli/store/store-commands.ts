import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { copyCommand } from './store-copy.js';

export function storeCommand(program: Command, context: CliContext): void {
  const store = program.command('store').description('move the store');
  copyCommand(store, context);
}
