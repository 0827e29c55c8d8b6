import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { findSubscriber } from '../../subscribers/find-subscriber.js';
import { STATES } from '../../subscribers/subscriber.js';
import { type CliContext, withServices } from '../context.js';
import { answer } from '../output.js';
import { addCommand } from './subscribers-add.js';
import { exportCommand, parseState } from './subscribers-export.js';
import { importCommand } from './subscribers-import.js';
import { renewLinksCommand } from './subscribers-renew-links.js';
import { subscriberShowCommand } from './subscribers-show.js';
import { suppressCommand, unsuppressCommand } from './subscribers-suppress.js';

export function subscribersCommand(program: Command, context: CliContext): void {
  const subscribers = program
    .command('subscribers')
    .description(
      'add, import, export, show, remove, list, suppress and unsuppress subscribers, renew their links',
    );
  addCommand(subscribers, context);
  importCommand(subscribers, context);
  exportCommand(subscribers, context);
  subscriberShowCommand(subscribers, context);
  removeCommand(subscribers, context);
  listCommand(subscribers, context);
  suppressCommand(subscribers, context);
  unsuppressCommand(subscribers, context);
  renewLinksCommand(subscribers, context);
}

function removeCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('remove')
    .description('forget an address and everything kept with it (a suppression stays, as a hash)')
    .argument('<email>')
    .option('--keep-out', 'its owner asked for it: no import brings it back, only they can')
    .option('--json', 'answer with one JSON object')
    .action((text: string, { keepOut = false, json }: { keepOut?: boolean; json?: boolean }) =>
      withServices(context, async ({ store }) => {
        const { id, email } = await findSubscriber(store.subscribers, text);
        const removed = await store.subscribers.erase(id, { keepOut });
        await store.retention.cleanFiles();
        answer(json, { email, removed }, `${email} is gone.`);
      }),
    );
}

interface ListOptions {
  state?: string;
  limit: string;
  after: string;
  json?: boolean;
}

function listCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('list')
    .description('list subscribers, and how many there are in each state')
    .option('--state <state>', `only these: ${STATES.join(', ')}`)
    .option('--limit <number>', 'at most this many', '100')
    .option('--after <id>', 'go on after this id', '0')
    .option('--json', 'answer with one JSON object')
    .action((options: ListOptions) =>
      withServices(context, async ({ store }) => {
        const state = parseState(options.state);
        const found = await store.subscribers.list({
          after: parseNumber('--after', options.after),
          limit: parseNumber('--limit', options.limit),
          ...(state && { state }),
        });
        const counts = await store.subscribers.counts();
        const lines = found.map(({ id, email, state }) => `${id}\t${state}\t${email}`);
        const totals = STATES.map((name) => `${counts[name]} ${name}`).join(', ');
        answer(options.json, { counts, subscribers: found }, [...lines, totals].join('\n'));
      }),
    );
}

/** @throws PaperboyError `bad_usage` */
function parseNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PaperboyError('bad_usage', `${option} takes a whole number, not "${text}".`);
}
