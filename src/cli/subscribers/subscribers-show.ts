import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { printableAll } from '../../base/printable.js';
import type { DeliveryView } from '../../delivery/delivery-view.js';
import type { Services } from '../../services.js';
import { parseAddress } from '../../subscribers/address.js';
import type { Consent, Subscriber } from '../../subscribers/subscriber.js';
import type { Suppression, SuppressionEvent } from '../../subscribers/suppression.js';
import { answer, type CliContext, withServices } from '../context.js';
import { deliveryLine, iso } from '../deliveries/delivery-line.js';

/** Deliveries that are shown: a month of daily digests. */
const DELIVERIES = 30;

export function showCommand(subscribers: Command, context: CliContext): void {
  subscribers
    .command('show')
    .description('one address: its state, preferences, consents, suppressions and last deliveries')
    .argument('<email>')
    .option('--json', 'answer with one JSON object')
    .action((email: string, options: { json?: boolean }) =>
      withServices(context, async (services) => {
        const subscriber = await findSubscriber(services, email);
        const { store } = services;
        // Servers, clients and whoever filled in the form said some of it.
        const shown = printableAll({
          subscriber,
          consents: await store.subscribers.consents(subscriber.id),
          suppression: await store.subscribers.findSuppression(subscriber.email),
          suppressionEvents: await store.subscribers.suppressionEvents(subscriber.email),
          deliveries: await store.ledger.loadDeliveries(subscriber.id, DELIVERIES),
        });
        const { subscriber: facts, ...rest } = shown;
        answer(options.json, { ...facts, ...rest }, formatSubscriber(shown).join('\n'));
      }),
    );
}

interface Shown {
  subscriber: Subscriber;
  consents: Consent[];
  suppression: Suppression | null;
  suppressionEvents: SuppressionEvent[];
  deliveries: DeliveryView[];
}

function formatSubscriber(shown: Shown): string[] {
  const { subscriber, consents, suppression, suppressionEvents, deliveries } = shown;
  const facts = Object.entries(subscriber).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : (value ?? '-')}`,
  );
  const history = consents.map(
    ({ at, event, via, ip }) => `${iso(at)} ${event} (${via}${ip ? `, ${ip}` : ''})`,
  );
  const events = suppressionEvents.map(
    ({ at, event, reason, detail }) => `${iso(at)} ${EVENTS[event]}: ${because(reason, detail)}`,
  );
  if (suppression) {
    const { at, reason, detail } = suppression;
    events.push(`${iso(at)} must not be mailed: ${because(reason, detail)}`);
  }
  return [...facts, ...history, ...events, ...deliveries.map(deliveryLine)];
}

const EVENTS: Record<SuppressionEvent['event'], string> = {
  suppressed: 'suppressed',
  unsuppressed: 'no longer suppressed',
  asked: 'asked for again, so no longer suppressed',
};

function because(reason: string, detail: string | null): string {
  return `${reason}${detail ? `, ${detail}` : ''}`;
}

/** @throws PaperboyError `unknown_subscriber` */
export async function findSubscriber({ store }: Services, email: string): Promise<Subscriber> {
  const subscriber = await store.subscribers.findByEmail(parseAddress(email));
  if (subscriber) return subscriber;
  throw new PaperboyError('unknown_subscriber', `${email} is not a subscriber.`);
}
