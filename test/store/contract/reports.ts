import { describe, expect, test } from 'vitest';
import type { KeptReport, MailRef } from '../../../src/delivery/inbound/report-store.js';
import { HOUR, MINUTE } from '../clock.js';
import {
  begin,
  type Dialect,
  found,
  settle,
  TABLES,
  type Table,
  type World,
  worlds,
} from './dialect.js';

const accepted = { kind: 'accepted', reply: '250 Ok' } as const;
const uncertain = { kind: 'uncertain', reply: 'Connection closed', cut: false } as const;

const unproven: KeptReport = {
  ...{ at: 7, via: 'smtp', kind: 'permanent', email: null, domain: 'reader.test', mail: null },
  ...{ subscriberId: null, status: '5.1.1', reply: '', trust: 'none', feedbackId: null },
};

const toRef = (table: Table, id: number): MailRef => ({
  kind: table === 'deliveries' ? 'd' : 'n',
  id,
});

/** A mail that was taken by a server, and its reader. */
async function sent(
  w: World,
  table: Table,
  outcome: typeof accepted | typeof uncertain = accepted,
) {
  const { id, reader } = await w.mail(table);
  await w.send(table, id, 'one');
  await settle(w.box(table), id, 'one', outcome, HOUR);
  return { id, reader };
}

/** What every kind of database must do with what comes back. */
export function reportsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe.each(TABLES)('of %s, a mail that comes back', (table) => {
    test('is bounced once it was accepted, and stays ended when it was', async () => {
      const w = await world();
      const { id } = await sent(w, table);
      const before = await w.row(table, id);
      w.clock.advance(HOUR);
      expect(await w.box(table).bounce(id, '550 5.1.1 Gone')).toBe('bounced');
      const after = { ...before, state: 'bounced', reply: '550 5.1.1 Gone' };
      expect(await w.row(table, id)).toEqual(after);
      expect(await w.box(table).bounce(id, '552 Full')).toBe('repeated');
      expect(await w.row(table, id)).toEqual(after);
    });

    test('without a reply was out, so no copy follows', async () => {
      const w = await world();
      const { id } = await sent(w, table, uncertain);
      expect(await w.box(table).bounce(id, '550 Gone')).toBe('bounced');
      const now = w.clock.now();
      expect(await w.row(table, id)).toMatchObject({ state: 'bounced', ended_at: now });
      w.clock.advance(2 * HOUR);
      expect(await w.box(table).claim('two', 9)).toEqual([]);
    });

    test('is on its way while no end is written', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      expect(await w.box(table).bounce(id, '550')).toBe('other');
      await w.send(table, id, 'one');
      expect(await w.box(table).bounce(id, '550')).toBe('under-way');
      await settle(w.box(table), id, 'one', uncertain, 0);
      await w.box(table).claim('two', 1);
      expect(await w.box(table).bounce(id, '550')).toBe('under-way');
      await begin(w.box(table), id, 'two');
      await settle(w.box(table), id, 'two', accepted, null);
      expect(await w.box(table).bounce(id, '550')).toBe('bounced');
    });

    test('is none that was refused, or is not there', async () => {
      const w = await world();
      const { id } = await w.mail(table);
      await w.send(table, id, 'one');
      await settle(w.box(table), id, 'one', { kind: 'refused', reply: '550', of: 'gone' }, null);
      const before = await w.row(table, id);
      expect(await w.box(table).bounce(id, 'x')).toBe('other');
      expect(await w.row(table, id)).toEqual(before);
      expect(await w.box(table).bounce(id + 99, 'x')).toBe('other');
    });

    test('is turned by one of several handles at once', async () => {
      const w = await world();
      const { id } = await sent(w, table);
      const handles = [w.store, await w.handle(), await w.handle()];
      const results = await Promise.all(
        handles.map((store) => w.box(table, store).bounce(id, '550')),
      );
      expect(results.sort()).toEqual(['bounced', 'repeated', 'repeated']);
    });

    test('is found with its reader, by its number and as their last', async () => {
      const w = await world();
      const { id, reader } = await sent(w, table);
      const { reports } = w.store;
      const endedAt = w.clock.now();
      expect(await reports.lockMail(toRef(table, id))).toEqual({
        ...toRef(table, id),
        ...{ subscriberId: reader.id, email: reader.email, state: 'accepted', endedAt },
      });
      expect(await reports.lockMail(toRef(table, id + 99))).toBeNull();
      expect(await reports.findLastMail(reader.id, endedAt)).toEqual(toRef(table, id));
      expect(await reports.findLastMail(reader.id, endedAt - 1)).toBeNull();
      expect(await reports.findLastMail(reader.id + 99, endedAt)).toBeNull();
    });

    test('tells in the story of its reader the gravest that was reported of it', async () => {
      const w = await world();
      const { id, reader } = await sent(w, table);
      const { reports, subscribers } = w.store;
      const bounce = async () => (await subscribers.endedMails(reader.id, 9))[0]?.bounce;
      const report = { ...unproven, mail: toRef(table, id), subscriberId: reader.id } as const;
      expect(await bounce()).toBeNull();
      await w.box(table).bounce(id, '550');
      expect(await bounce()).toBeNull();
      for (const [n, [kind, gravest]] of (
        [
          ['complaint', null],
          ['policy', 'policy'],
          ['full', 'full'],
          ['permanent', 'permanent'],
          ['temporary', 'permanent'],
        ] as const
      ).entries()) {
        await reports.add({ ...report, kind, trust: 'return-path' }, `key ${n}`);
        expect(await bounce()).toBe(gravest);
      }
    });
  });

  describe('reports', () => {
    test('are written once for each key, whoever comes first', async () => {
      const w = await world();
      const handles = [w.store, await w.handle(), await w.handle()];
      const added = await Promise.all(
        handles.flatMap(({ reports }) => ['one', 'two'].map((key) => reports.add(unproven, key))),
      );
      expect(added.filter(Boolean)).toHaveLength(2);
      expect(await w.store.reports.countSince(0)).toEqual([
        { kind: 'permanent', action: 'none', count: 2 },
      ]);
      expect(await w.store.reports.countSince(8)).toEqual([]);
    });

    test('that prove nothing are kept up to a limit, others beyond it', async () => {
      const { reports } = (await world()).store;
      const limit = { most: 2, since: 7 };
      const addUnproven = (key: string) => reports.addUnproven(unproven, key, limit);
      await reports.add({ ...unproven, at: 6 }, 'of before');
      await reports.add({ ...unproven, trust: 'provider' }, 'proven');
      expect(await addUnproven('one')).toBe(true);
      expect(await addUnproven('one')).toBe(false);
      expect(await addUnproven('two')).toBe(true);
      expect(await addUnproven('three')).toBe(false);
      expect(await reports.add({ ...unproven, trust: 'return-path' }, 'four')).toBe(true);
    });

    test('are told newest first, with what was done, and go with their subscriber', async () => {
      const w = await world();
      const { reports, subscribers } = w.store;
      const [reader, other] = [await w.subscriber(), await w.subscriber()];
      const { id: subscriberId, email } = reader;
      const report: KeptReport = {
        ...{ ...unproven, email, subscriberId, trust: 'message-id', reply: 'x'.repeat(500) },
        ...{ at: w.clock.now(), feedbackId: 'f1' },
      };
      await reports.add(report, 'one');
      w.clock.advance(MINUTE);
      await reports.add({ ...report, at: w.clock.now(), kind: 'complaint', via: 'hook' }, 'two');
      await reports.setAction('two', 'suppressed');
      await reports.add({ ...report, email: other.email, subscriberId: other.id }, 'three');
      const { at, status, reply, trust, feedbackId } = report;
      const view = { status, reply, trust, feedbackId };
      expect(await reports.loadReports(subscriberId, 9)).toEqual([
        { ...view, at: w.clock.now(), via: 'hook', kind: 'complaint', action: 'suppressed' },
        { ...view, at, via: 'smtp', kind: 'permanent', action: 'none' },
      ]);
      expect(await reports.loadReports(subscriberId, 1)).toHaveLength(1);
      await subscribers.erase(subscriberId);
      expect(await reports.loadReports(subscriberId, 9)).toEqual([]);
      expect(await reports.loadReports(other.id, 9)).toHaveLength(1);
      expect(found((await reports.countSince(0))[0]).count).toBe(1);
    });
  });
}
