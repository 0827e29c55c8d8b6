import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importSubscriber, type SubscriberRow } from '../../src/subscribers/import.js';
import { WORDING } from '../../src/subscribers/subscribe.js';
import type { Subscriber, SubscriberState } from '../../src/subscribers/subscriber.js';
import { mailsIn } from '../delivery/harness.js';
import { found } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { LANGUAGES } from '../support/languages.js';

const EMAIL = 'ada@example.org';

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

function importRow(row: SubscriberRow, confirmed: boolean): Promise<string> {
  const { store, clock } = temp;
  return importSubscriber({ ...store, clock, languages: LANGUAGES }, row, {
    confirmed,
    via: 'import',
  });
}

async function subscriber(): Promise<Subscriber> {
  return found(await temp.store.subscribers.findByEmail(EMAIL));
}

async function events(): Promise<string[]> {
  const { id } = await subscriber();
  return (await temp.store.subscribers.consents(id)).map(({ event }) => event);
}

async function notices(): Promise<string[]> {
  return (await temp.store.notices.claim('test', 9)).map(({ kind }) => kind);
}

async function bring(state: SubscriberState): Promise<void> {
  const { subscribers } = temp.store;
  const { id, round } = await subscribers.request(EMAIL, { hour: 5 }, temp.clock.now());
  if (state === 'active' || state === 'paused') await subscribers.confirm(id, round, 1);
  if (state === 'paused') await subscribers.pause(id);
  if (state === 'unsubscribed') await subscribers.leave(id);
}

describe('importing', () => {
  test('an address whose owner has agreed makes it active, and no mail follows', async () => {
    const row = {
      email: ' Ada@Example.org ',
      timezone: 'Asia/Kathmandu',
      hour: '7',
      topics: 'a;b',
    };
    expect(await importRow(row, true)).toBe('imported');
    const made = await subscriber();
    expect(made).toMatchObject({
      email: 'Ada@example.org',
      state: 'active',
      timezone: 'Asia/Kathmandu',
      hour: 7,
      topics: ['a', 'b'],
      activeSince: temp.clock.now(),
    });
    expect(await temp.store.subscribers.consents(made.id)).toEqual([
      { at: temp.clock.now(), event: 'imported', via: 'import', ip: null, wording: null },
    ]);
    expect(await notices()).toEqual([]);
    expect(mailsIn(temp.file)).toEqual([]);
  });

  test('an address whose owner has not agreed yet asks them by mail', async () => {
    expect(await importRow({ email: EMAIL, hour: 7 }, false)).toBe('imported');
    const made = await subscriber();
    expect(made).toMatchObject({ state: 'pending', hour: 7 });
    expect(await temp.store.subscribers.consents(made.id)).toEqual([
      { at: temp.clock.now(), event: 'requested', via: 'import', ip: null, wording: WORDING },
    ]);
    expect(await notices()).toEqual(['confirm']);
  });

  test('again changes nothing', async () => {
    expect(await importRow({ email: EMAIL }, true)).toBe('imported');
    const before = await subscriber();
    expect(await importRow({ email: EMAIL, hour: 9 }, true)).toBe('known');
    expect(await importRow({ email: EMAIL, hour: 9 }, false)).toBe('known');
    expect(await subscriber()).toEqual(before);
    expect(await events()).toEqual(['imported']);
    expect(await notices()).toEqual([]);
  });

  test('somebody pending whose owner has agreed makes them active', async () => {
    await bring('pending');
    expect(await importRow({ email: EMAIL, length: 5 }, true)).toBe('imported');
    expect(await subscriber()).toMatchObject({ state: 'active', hour: 5, length: 5 });
    expect(await events()).toEqual(['imported']);
  });

  test('somebody pending whose owner has not agreed asks them once more', async () => {
    await bring('pending');
    expect(await importRow({ email: EMAIL, length: 5 }, false)).toBe('known');
    expect(await subscriber()).toMatchObject({ state: 'pending', length: 5 });
    expect(await notices()).toEqual(['confirm']);
  });

  for (const state of ['active', 'paused', 'unsubscribed'] as const) {
    test.each([true, false])(
      `leaves somebody ${state} alone (confirmed: %s)`,
      async (confirmed) => {
        await bring(state);
        const before = await subscriber();
        expect(await importRow({ email: EMAIL, hour: 9 }, confirmed)).toBe('known');
        expect(await subscriber()).toEqual(before);
        expect(await events()).toEqual([]);
        expect(await notices()).toEqual([]);
      },
    );
  }

  test.each(['owner', 'complaint'] as const)(
    'one whose mailbox said so by another spelling is not asked, with the reason (%s)',
    async (reason) => {
      const email = 'ada+old@example.org';
      await temp.store.subscribers.suppress({ email, reason, at: 1, detail: null });
      await expect(importRow({ email: 'ada@example.org' }, false)).rejects.toMatchObject({
        code: 'suppressed',
        message: `ada@example.org must not be mailed (${reason}: said of another spelling of the address).`,
      });
    },
  );

  test.each([true, false])('a suppressed address is refused (confirmed: %s)', async (confirmed) => {
    await temp.store.subscribers.suppress({
      email: EMAIL,
      reason: 'bounce',
      at: 1,
      detail: '550 5.1.1 Gone',
    });
    await expect(importRow({ email: 'ADA@example.org' }, confirmed)).rejects.toMatchObject({
      code: 'suppressed',
      message: 'ADA@example.org must not be mailed (bounce: 550 5.1.1 Gone).',
    });
    expect(await temp.store.subscribers.findByEmail(EMAIL)).toBeNull();
  });

  test.each([
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['US/Eastern', 'America/New_York'],
    ['europe/zurich', 'Europe/Zurich'],
  ])('the zone %s is kept as %s', async (timezone, kept) => {
    expect(await importRow({ email: EMAIL, timezone }, true)).toBe('imported');
    expect(await subscriber()).toMatchObject({ timezone: kept });
  });

  test.each([
    [{ email: 'ada@' }, 'bad_address'],
    [{ email: '' }, 'bad_address'],
    [{ email: EMAIL, hour: '25' }, 'bad_preferences'],
    [{ email: EMAIL, timezone: 'Mars/Olympus' }, 'bad_preferences'],
  ])('%j is refused without a trace', async (row, code) => {
    for (const confirmed of [true, false]) {
      await expect(importRow(row, confirmed)).rejects.toMatchObject({ code });
    }
    expect(await temp.store.subscribers.list({ after: 0, limit: 9 })).toEqual([]);
  });
});
