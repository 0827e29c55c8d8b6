import { describe, expect, test } from 'vitest';
import type { Suppression, SuppressionEvent } from '../../../src/subscribers/suppression.js';
import { MINUTE } from '../clock.js';
import { begin, type Dialect, found, settle, TABLES, worlds } from './dialect.js';

const EMAIL = 'Ada@example.org';
const bounce: Suppression = { email: EMAIL, reason: 'bounce', at: 7, detail: '550 5.1.1 Gone' };
const word: SuppressionEvent = { at: 9, event: 'unsuppressed', reason: 'operator', detail: null };

/** What every kind of database must do with suppressions that come, go and come again. */
export function suppressionsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('suppressing and its way back', () => {
    test('tells whether it was written, and notes that once', async () => {
      const { subscribers } = (await world()).store;
      expect(await subscribers.suppress(bounce)).toBe(true);
      expect(await subscribers.suppress({ ...bounce, reason: 'complaint' })).toBe(false);
      expect(await subscribers.suppressionEvents('aDA@example.org')).toEqual([
        { at: 7, event: 'suppressed', reason: 'bounce', detail: '550 5.1.1 Gone' },
      ]);
    });

    test('puts a reason in the place of those that it is to replace, and of no others', async () => {
      const { subscribers } = (await world()).store;
      await subscribers.suppress(bounce);
      const complaint = { ...bounce, reason: 'complaint', at: 8, detail: null } as const;
      expect(await subscribers.suppress(complaint, ['operator'])).toBe(false);
      expect(await subscribers.suppress(complaint, ['bounce'])).toBe(true);
      expect(await subscribers.findSuppression(EMAIL)).toEqual(complaint);
      expect(await subscribers.suppress({ ...bounce, reason: 'operator' }, ['bounce'])).toBe(false);
      const events = await subscribers.suppressionEvents(EMAIL);
      expect(events.map(({ reason }) => reason)).toEqual(['bounce', 'complaint']);
    });

    test('takes back the very suppression that is meant, once', async () => {
      const { subscribers } = (await world()).store;
      await subscribers.suppress(bounce);
      expect(await subscribers.unsuppress({ ...bounce, at: 6 }, word)).toBe(false);
      expect(await subscribers.unsuppress({ ...bounce, reason: 'operator' }, word)).toBe(false);
      expect(await subscribers.findSuppression(EMAIL)).toEqual(bounce);
      expect(await subscribers.unsuppress({ ...bounce, email: 'ADA@example.org' }, word)).toBe(
        true,
      );
      expect(await subscribers.unsuppress(bounce, word)).toBe(false);
      expect(await subscribers.findSuppression(EMAIL)).toBeNull();
      expect((await subscribers.suppressionEvents(EMAIL)).slice(1)).toEqual([word]);
    });

    test.each(['pending', 'active', 'unsubscribed'] as const)(
      'readmits a suppressed subscriber as %s in a new round, and nobody else',
      async (state) => {
        const w = await world();
        const { subscribers } = w.store;
        const reader = await w.subscriber();
        const other = await w.subscriber();
        expect(await subscribers.readmit(reader.email, state, 1)).toBeNull();
        await subscribers.suppress({ ...bounce, email: reader.email });
        w.clock.advance(MINUTE);
        const now = w.clock.now();
        const activeSince = state === 'active' ? now : null;
        const after = { ...reader, state, round: reader.round + 1, activeSince };
        expect(await subscribers.readmit(reader.email.toUpperCase(), state, now)).toEqual(after);
        expect(await subscribers.find(reader.id)).toEqual(after);
        expect(await subscribers.find(other.id)).toEqual(other);
        expect(await subscribers.readmit('nobody@example.org', state, now)).toBeNull();
      },
    );

    test('forgets what became of an erased address, unless it is suppressed', async () => {
      const w = await world();
      const { subscribers } = w.store;
      const [free, shut] = [await w.subscriber(), await w.subscriber()];
      for (const { email } of [free, shut]) await subscribers.suppress({ ...bounce, email });
      await subscribers.unsuppress({ ...bounce, email: free.email }, word);
      for (const { id } of [free, shut]) await subscribers.erase(id);
      expect(await subscribers.suppressionEvents(free.email)).toEqual([]);
      expect(await subscribers.suppressionEvents(shut.email)).toHaveLength(1);
    });
  });

  describe('mails of a subscriber that have ended', () => {
    test('are told newest first, of both outboxes, without those that have not', async () => {
      const w = await world();
      const { subscribers } = w.store;
      const { reader } = await w.mail('deliveries');
      await w.mail('notices', reader);
      await w.mail('deliveries', await w.subscriber());
      expect(await subscribers.endedMails(reader.id, 9)).toEqual([]);
      const ends = [
        { kind: 'accepted', reply: '250 Ok' },
        { kind: 'refused', reply: '550 No', of: 'refused' },
      ] as const;
      const at: number[] = [];
      for (const [n, table] of TABLES.entries()) {
        w.clock.advance(MINUTE);
        at.push(w.clock.now());
        const box = w.box(table);
        for (const mail of await box.claim('one', 9)) {
          await begin(box, mail.id, 'one');
          await settle(box, mail.id, 'one', found(ends[n]), 0);
        }
      }
      expect(await subscribers.endedMails(reader.id, 9)).toEqual([
        { at: at[1], state: 'refused', reply: '550 No', bounce: null },
        { at: at[0], state: 'accepted', reply: '250 Ok', bounce: null },
      ]);
      expect(await subscribers.endedMails(reader.id, 1)).toHaveLength(1);
      // Nobody knows how these two ended.
      await w.execute("update deliveries set state = 'uncertain'");
      await w.execute("update notices set state = 'skipped'");
      expect(await subscribers.endedMails(reader.id, 9)).toEqual([]);
    });
  });
}
