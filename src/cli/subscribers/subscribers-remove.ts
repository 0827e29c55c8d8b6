import type { Command } from 'commander';
import { answer, type CliContext, withServices } from '../context.js';
import { findSubscriber } from './subscribers-show.js';

export function removeCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('remove')
    .description('forget an address and everything kept with it (a suppression stays)')
    .argument('<email>')
    .option('--json', 'answer with one JSON object')
    .action((email: string, options: { json?: boolean }) =>
      withServices(context, async (services) => {
        const subscriber = await findSubscriber(services, email);
        const removed = await services.store.subscribers.erase(subscriber.id);
        answer(options.json, { email: subscriber.email, removed }, `${subscriber.email} is gone.`);
      }),
    );
}
