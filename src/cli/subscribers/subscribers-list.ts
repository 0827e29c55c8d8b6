import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { STATES, type SubscriberState } from '../../subscribers/subscriber.js';
import { answer, type CliContext, withServices } from '../context.js';

interface Options {
  state?: string;
  limit: string;
  after: string;
  json?: boolean;
}

export function listCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('list')
    .description('list subscribers, and how many there are in each state')
    .option('--state <state>', `only these: ${STATES.join(', ')}`)
    .option('--limit <number>', 'at most this many', '100')
    .option('--after <id>', 'go on after this id', '0')
    .option('--json', 'answer with one JSON object')
    .action((options: Options) =>
      withServices(context, async ({ store }) => {
        const state = readState(options.state);
        const found = await store.subscribers.list({
          after: readNumber('--after', options.after),
          limit: readNumber('--limit', options.limit),
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
export function readState(text: string | undefined): SubscriberState | undefined {
  if (text === undefined) return undefined;
  const state = STATES.find((known) => known === text);
  if (state) return state;
  throw new PaperboyError('bad_usage', `"${text}" is not a state; choose ${STATES.join(', ')}.`);
}

function readNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PaperboyError('bad_usage', `${option} takes a whole number, not "${text}".`);
}
