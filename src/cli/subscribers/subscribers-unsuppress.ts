import type { Command } from 'commander';
import { readReason } from '../../editions/curation.js';
import { type Unsuppressed, unsuppress } from '../../subscribers/suppress.js';
import { answer, type CliContext, withServices } from '../context.js';

interface Options {
  reason?: string;
  confirmed?: boolean;
  json?: boolean;
}

export function unsuppressCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('unsuppress')
    .description('take a suppression back; the subscriber is asked to confirm')
    .argument('<email>')
    .option('--reason <text>', 'for "subscribers show"')
    .option('--confirmed', 'its owner has agreed already: make it active, without a mail')
    .option('--json', 'answer with one JSON object')
    .action((email: string, { confirmed = false, json, ...options }: Options) =>
      withServices(context, async ({ store, clock }) => {
        const reason = readReason(options.reason);
        const result = await store.atomically((stores) =>
          unsuppress({ ...stores, clock }, { email, reason }, { confirmed }),
        );
        answer(json, result, `${result.email} is no longer suppressed; ${rest(result)}`);
      }),
    );
}

function rest({ state, asked }: Unsuppressed): string {
  if (state === null) return 'it is not a subscriber.';
  if (asked) return 'a mail asks its owner to confirm.';
  if (state === 'pending') {
    return 'it is pending, and has had as many notices as it may get in a day, so none follows.';
  }
  return state === 'unsubscribed'
    ? 'its owner had unsubscribed before, so no mail follows.'
    : `it is ${state}.`;
}
