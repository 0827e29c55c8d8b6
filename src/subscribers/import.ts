import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import { parseAddress } from './address.js';
import { type RawPreferences, readPreferences } from './preferences.js';
import type { SubscriberStore } from './store.js';
import { type NoticeBox, requestSubscription } from './subscribe.js';

/** One row of a file, or what somebody types at the command line. */
export type SubscriberRow = { email: string } & RawPreferences;

/** `known`: the address was there already, in a state that an operator's word does not change. */
export type ImportResult = 'imported' | 'known';

export interface ImportDeps {
  subscribers: SubscriberStore;
  notices: NoticeBox;
  clock: Clock;
}

/**
 * Takes in one address on the operator's word. `confirmed`: its owner has agreed elsewhere, so it
 * becomes active and no mail follows; otherwise its owner is asked by mail.
 * @throws PaperboyError `bad_address`, `bad_preferences`, `suppressed`
 */
export async function importSubscriber(
  deps: ImportDeps,
  row: SubscriberRow,
  { confirmed, via }: { confirmed: boolean; via: string },
): Promise<ImportResult> {
  const { subscribers, clock } = deps;
  const email = parseAddress(row.email);
  const preferences = readPreferences(row);
  const suppression = await subscribers.suppressionOf(email);
  if (suppression) {
    throw new PaperboyError(
      'suppressed',
      `${email} must not be mailed (${suppression.reason}${suppression.detail ? `: ${suppression.detail}` : ''}).`,
    );
  }
  const known = await subscribers.findByEmail(email);
  if (!confirmed) {
    if (known && known.state !== 'pending') return 'known';
    await requestSubscription(deps, row, { via, ip: null });
    return known ? 'known' : 'imported';
  }
  const now = clock.now();
  const active = await subscribers.importActive(email, preferences, now);
  if (!active) return 'known';
  await subscribers.addConsent(active.id, {
    at: now,
    event: 'imported',
    via,
    ip: null,
    wording: null,
  });
  return 'imported';
}
