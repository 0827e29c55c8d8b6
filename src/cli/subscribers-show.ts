import type { Command } from 'commander';
import { PaperboyError } from '../base/errors.js';
import type { Services } from '../services.js';
import { parseAddress } from '../subscribers/address.js';
import type { Subscriber } from '../subscribers/subscriber.js';
import { answer, type CliContext, withServices } from './context.js';

export function showCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('show')
    .description('one address: its state, preferences, consents and suppression')
    .argument('<email>')
    .option('--json', 'answer with one JSON object')
    .action((email: string, options: { json?: boolean }) =>
      withServices(context, async (services) => {
        const subscriber = await subscriberOf(services, email);
        const consents = await services.store.subscribers.consents(subscriber.id);
        const suppression = await services.store.subscribers.suppressionOf(subscriber.email);
        const facts = Object.entries(subscriber).map(
          ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : (value ?? '-')}`,
        );
        const history = consents.map(
          ({ at, event, via, ip }) => `${iso(at)} ${event} (${via}${ip ? `, ${ip}` : ''})`,
        );
        if (suppression) {
          const { at, reason, detail } = suppression;
          history.push(`${iso(at)} must not be mailed: ${reason}${detail ? `, ${detail}` : ''}`);
        }
        answer(
          options.json,
          { ...subscriber, consents, suppression },
          [...facts, ...history].join('\n'),
        );
      }),
    );
}

/** @throws PaperboyError `unknown_subscriber` */
export async function subscriberOf({ store }: Services, email: string): Promise<Subscriber> {
  const subscriber = await store.subscribers.findByEmail(parseAddress(email));
  if (subscriber) return subscriber;
  throw new PaperboyError('unknown_subscriber', `${email} is not a subscriber.`);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
