import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { acceptCommand } from './suggestions-accept.js';
import { declineCommand } from './suggestions-decline.js';
import { listCommand } from './suggestions-list.js';

export function suggestionsCommand(program: Command, context: CliContext): void {
  const suggestions = program
    .command('suggestions')
    .description('list, accept and decline papers that people suggest on the page /suggest');
  listCommand(suggestions, context);
  acceptCommand(suggestions, context);
  declineCommand(suggestions, context);
}
