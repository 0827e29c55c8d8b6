import { PaperboyError } from '../base/errors.js';
import { parseAddress } from './address.js';
import type { Subscriber } from './subscriber.js';
import type { SubscriberStore } from './subscriber-store.js';

/**
 * The subscriber with an address, as somebody types it.
 * @throws PaperboyError `bad_address`, `unknown_subscriber`
 */
export async function findSubscriber(
  subscribers: Pick<SubscriberStore, 'findByEmail'>,
  email: string,
): Promise<Subscriber> {
  const subscriber = await subscribers.findByEmail(parseAddress(email));
  if (subscriber) return subscriber;
  throw new PaperboyError('unknown_subscriber', `${email} is not a subscriber.`);
}
