import { describe, expect, test } from 'vitest';
import {
  type BudgetPeriod,
  toBudgetPeriods,
} from '../../../src/delivery/throttle/notice-budget.js';
import { createNoticeLimits } from '../../../src/subscribers/notice-limits.js';
import { type NoticeCause, requestSubscription } from '../../../src/subscribers/subscribe.js';
import { NO_LIMITS } from '../../delivery/no-limits.js';
import { LANGUAGES } from '../../support/languages.js';
import { HOUR } from '../clock.js';
import { type Dialect, found, type World, worlds } from './dialect.js';

const DAY = 24 * HOUR;
const sizes = { perDomain: 5, perNetwork: 1_000, inAll: 1_000 };
const limits = createNoticeLimits('a secret of tests', sizes);

function ask({ store, clock }: World, email: string, others = store): Promise<unknown> {
  return others.atomically((stores) =>
    requestSubscription(
      { ...stores, limits, clock, languages: LANGUAGES },
      { email },
      { via: 'form', ip: '203.0.113.7' },
    ),
  );
}

/** Notices for so many pending subscribers. */
async function enqueue(w: World, cause: NoticeCause, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const email = `${cause}${n}@reader.test`;
    const { id, round } = await w.store.subscribers.request(email, {}, w.clock.now());
    const notice = { kind: 'confirm', cause, subscriberId: id, round } as const;
    const limit = { max: 3, maxConfirmations: 1, since: w.clock.now() - DAY };
    await w.store.notices.enqueue({ ...notice, createdAt: w.clock.now(), language: 'en' }, limit);
  }
}

/** What every kind of database must do so that notices stay within their limits. */
export function noticeLimitsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('limits of notices', () => {
    test('hold for two processes that are asked at once', async () => {
      const w = await world();
      const other = await w.handle();
      const asked = Array.from({ length: 20 }, (_, n) => {
        const store = n % 2 === 0 ? w.store : other;
        return [
          ask(w, `ada+${n}@reader.test`, store),
          ask(w, `reader${n}@host${n}.victim.test`, store),
        ];
      });
      await Promise.all(asked.flat());
      const emails = (await w.store.notices.claim('one', 99)).map(({ email }) => email);
      expect(emails.filter((email) => email.startsWith('ada+'))).toHaveLength(1);
      expect(emails.filter((email) => email.endsWith('.victim.test'))).toHaveLength(5);
      expect(await w.store.noticeCounts.withheld()).toEqual({
        ...{ mailbox: 19, domain: 15, network: 0, all: 0 },
      });
    });

    test('are counted in one write each, and forgotten in the end', async () => {
      const w = await world();
      const { noticeCounts } = w.store;
      const now = w.clock.now();
      expect(await noticeCounts.lock(['b', 'a'], now)).toEqual(
        new Map([
          ['a', []],
          ['b', []],
        ]),
      );
      await noticeCounts.save([{ key: 'a', counts: [[7, 2]], expiresAt: now + 5 }]);
      expect((await noticeCounts.lock(['a'], now)).get('a')).toEqual([[7, 2]]);
      expect(await noticeCounts.look('a')).toEqual([[7, 2]]);
      expect(await noticeCounts.look('unknown')).toEqual([]);
      expect(await noticeCounts.forget(now + 4)).toBe(1);
      expect(await noticeCounts.forget(now + 5)).toBe(1);
    });
  });

  describe('the budget of notices', () => {
    const period = (total: number): BudgetPeriod => {
      const budgeted = { ...NO_LIMITS, noticesPerHour: total };
      return found(toBudgetPeriods(budgeted, Date.UTC(2026, 2, 2))[0]);
    };

    test('leaves a part for readers, and one for strangers', async () => {
      const { takeOfBudget, giveBack } = (await world()).store.noticeBudgets;
      const hour = period(10);
      expect(await takeOfBudget(hour, 'imports', 99)).toBe(5);
      expect(await takeOfBudget(hour, 'strangers', 99)).toBe(3);
      expect(await takeOfBudget(hour, 'strangers', 1)).toBe(0);
      expect(await takeOfBudget(hour, 'readers', 99)).toBe(2);
      expect(await takeOfBudget(hour, 'readers', 1)).toBe(0);
      await giveBack(hour.period, 'readers', 2);
      expect(await takeOfBudget(hour, 'imports', 1)).toBe(0);
      await giveBack(hour.period, 'strangers', 99);
      expect(await takeOfBudget(hour, 'strangers', 99)).toBe(3);
      expect(await takeOfBudget({ ...hour, period: 'another' }, 'readers', 99)).toBe(10);
    });

    test.each([2, 3, 4])('of %i leaves one for readers', async (total) => {
      const { takeOfBudget } = (await world()).store.noticeBudgets;
      const hour = period(total);
      const imports = await takeOfBudget(hour, 'imports', 99);
      const strangers = await takeOfBudget(hour, 'strangers', 99);
      expect(imports).toBeGreaterThan(0);
      expect(imports + strangers).toBe(total - 1);
      expect(await takeOfBudget(hour, 'readers', 99)).toBe(1);
    });

    test('of a day with one for strangers leaves nothing to imports', async () => {
      const { takeOfBudget } = (await world()).store.noticeBudgets;
      const periods = toBudgetPeriods({ ...NO_LIMITS, dailyCap: 20 }, Date.UTC(2026, 2, 2));
      const day = found(periods.find(({ period: name }) => name === '2026-03-02'));
      expect(await takeOfBudget(day, 'imports', 99)).toBe(0);
      expect(await takeOfBudget(day, 'strangers', 99)).toBe(1);
      expect(await takeOfBudget(day, 'readers', 99)).toBe(1);
    });

    test('is not overdrawn by two senders at once', async () => {
      const w = await world();
      const other = await w.handle();
      const hour = period(100);
      const taken = await Promise.all(
        Array.from({ length: 40 }, (_, n) => {
          const { noticeBudgets } = n % 2 === 0 ? w.store : other;
          return noticeBudgets.takeOfBudget(hour, n % 3 === 0 ? 'imports' : 'strangers', 7);
        }),
      );
      expect(taken.reduce((sum, some) => sum + some, 0)).toBe(80);
    });
  });

  describe('notices by cause', () => {
    test('are counted and claimed apart', async () => {
      const w = await world();
      await enqueue(w, 'import', 5);
      await enqueue(w, 'stranger', 2);
      const { notices } = w.store;
      const due = { reader: 0, stranger: 2, crowd: 0, import: 4 };
      expect(await notices.dueByCause(4)).toEqual({ now: w.clock.now(), due });
      const claimed = await notices.claim('one', 9, 'stranger');
      expect(claimed.map(({ cause }) => cause)).toEqual(['stranger', 'stranger']);
      expect(await notices.claim('one', 9, 'reader')).toEqual([]);
      expect(await notices.claim('one', 9, 'import')).toHaveLength(5);
    });

    test('of an import wait for weeks, and then have the hours of their link', async () => {
      const w = await world();
      await enqueue(w, 'import', 1);
      await enqueue(w, 'stranger', 1);
      w.clock.advance(20 * DAY);
      const [mail, ...others] = await w.store.notices.claim('one', 9);
      expect(others).toEqual([]);
      const { id, cause } = found(mail);
      expect(cause).toBe('import');
      const begin = [{ id, route: 'smtp', again: false }];
      await w.store.notices.advance('one', { results: [], begin });
      expect(await w.row('notices', id)).toMatchObject({
        state: 'sending',
        expires_at: w.clock.now() + 2 * DAY,
      });
    });

    test('of an import go at once when their owners ask at the form', async () => {
      const w = await world();
      await enqueue(w, 'import', 1);
      w.clock.advance(3 * DAY);
      await ask(w, 'import0@reader.test');
      await ask(w, 'import0@reader.test');
      const [mail, ...others] = await w.store.notices.claim('one', 9);
      expect(others).toEqual([]);
      expect(mail).toMatchObject({ cause: 'stranger', expiresAt: w.clock.now() + 2 * DAY });
    });
  });
}
