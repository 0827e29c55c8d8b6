import type { Preferences } from '../../src/subscribers/preferences.js';
import type { Site } from './site.js';

/** What was chosen with the first request for an address, which counts once it is confirmed. */
export async function findChosen(
  { store: { subscribers } }: Pick<Site, 'store'>,
  email: string,
): Promise<Partial<Preferences>> {
  const subscriber = await subscribers.findByEmail(email);
  if (!subscriber) throw new Error(`Nobody has asked for ${email}.`);
  return (await subscribers.requestedPreferences(subscriber.id, subscriber.round)) ?? {};
}
