import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, START } from '../clock.js';
import { type Dialect, worlds } from './dialect.js';

const DAY = 24 * HOUR;
const RULES = { againAfter: DAY, sameWithin: HOUR };
const ALARM = { code: 'disk', subject: 'The disk is full', text: 'Buy another one.' };
const MAIL = { recipient: 'ops@example.org', subject: 'The disk is full', text: 'Buy another.' };

/** Alarms, and the mails that tell the operator of them. */
export function alarmsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('an alarm', () => {
    test('is to be told once, however many raise it at once, and again after a day', async () => {
      const w = await world();
      const stores = [w.store, await w.handle(), await w.handle(), await w.handle()];
      const raise = () => Promise.all(stores.map((one) => one.alarmStore.raise(ALARM, RULES)));
      const told = async () => (await raise()).filter((since) => since !== null);
      expect(await told()).toEqual([START]);
      w.clock.advance(DAY - 1);
      expect(await told()).toEqual([]);
      w.clock.advance(1);
      expect(await told()).toEqual([START]);
    });

    test('keeps its newest words', async () => {
      const { alarmStore } = (await world()).store;
      await alarmStore.raise(ALARM, RULES);
      await alarmStore.raise({ ...ALARM, text: 'It is fuller.' }, RULES);
      expect(await alarmStore.open()).toEqual([{ ...ALARM, text: 'It is fuller.', since: START }]);
    });

    test('that comes back soon after its end is the same, and a new one later', async () => {
      const w = await world();
      const { alarmStore } = w.store;
      await alarmStore.raise(ALARM, RULES);
      expect([await alarmStore.end('disk'), await alarmStore.end('disk')]).toEqual([true, false]);
      expect(await alarmStore.open()).toEqual([]);
      w.clock.advance(HOUR - 1);
      expect(await alarmStore.raise(ALARM, RULES)).toBeNull();
      expect(await alarmStore.open()).toMatchObject([{ code: 'disk', since: START }]);
      await alarmStore.end('disk');
      w.clock.advance(HOUR);
      expect(await alarmStore.raise(ALARM, RULES)).toBe(w.clock.now());
    });

    test('is forgotten some time after its end', async () => {
      const w = await world();
      await w.store.alarmStore.raise(ALARM, RULES);
      await w.store.alarmStore.forget(DAY);
      await w.store.alarmStore.end('disk');
      w.clock.advance(DAY);
      await w.store.alarmStore.forget(DAY);
      expect(await w.store.alarmStore.raise(ALARM, RULES)).toBe(START + DAY);
    });
  });

  describe('a mail to the operator', () => {
    test('is handed to one worker alone', async () => {
      const w = await world();
      await w.store.operatorMails.add([MAIL, MAIL, MAIL], DAY);
      const stores = [w.store, await w.handle(), await w.handle(), await w.handle()];
      const claimed = await Promise.all(
        stores.map((one, n) => one.operatorMails.claim(`worker ${n}`, 2, MINUTE)),
      );
      expect(
        claimed
          .flat()
          .map(({ id }) => id)
          .sort(),
      ).toEqual([1, 2, 3]);
      expect(claimed.flat()).toContainEqual({ ...MAIL, id: 1, createdAt: START, attempts: 0 });
    });

    test('whose worker died is handed out again, and the dead one ends nothing', async () => {
      const w = await world();
      const { operatorMails } = w.store;
      await operatorMails.add([MAIL], DAY);
      await operatorMails.claim('one', 1, MINUTE);
      expect(await operatorMails.claim('two', 1, MINUTE)).toEqual([]);
      w.clock.advance(MINUTE);
      expect(await operatorMails.claim('two', 1, MINUTE)).toMatchObject([{ createdAt: START }]);
      await operatorMails.end(1, 'one', { state: 'refused', reply: 'late' });
      await operatorMails.end(1, 'two', { state: 'planned', reply: '451 Later', retryIn: HOUR });
      expect(await operatorMails.claim('one', 1, MINUTE)).toEqual([]);
      w.clock.advance(HOUR);
      expect(await operatorMails.claim('one', 1, MINUTE)).toMatchObject([{ id: 1, attempts: 1 }]);
      await operatorMails.end(1, 'one', { state: 'accepted', reply: '250 Ok' });
      w.clock.advance(HOUR);
      expect(await operatorMails.claim('one', 1, MINUTE)).toEqual([]);
    });

    test('is given up when it is old', async () => {
      const w = await world();
      const { operatorMails } = w.store;
      await operatorMails.add([MAIL], DAY);
      w.clock.advance(DAY);
      expect(await operatorMails.claim('one', 1, MINUTE)).toEqual([]);
      w.clock.set(-HOUR);
      expect(await operatorMails.claim('one', 1, MINUTE)).toEqual([]);
    });
  });
}
