import { describe, expect, test } from 'vitest';
import type { CountableReport, MailCount } from '../../../src/delivery/rates/mail-counts.js';
import type { Store } from '../../../src/store/store.js';
import { HOUR, START } from '../clock.js';
import { type Dialect, type World, worlds } from './dialect.js';

const DAY = '2026-03-02';
const WEEK = 7 * 24 * HOUR;
const count = (changes: Partial<MailCount> = {}): MailCount => ({
  ...{ day: DAY, event: 'accepted', group: 'gmail', mails: 'digest', count: 1 },
  ...changes,
});

interface ReportRow {
  kind: string;
  trust: string;
  email: string;
  at: number;
  delivery: number | null;
  subscriber: number | null;
}

/** Writes a report down as whoever receives them does. */
let eventKeys = 0;

async function report(w: World, changes: Partial<ReportRow> = {}): Promise<void> {
  const row: ReportRow = {
    ...{ kind: 'complaint', trust: 'return-path', email: 'ada@example.org', at: START },
    ...{ delivery: null, subscriber: null, ...changes },
  };
  const domain = row.email.slice(row.email.indexOf('@') + 1);
  await w.execute(`insert into reports (at, via, kind, email_key, domain, delivery_id, subscriber_id,
      reply, trust, action, event_key)
    values (${row.at}, 'command', '${row.kind}', '${row.email}', '${domain}', ${row.delivery},
      ${row.subscriber}, '', '${row.trust}', 'counted',
      '${eventKeys++}')`);
}

const take = (store: Store, limit = 100): Promise<CountableReport[]> =>
  store.atomically(({ mailCounts }) => mailCounts.takeReports(limit, WEEK));

/** What is counted of mails by day and group of domains. */
export function mailCountsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('counts of mails', () => {
    test('add up, whichever handles add to them at once', async () => {
      const w = await world();
      const stores = [w.store, await w.handle(), await w.handle()];
      const both = [count({ count: 2 }), count({ group: 'yahoo', count: 5 })];
      await Promise.all(
        stores.map(({ mailCounts }, n) => mailCounts.add(n % 2 === 0 ? both : both.toReversed())),
      );
      const found = await w.store.mailCounts.since(DAY, ['gmail', 'yahoo']);
      expect(found.map(({ group, count: number }) => [group, number]).sort()).toEqual([
        ['gmail', 6],
        ['yahoo', 15],
      ]);
    });

    test('are read of the groups that are asked for, and of those of which anything came back', async () => {
      const { mailCounts } = (await world()).store;
      await mailCounts.add([
        count({ group: 'quiet.example' }),
        count({ group: 'gmail' }),
        count({ group: 'loud.example' }),
        count({ group: 'loud.example', event: 'full', mails: 'notice' }),
        count({ group: 'loud.example', day: '2026-03-01' }),
      ]);
      const found = await mailCounts.since(DAY, ['gmail']);
      expect(found.map(({ group, event }) => `${group} ${event}`).sort()).toEqual([
        'gmail accepted',
        'loud.example accepted',
        'loud.example full',
      ]);
    });

    test('of domains with few mails lose their names once the day is over', async () => {
      const { mailCounts } = (await world()).store;
      const before = '2026-03-01';
      await mailCounts.add([
        count({ day: before, group: 'jane.example', count: 3 }),
        count({ day: before, group: 'jane.example', event: 'complaint' }),
        count({ day: before, group: 'joe.example', count: 4 }),
        count({ day: before, group: 'company.example', count: 5 }),
        count({ day: before, group: 'gmail', count: 1 }),
        count({ group: 'jane.example', count: 1 }),
      ]);
      for (let times = 0; times < 2; times++)
        await mailCounts.fold(['2026-02-20', DAY], 5, ['gmail']);
      const groups = ['others', 'jane.example', 'joe.example', 'company.example', 'gmail'];
      const found = await mailCounts.since(before, groups);
      const shown = found.map((one) => `${one.day} ${one.group} ${one.event} ${one.count}`);
      expect(shown.sort()).toEqual([
        `${before} company.example accepted 5`,
        `${before} gmail accepted 1`,
        `${before} others accepted 7`,
        `${before} others complaint 1`,
        `${DAY} jane.example accepted 1`,
      ]);
    });
  });

  describe('digests from before mails were counted', () => {
    test('are taken once each, the newest first, and none that was counted when it went out', async () => {
      const w = await world();
      const readers = await w.subscribers(7);
      await w.plan(await w.edition(), readers);
      await w.execute(`update deliveries set state = 'accepted', ended_at = ${START} + id`);
      await w.execute("update deliveries set state = 'refused' where id = 3");
      // As the migration leaves a store that has mails.
      await w.execute(`
        insert into settings values ('mails counted since', '${START + 6}'),
          ('old mails counted down to', 'all')
        on conflict (name) do update set value = excluded.value`);
      const stores = [w.store, await w.handle(), await w.handle()];
      const takeSome = (store: Store) =>
        store.atomically(({ mailCounts }) => mailCounts.takeOldMails(2));
      expect(await w.store.mailCounts.isComplete()).toBe(false);
      const taken: number[] = [];
      for (let rounds = 0; rounds < 9; rounds++) {
        for (const mails of await Promise.all(stores.map(takeSome))) {
          for (const { acceptedAt, domain } of mails ?? []) {
            expect(domain).toBe('example.org');
            taken.push(acceptedAt - START);
          }
        }
      }
      expect(taken).toEqual([5, 4, 2, 1]);
      expect(await w.store.mailCounts.isComplete()).toBe(true);
      expect(await takeSome(w.store)).toBeNull();
    });
  });

  describe('reports', () => {
    test('are taken once each, whichever handles take them at once', async () => {
      const w = await world();
      for (let n = 0; n < 20; n++) await report(w, { email: `reader${n}@example.org` });
      const stores = [w.store, await w.handle(), await w.handle(), await w.handle()];
      const taken = (await Promise.all(stores.map((store) => take(store, 7)))).flat();
      for (let more = await take(w.store, 7); more.length > 0; more = await take(w.store, 7)) {
        taken.push(...more);
      }
      expect(taken.map(({ id }) => id).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, n) => n + 1),
      );
    });

    test('are taken also when one with a lower number comes later', async () => {
      const w = await world();
      await report(w);
      await report(w, { email: 'bob@example.org' });
      await w.execute('update reports set id = 12 where id = 2');
      expect(await take(w.store)).toMatchObject([{ id: 1 }, { id: 12 }]);
      await report(w, { email: 'cy@example.org' });
      await w.execute("update reports set id = 5 where email_key = 'cy@example.org'");
      expect(await take(w.store)).toMatchObject([{ id: 5 }]);
      w.clock.advance(2 * HOUR);
      await report(w, { email: 'dee@example.org' });
      await w.execute("update reports set id = 20 where email_key = 'dee@example.org'");
      expect(await take(w.store)).toMatchObject([{ id: 20 }]);
      expect(await take(w.store)).toEqual([]);
    });

    test('tell when their mail was accepted, and whether they are about a digest', async () => {
      const w = await world();
      const { id, reader } = await w.mail('deliveries');
      await w.execute(`update deliveries set state = 'accepted', ended_at = ${START - HOUR}`);
      const stranger = await w.store.subscribers.request('stranger@example.org', {}, START);
      await report(w, { delivery: id, subscriber: reader.id });
      const provider = { trust: 'provider', kind: 'policy' };
      await report(w, { email: 'b@example.org', subscriber: reader.id, ...provider });
      await report(w, { email: 'c@example.org', subscriber: stranger.id, trust: 'provider' });
      expect(await take(w.store)).toMatchObject([
        { domain: 'example.org', acceptedAt: START - HOUR, mails: 'digest', counts: true },
        { acceptedAt: null, mails: 'digest', counts: true },
        { acceptedAt: null, mails: 'notice', counts: true },
      ]);
    });

    test('of one reader and kind count once a week, and of forged ones none', async () => {
      const w = await world();
      const { id: subscriber } = await w.store.subscribers.request('ada@example.org', {}, START);
      await report(w, { subscriber, trust: 'none' });
      await report(w, { subscriber });
      await report(w, { subscriber });
      await report(w, { subscriber, kind: 'permanent' });
      await report(w, { subscriber, at: START + WEEK });
      const taken = await take(w.store);
      expect(taken.map(({ counts }) => counts)).toEqual([false, true, false, true, true]);
    });
  });
}
