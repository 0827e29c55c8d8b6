import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { suppressAfterRefusal } from '../../src/subscribers/suppress-after-refusal.js';
import type { RefusalKind } from '../../src/subscribers/suppression.js';
import { activeSubscriber, enqueueNotice } from '../delivery/harness.js';
import { HOUR } from '../store/clock.js';
import { begin, found, settle } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';

const EMAIL = 'ada@reader.test';

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

/** Says in the reply itself what it means. */
const readRefusal = (reply: string): RefusalKind =>
  (['gone', 'full', 'disabled'] as const).find((kind) => reply.includes(kind)) ?? 'refused';

/** Sends a notice that ends with this reply, and lets a day go by. */
async function ended({ id, round }: Subscriber, reply: string): Promise<void> {
  const { store, clock } = temp;
  await enqueueNotice(store, { id, round } as Subscriber, 'preferences', clock.now());
  const mail = found((await store.notices.claim('test', 1))[0]);
  await begin(store.notices, mail.id, 'test');
  const outcome = reply.startsWith('2')
    ? ({ kind: 'accepted', reply } as const)
    : reply.startsWith('4')
      ? ({ kind: 'deferred', reply } as const)
      : ({ kind: 'refused', reply, of: 'refused' } as const);
  // A deferred one that comes up too late is refused at once.
  await settle(store.notices, mail.id, 'test', outcome, 1_000 * HOUR);
  clock.advance(24 * HOUR);
}

function refused(subscriber: Subscriber, meaning: RefusalKind) {
  const { store, clock } = temp;
  return store.atomically(({ subscribers }) =>
    suppressAfterRefusal(
      { subscribers, readRefusal, clock },
      { subscriberId: subscriber.id, email: EMAIL, reply: `550 ${meaning}`, meaning },
    ),
  );
}

test('who never took a mail is suppressed by the first word that there is no such mailbox', async () => {
  const reader = await activeSubscriber(temp.store, EMAIL);
  expect(await refused(reader, 'gone')).toBe('suppress');
  expect(await temp.store.subscribers.findSuppression(EMAIL)).toEqual({
    email: EMAIL,
    reason: 'bounce',
    at: temp.clock.now(),
    detail: '550 gone',
  });
  expect((await temp.store.subscribers.find(reader.id))?.state).toBe('suppressed');
});

test('who took mails is suppressed when it is said again on a later day', async () => {
  const reader = await activeSubscriber(temp.store, EMAIL);
  await ended(reader, '250 Ok');
  expect(await refused(reader, 'gone')).toBe('keep');
  await ended(reader, '550 gone');
  expect(await refused(reader, 'gone')).toBe('keep');
  expect(await temp.store.subscribers.findSuppression(EMAIL)).toBeNull();
  temp.clock.advance(24 * HOUR);
  expect(await refused(reader, 'gone')).toBe('suppress');
});

test('what was put off until it was too late counts where it speaks of the mailbox', async () => {
  const reader = await activeSubscriber(temp.store, EMAIL);
  for (let day = 0; day < 7; day++) await ended(reader, '451 come back later');
  expect(await refused(reader, 'refused')).toBe('keep');
  for (let day = 0; day < 7; day++) await ended(reader, '452 full');
  expect(await refused(reader, 'full')).toBe('suppress');
});

test('of somebody who is gone nothing is decided', async () => {
  const reader = await activeSubscriber(temp.store, EMAIL);
  await temp.store.subscribers.erase(reader.id);
  expect(await refused(reader, 'gone')).toBe('keep');
  expect(await temp.store.subscribers.findSuppression(EMAIL)).toBeNull();
});
