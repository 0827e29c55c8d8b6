import { describe, expect, test } from 'vitest';
import { TIMING } from '../../../src/base/timing.js';
import { HOUR, MINUTE, SECOND } from '../clock.js';
import { begin, type Dialect, found, settle, worlds } from './dialect.js';

const NONE = { planned: 0, claimed: 0, sending: 0, deferred: 0, uncertain: 0 };
const NO_NOTICES = { reader: 0, stranger: 0, crowd: 0, import: 0 };
const NONE_WITHHELD = { mailbox: 0, domain: 0, network: 0, all: 0 };

/** What waits in the store, as metrics tell it. */
export function statusContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('the status of the store', () => {
    test('of an empty one is nothing', async () => {
      const { store } = await world();
      expect(await store.status.status()).toEqual({
        deliveries: { open: NONE, due: NONE },
        notices: { open: NONE, due: NONE },
        waitingNotices: NO_NOTICES,
        oldestNotice: 0,
        withheldNotices: NONE_WITHHELD,
        setAside: 0,
        oldestDue: 0,
        throttles: [],
        holds: [],
        suggestions: 0,
        reports: [],
      });
    });

    test('tells open and due mails by state, wherever they wait', async () => {
      const w = await world();
      const edition = await w.edition();
      await w.plan(edition, await w.subscribers(3), { dueAt: w.clock.now() + HOUR });
      expect((await w.store.status.status()).oldestDue).toBe(0);
      const due = await w.subscribers(9);
      await w.plan(edition, due);
      await w.mail('notices', due[0]);
      await w.store.noticeCounts.addWithheld('domain');
      await w.store.noticeCounts.addWithheld(null);
      w.clock.advance(SECOND);

      const mails = await w.store.ledger.claim('one', 6);
      const [a, b, c, d, e] = mails.map(({ id }) => id);
      const { ledger } = w.store;
      for (const id of [a, b, c]) await begin(ledger, found(id), 'one');
      await settle(ledger, found(a), 'one', { kind: 'accepted', reply: '250' }, 0);
      await settle(ledger, found(b), 'one', { kind: 'deferred', reply: '451' }, MINUTE);
      await settle(ledger, found(c), 'one', { kind: 'uncertain', reply: 'lost', cut: false }, 0);
      await ledger.setAside('one', [{ id: found(d), domain: 'example.org' }]);
      await begin(ledger, found(e), 'one');
      const throttle = {
        ...{ scope: 'example.org', interval: 100_000, ceiling: 0, backedOffAt: 1, notBefore: 2 },
        ...{ raisedAt: 2, strikes: 1, connections: null },
      };
      await w.store.throttleStore.change('example.org', () => throttle);
      const hold = { route: 'smtp', domain: '', code: 'quota', reply: '550 Quota' } as const;
      await w.store.holds.hold(hold, MINUTE);

      expect(await w.store.status.status()).toEqual({
        deliveries: {
          open: { planned: 7, claimed: 1, sending: 1, deferred: 1, uncertain: 1 },
          due: { planned: 4, claimed: 1, sending: 1, deferred: 0, uncertain: 1 },
        },
        notices: { open: { ...NONE, planned: 1 }, due: { ...NONE, planned: 1 } },
        waitingNotices: { ...NO_NOTICES, reader: 1 },
        oldestNotice: SECOND,
        withheldNotices: { ...NONE_WITHHELD, domain: 1 },
        setAside: 1,
        oldestDue: SECOND,
        throttles: [throttle],
        holds: [{ ...hold, since: w.clock.now(), nextAt: w.clock.now() + MINUTE, probes: 0 }],
        suggestions: 0,
        reports: [],
      });
      w.clock.advance(TIMING.lease);
      expect((await w.store.status.status()).oldestDue).toBe(TIMING.lease + SECOND);
    });
  });
}
