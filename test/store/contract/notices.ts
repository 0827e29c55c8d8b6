import { describe, expect, test } from 'vitest';
import type { NoticeCause, NoticeKind } from '../../../src/subscribers/subscribe.js';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { HOUR } from '../clock.js';
import { begin, type Dialect, found, type World, worlds } from './dialect.js';

const always = { max: 100, maxConfirmations: 100, since: 0 };

async function enqueue(
  { store, clock }: World,
  { id, round }: Subscriber,
  kind: NoticeKind,
  limit = always,
): Promise<boolean> {
  const cause: NoticeCause = kind === 'confirm' ? 'stranger' : 'reader';
  const notice = { kind, cause, subscriberId: id, round, createdAt: clock.now(), language: 'en' };
  return store.notices.enqueue(notice, limit);
}

async function pending(w: World): Promise<Subscriber> {
  return w.store.subscribers.request('ada@example.org', {}, w.clock.now());
}

/** What every kind of database must do with notices beyond what all outboxes have in common. */
export function noticesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('notices', () => {
    test('tell what they are and whom they are for', async () => {
      const w = await world();
      const reader = await pending(w);
      expect(await enqueue(w, reader, 'confirm')).toBe(true);
      expect(await w.store.notices.claim('one', 1)).toEqual([
        {
          id: expect.any(Number),
          language: 'en',
          subscriberId: reader.id,
          email: 'ada@example.org',
          links: 0,
          signedBy: null,
          attempts: 0,
          boundTo: null,
          lostConnections: 0,
          dueAt: w.clock.now(),
          datedAt: w.clock.now(),
          expiresAt: w.clock.now() + 48 * HOUR,
          kind: 'confirm',
          cause: 'stranger',
          round: 1,
        },
      ]);
    });

    test('are limited per subscriber, whatever their kind and state', async () => {
      const w = await world();
      const reader = await w.subscriber();
      const other = await w.subscriber();
      const limit = { ...always, max: 2, since: w.clock.now() - 1 };
      expect(await enqueue(w, reader, 'confirm', limit)).toBe(true);
      await w.store.notices.claim('one', 1);
      expect(await enqueue(w, reader, 'preferences', limit)).toBe(true);
      expect(await enqueue(w, reader, 'confirm', limit)).toBe(false);
      expect(await enqueue(w, reader, 'preferences', limit)).toBe(false);
      expect(await enqueue(w, other, 'preferences', limit)).toBe(true);
      expect(await w.mails('notices')).toHaveLength(3);
    });

    test('asked for at once keep to the limit', async () => {
      const w = await world();
      const reader = await w.subscriber();
      const limit = { ...always, max: 3 };
      const asked = Array.from({ length: 12 }, () => enqueue(w, reader, 'preferences', limit));
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(3);
      expect(await w.mails('notices')).toHaveLength(3);
    });

    test('count against the limit only if they are younger than its beginning', async () => {
      const w = await world();
      const reader = await w.subscriber();
      await enqueue(w, reader, 'preferences');
      const since = w.clock.now();
      w.clock.advance(1);
      expect(await enqueue(w, reader, 'preferences', { ...always, max: 1, since })).toBe(true);
      expect(await enqueue(w, reader, 'preferences', { ...always, max: 1, since })).toBe(false);
    });

    test('of nobody are refused', async () => {
      const w = await world();
      const whose = { subscriberId: 42, round: 1, createdAt: 1, language: 'en' };
      const notice = { kind: 'confirm', cause: 'stranger', ...whose } as const;
      await expect(w.store.notices.enqueue(notice, always)).rejects.toThrow();
    });

    test('that ask for a confirmation go to a pending subscriber of the same round', async () => {
      const w = await world();
      const { subscribers, notices } = w.store;
      const first = await pending(w);
      await enqueue(w, first, 'confirm');
      await subscribers.leave(first.id);
      const second = await pending(w);
      await enqueue(w, second, 'confirm');
      const [old, fresh] = await notices.claim('one', 2);
      expect([old?.round, fresh?.round]).toEqual([1, 2]);
      expect(await begin(notices, found(old).id, 'one')).toBe('ineligible');
      expect(await begin(notices, found(fresh).id, 'one')).toBe('sending');
      expect((await w.mails('notices'))[0]).toMatchObject({ state: 'skipped' });
    });

    for (const [state, kind, eligible] of [
      ['pending', 'preferences', false],
      ['active', 'confirm', false],
      ['active', 'preferences', true],
      ['paused', 'preferences', true],
      ['paused', 'paused', true],
      ['active', 'paused', false],
      ['unsubscribed', 'preferences', false],
      ['unsubscribed', 'confirm', false],
      ['suppressed', 'preferences', false],
      ['suppressed', 'confirm', false],
    ] as const) {
      test(`${eligible ? 'go' : 'do not go'} to somebody ${state}: ${kind}`, async () => {
        const w = await world();
        const { subscribers, notices } = w.store;
        const reader = await pending(w);
        await enqueue(w, reader, kind);
        const [mail] = await notices.claim('one', 1);
        const { id, round, email } = reader;
        if (state === 'active' || state === 'paused') await subscribers.confirm(id, round, 1);
        if (state === 'paused') await subscribers.pause(id);
        if (state === 'unsubscribed') await subscribers.leave(id);
        const suppression = { email, reason: 'operator', at: 1, detail: null } as const;
        if (state === 'suppressed') await subscribers.suppress(suppression);
        const begun = await begin(notices, found(mail).id, 'one');
        expect(begun).toBe(eligible ? 'sending' : 'ineligible');
        if (!eligible) {
          expect(await w.row('notices', found(mail).id)).toMatchObject({
            state: 'skipped',
            reply: state,
          });
        }
      });
    }
  });
}
