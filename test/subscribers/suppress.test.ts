import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unsubscribe } from '../../src/subscribers/leave.js';
import { createNoticeLimits } from '../../src/subscribers/notice-limits.js';
import { requestSubscription } from '../../src/subscribers/subscribe.js';
import { suppressByOperator, unsuppress } from '../../src/subscribers/suppress.js';
import type { SuppressionReason } from '../../src/subscribers/suppression.js';
import { activeSubscriber } from '../delivery/harness.js';
import { MINUTE } from '../store/clock.js';
import { type TempStore, tempStore } from '../store/temp-store.js';
import { LANGUAGES } from '../support/languages.js';

const EMAIL = 'ada@reader.test';
/** Nothing is said of other spellings. */
const ALONE = { others: [], left: [] };
const form = { via: 'form', ip: null };

const limits = createNoticeLimits('a secret of tests', {
  perDomain: 100,
  perNetwork: 50,
  inAll: 24_000,
});

let temp: TempStore;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(() => temp.close());

const deps = () => ({ ...temp.store, clock: temp.clock, languages: LANGUAGES });
const shutOut = (reason: string | null = null) =>
  suppressByOperator(deps(), { email: EMAIL, reason });
const letIn = (confirmed = false, reason: string | null = null) =>
  temp.store.atomically((stores) =>
    unsuppress(
      { ...stores, clock: temp.clock, languages: LANGUAGES },
      { email: EMAIL, reason },
      { confirmed },
    ),
  );
const notices = async () => (await temp.store.notices.claim('test', 100)).map(({ kind }) => kind);
const consents = async (id: number) =>
  (await temp.store.subscribers.consents(id)).map(({ event, via }) => `${event} ${via}`);

describe('the operator’s word', () => {
  test('suppresses an address, once', async () => {
    const { id } = await activeSubscriber(temp.store, EMAIL);
    const at = temp.clock.now();
    const suppression = { email: EMAIL, reason: 'operator', at, detail: 'asked by post' };
    expect(await shutOut('asked by post')).toEqual({ suppression, added: true });
    temp.clock.advance(MINUTE);
    expect(await shutOut('again')).toEqual({ suppression, added: false });
    expect((await temp.store.subscribers.find(id))?.state).toBe('suppressed');
    expect(await temp.store.subscribers.suppressionEvents(EMAIL)).toEqual([
      { at, event: 'suppressed', reason: 'operator', detail: 'asked by post' },
    ]);
  });

  test('comes in the place of a bounce, which would give way to a request', async () => {
    const { subscribers } = temp.store;
    await subscribers.suppress({ email: EMAIL, reason: 'bounce', at: 1, detail: '550' });
    expect((await shutOut()).added).toBe(true);
    expect((await subscribers.findSuppression(EMAIL))?.reason).toBe('operator');
  });

  test('leaves a complaint as it is', async () => {
    const { subscribers } = temp.store;
    await subscribers.suppress({ email: EMAIL, reason: 'complaint', at: 1, detail: null });
    expect(await shutOut()).toMatchObject({ suppression: { reason: 'complaint' }, added: false });
  });
});

describe('taking a suppression back', () => {
  test('makes the subscriber pending in a new round and asks them to confirm', async () => {
    const { id, round } = await activeSubscriber(temp.store, EMAIL);
    await shutOut();
    temp.clock.advance(MINUTE);
    expect(await letIn(false, 'a mistake')).toEqual({
      email: EMAIL,
      state: 'pending',
      asked: true,
      ...ALONE,
    });
    expect(await temp.store.subscribers.find(id)).toMatchObject({
      state: 'pending',
      round: round + 1,
    });
    expect(await notices()).toEqual(['confirm']);
    expect(await consents(id)).toEqual([
      'suppressed operator',
      'unsuppressed command',
      'requested command',
    ]);
    expect((await temp.store.subscribers.suppressionEvents(EMAIL)).at(-1)).toEqual({
      at: temp.clock.now(),
      event: 'unsuppressed',
      reason: 'operator',
      detail: 'a mistake',
    });
  });

  test('makes them active without a mail, where they have agreed elsewhere', async () => {
    const { id, round } = await activeSubscriber(temp.store, EMAIL);
    await shutOut();
    temp.clock.advance(MINUTE);
    expect(await letIn(true)).toEqual({ email: EMAIL, state: 'active', asked: false, ...ALONE });
    expect(await temp.store.subscribers.find(id)).toMatchObject({
      state: 'active',
      round: round + 1,
      activeSince: temp.clock.now(),
    });
    expect(await notices()).toEqual([]);
    expect((await consents(id)).slice(1)).toEqual(['unsuppressed command', 'imported command']);
  });

  test('keeps to the notices that an address may get in a day', async () => {
    const request = () => requestSubscription({ ...deps(), limits }, { email: EMAIL }, form);
    await activeSubscriber(temp.store, EMAIL);
    for (let times = 0; times < 3; times++) await request();
    await notices();
    await shutOut();
    expect(await letIn()).toEqual({ email: EMAIL, state: 'pending', asked: false, ...ALONE });
    expect(await notices()).toEqual([]);
  });

  test('brings nobody back who had left, unless they have agreed', async () => {
    const { id } = await activeSubscriber(temp.store, EMAIL);
    await unsubscribe(deps(), id, { via: 'link', ip: null });
    await shutOut();
    expect(await letIn()).toEqual({ email: EMAIL, state: 'unsubscribed', asked: false, ...ALONE });
    expect(await notices()).toEqual([]);
    await shutOut();
    expect((await letIn()).state).toBe('unsubscribed');
    await shutOut();
    expect((await letIn(true)).state).toBe('active');
  });

  test('of an address that is nobody’s only takes it back', async () => {
    await shutOut();
    expect(await letIn()).toEqual({ email: EMAIL, state: null, asked: false, ...ALONE });
    expect(await temp.store.subscribers.findSuppression(EMAIL)).toBeNull();
    expect(await temp.store.subscribers.findByEmail(EMAIL)).toBeNull();
  });

  test('is refused for an address that is not suppressed', async () => {
    await activeSubscriber(temp.store, EMAIL);
    const answer = letIn();
    await expect(answer).rejects.toMatchObject({
      code: 'not_suppressed',
      message: `${EMAIL} is not suppressed.`,
    });
    expect(await temp.store.subscribers.suppressionEvents(EMAIL)).toEqual([]);
  });

  describe('where another spelling of the address is suppressed', () => {
    const OTHER = 'ada+old@reader.test';
    const say = (email: string, reason: SuppressionReason) =>
      temp.store.subscribers.suppress({ email, reason, at: 1, detail: null });
    const reasonOf = async (email: string) =>
      (await temp.store.subscribers.findSuppression(email))?.reason;

    test.each(['bounce', 'operator'] as const)('a %s goes alone', async (own) => {
      await activeSubscriber(temp.store, EMAIL);
      await say(EMAIL, own);
      await say(OTHER, 'complaint');
      expect(await letIn()).toEqual({
        ...{ email: EMAIL, state: 'pending', asked: false },
        ...{ others: [], left: ['complaint'] },
      });
      expect([await reasonOf(EMAIL), await reasonOf(OTHER)]).toEqual([undefined, 'complaint']);
      expect(await notices()).toEqual([]);
      // Asked again, it is the mailbox that is meant.
      expect(await letIn()).toMatchObject({
        ...{ others: [{ email: OTHER, reason: 'complaint' }], left: [] },
      });
      expect(await reasonOf(OTHER)).toBeUndefined();
    });

    test.each(['owner', 'complaint'] as const)(
      'a word of %s goes with it, and is told',
      async (own) => {
        await say(EMAIL, own);
        await say(OTHER, 'complaint');
        await say('ada+b@reader.test', 'bounce');
        expect(await letIn()).toMatchObject({
          ...{ others: [{ email: OTHER, reason: 'complaint' }], left: [] },
        });
        expect(await reasonOf('ada+b@reader.test')).toBe('bounce');
      },
    );
  });
});
