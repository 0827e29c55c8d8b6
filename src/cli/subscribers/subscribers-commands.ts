import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { addCommand } from './subscribers-add.js';
import { exportCommand } from './subscribers-export.js';
import { importCommand } from './subscribers-import.js';
import { listCommand } from './subscribers-list.js';
import { removeCommand } from './subscribers-remove.js';
import { showCommand } from './subscribers-show.js';
import { suppressCommand } from './subscribers-suppress.js';
import { unsuppressCommand } from './subscribers-unsuppress.js';

export function subscribersCommand(program: Command, context: CliContext): void {
  const subscribers = program
    .command('subscribers')
    .description('add, import, export, show, remove, list, suppress and unsuppress subscribers');
  addCommand(subscribers, context);
  importCommand(subscribers, context);
  exportCommand(subscribers, context);
  showCommand(subscribers, context);
  removeCommand(subscribers, context);
  listCommand(subscribers, context);
  suppressCommand(subscribers, context);
  unsuppressCommand(subscribers, context);
}
