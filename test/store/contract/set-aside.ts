import { describe, expect, test } from 'vitest';
import { TIMING } from '../../../src/base/timing.js';
import type { SetAsideDomain } from '../../../src/delivery/ledger.js';
import { HOUR, MINUTE, SECOND } from '../clock.js';
import { begin, type Dialect, found, settle, type World, worlds } from './dialect.js';

const SLOW = 'slow.example';
const ids = (mails: readonly { id: number }[]) => mails.map(({ id }) => id).sort((a, b) => a - b);

/** The queue of deliveries that wait for their domains. */
export function parkingContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('set aside deliveries', () => {
    test('are left out of the main queue, and claimed from their own', async () => {
      const { w, to } = await openWorld(world);
      const [slow, other] = [await to(SLOW), await to('other.example')];
      await w.store.ledger.claim('one', 9);
      await w.store.ledger.setAside('one', [{ id: slow, domain: SLOW }]);
      await w.store.ledger.release('one', [other]);
      expect(await w.row('deliveries', slow)).toMatchObject({
        ...{ state: 'planned', set_aside: SLOW, worker: null, lease_until: null, attempts: 0 },
      });
      expect(await w.store.ledger.due(9)).toBe(1);
      expect(ids(await w.store.ledger.claim('two', 9))).toEqual([other]);
      const claimed = await w.store.ledger.claimSetAside('two', [
        { domain: SLOW, limit: 9, probe: false },
      ]);
      expect(claimed).toMatchObject([{ id: slow, email: `reader2@${SLOW}` }]);
      expect(await w.row('deliveries', slow)).toMatchObject({
        ...{ state: 'claimed', worker: 'two', lease_until: w.clock.now() + TIMING.lease },
      });
    });

    test('are claimed as many as are wanted of each domain, those first that wait longest', async () => {
      const { w, to, setAside } = await openWorld(world);
      const first = await to(SLOW);
      w.clock.advance(SECOND);
      const others = [await to(SLOW), await to(SLOW), await to('b.example'), await to('b.example')];
      await setAside();
      const claim = (worker: string, slow: number, b: number) =>
        w.store.ledger.claimSetAside(worker, [
          { domain: SLOW, limit: slow, probe: false },
          { domain: 'b.example', limit: b, probe: false },
        ]);
      const taken = await claim('one', 1, 1);
      expect(ids(taken)).toEqual([first, others[2]]);
      expect(ids(await claim('two', 9, 9))).toEqual([others[0], others[1], others[3]]);
    });

    /** Four to that domain: two that were put off for so long, and two new ones a second later. */
    async function triedAndNew(retryIn: number) {
      const { w, to, setAside } = await openWorld(world);
      const tried = [await to(SLOW), await to(SLOW)];
      const { ledger } = w.store;
      await ledger.claim('one', 9);
      for (const id of tried) {
        await begin(ledger, id, 'one');
        await settle(ledger, id, 'one', { kind: 'deferred', reply: '451' }, retryIn);
      }
      w.clock.advance(SECOND);
      const fresh = [await to(SLOW), await to(SLOW)];
      w.clock.advance(SECOND);
      await setAside();
      const claim = async (limit: number, probe: boolean) =>
        ids(await ledger.claimSetAside('two', [{ domain: SLOW, limit, probe }]));
      return { claim, tried, fresh };
    }

    test('that were tried before are claimed first, though new ones wait longer', async () => {
      const { claim, tried, fresh } = await triedAndNew(2 * SECOND);
      expect(await claim(1, false)).toEqual(tried.slice(0, 1));
      expect(await claim(2, false)).toEqual([tried[1], fresh[0]]);
      expect(await claim(9, false)).toEqual(fresh.slice(1));
    });

    test('without a reply are claimed first as probes: another may be the reason', async () => {
      const { claim, tried, fresh } = await triedAndNew(0);
      expect(await claim(1, true)).toEqual(fresh.slice(0, 1));
      expect(await claim(2, true)).toEqual([tried[0], fresh[1]]);
      expect(await claim(9, true)).toEqual(tried.slice(1));
    });

    test('stay set aside when they are given back or the lease runs out', async () => {
      const { w, to, setAside, claim } = await openWorld(world);
      const id = await to(SLOW);
      await setAside();
      expect(await claim('one')).toEqual([id]);
      await w.store.ledger.release('one', [id]);
      expect(await w.row('deliveries', id)).toMatchObject({ state: 'planned', set_aside: SLOW });
      expect(await claim('one')).toEqual([id]);
      w.clock.advance(TIMING.lease);
      expect(await w.store.ledger.claim('two', 0)).toEqual([]);
      expect(await w.row('deliveries', id)).toMatchObject({ state: 'planned', set_aside: SLOW });
      expect(await claim('two')).toEqual([id]);
    });

    test('that were being sent when the sender died come up again in their own queue', async () => {
      const { w, to, setAside, claim } = await openWorld(world);
      const id = await to(SLOW);
      await setAside();
      await claim('one');
      expect(await begin(w.store.ledger, id, 'one')).toBe('sending');
      w.clock.advance(TIMING.lease);
      expect(await w.store.ledger.claim('two', 9)).toEqual([]);
      expect(await w.row('deliveries', id)).toMatchObject({ state: 'uncertain', set_aside: SLOW });
      expect(await claim('two')).toEqual([id]);
    });

    test('are set aside by nobody but who holds them, and not once they are begun', async () => {
      const { w, to } = await openWorld(world);
      const [held, begun] = [await to(SLOW), await to(SLOW)];
      await w.store.ledger.claim('one', 9);
      await begin(w.store.ledger, begun, 'one');
      const both = [held, begun].map((id) => ({ id, domain: SLOW }));
      await w.store.ledger.setAside('two', both);
      expect(await w.row('deliveries', held)).toMatchObject({ state: 'claimed', set_aside: null });
      await w.store.ledger.setAside('one', both);
      expect(await w.row('deliveries', held)).toMatchObject({ state: 'planned', set_aside: SLOW });
      expect(await w.row('deliveries', begun)).toMatchObject({ state: 'sending', set_aside: null });
    });

    test('that may have arrived still take the reply to their first sending', async () => {
      const { w, to } = await openWorld(world);
      const id = await to(SLOW);
      await w.send('deliveries', id, 'one');
      w.clock.advance(TIMING.lease);
      await w.store.ledger.claim('one', 1);
      await w.store.ledger.setAside('one', [{ id, domain: SLOW }]);
      expect(await w.row('deliveries', id)).toMatchObject({ state: 'uncertain', set_aside: SLOW });
      await settle(w.store.ledger, id, 'one', { kind: 'accepted', reply: '250' }, 0);
      expect(await w.row('deliveries', id)).toMatchObject({ state: 'accepted' });
    });

    test('that are deferred come up again when their time has come', async () => {
      const { w, to, setAside, claim } = await openWorld(world);
      const id = await to(SLOW);
      await setAside();
      await claim('one');
      await begin(w.store.ledger, id, 'one');
      await settle(w.store.ledger, id, 'one', { kind: 'deferred', reply: '451' }, MINUTE);
      expect(await claim('one')).toEqual([]);
      w.clock.advance(MINUTE);
      expect(await w.store.ledger.claim('one', 9)).toEqual([]);
      expect(await claim('one')).toEqual([id]);
    });

    test('expire as any other', async () => {
      const { w, to, setAside } = await openWorld(world);
      const id = await to(SLOW);
      await setAside();
      w.clock.advance(24 * HOUR);
      await w.store.ledger.claim('one', 0);
      expect(await w.row('deliveries', id)).toMatchObject({ state: 'skipped', reply: 'too late' });
      expect(await w.store.ledger.setAsideDomains('', 9)).toEqual([]);
    });

    test('are taken by one of several handles at once', async () => {
      const { w, to, setAside } = await openWorld(world);
      for (let n = 0; n < 12; n++) await to(SLOW);
      await setAside();
      const handles = [w.store, await w.handle(), await w.handle()];
      const taken = await Promise.all(
        handles.map(({ ledger }, index) =>
          ledger.claimSetAside(`worker ${index}`, [{ domain: SLOW, limit: 6, probe: false }]),
        ),
      );
      const rest = await w.store.ledger.claimSetAside('late', [
        { domain: SLOW, limit: 12, probe: false },
      ]);
      const all = [...taken.flat(), ...rest].map(({ id }) => id);
      expect([all.length, new Set(all).size]).toEqual([12, 12]);
    });

    test('may be narrowed to one edition', async () => {
      const { w } = await openWorld(world);
      const reader = found(await w.store.subscribers.importActive(`a@${SLOW}`, {}, 0));
      const [a, b] = [await w.edition('2026-03-02'), await w.edition('2026-03-03')];
      await w.plan(a, [reader]);
      await w.plan(b, [reader]);
      await w.store.ledger.setAsideDue([SLOW], 9);
      const ofB = w.store.ledger.ofEdition(b.id);
      const [mail] = await ofB.claimSetAside('one', [{ domain: SLOW, limit: 9, probe: false }]);
      expect(mail?.editionId).toBe(b.id);
      expect(await ofB.setAsideDomains('', 9)).toEqual([{ domain: SLOW, dueIn: null }]);
      await writeAccepted(w, found(mail).id);
      expect(await ofB.setAsideDomains('', 9)).toEqual([]);
      expect(await w.store.ledger.setAsideDomains('', 9)).toHaveLength(1);
      expect(await ofB.due(9)).toBe(0);
    });
  });

  describe('setAsideQueue what is due', () => {
    test('takes the wanted domains out of the first mails of the main queue', async () => {
      const { w, to } = await openWorld(world);
      const held = await to(SLOW);
      await w.store.ledger.claim('one', 1);
      const [a, other, sub, upper] = [
        ...[await to(SLOW), await to('other.example'), await to(`sub.${SLOW}`), await to(SLOW)],
      ];
      w.clock.advance(SECOND);
      const behind = await to(SLOW);
      const later = await to(SLOW, { dueAt: w.clock.now() + HOUR });
      await w.store.ledger.setAsideDue([SLOW, 'nobody.example'], 4);
      const setAside = (await w.mails('deliveries')).filter((mail) => mail.set_aside === SLOW);
      expect(ids(setAside)).toEqual([a, upper]);
      const free = [held, other, sub, behind, later];
      expect(
        (await w.mails('deliveries')).filter(({ set_aside }) => set_aside === null),
      ).toHaveLength(free.length);
    });

    test('knows a domain by the last @ of an address', async () => {
      const { w, to } = await openWorld(world);
      const odd = await to(SLOW, { local: "o'dd.+%_aa" });
      await w.store.ledger.setAsideDue([SLOW], 9);
      expect(await w.row('deliveries', odd)).toMatchObject({ set_aside: SLOW });
    });
  });

  describe('domains with set aside deliveries', () => {
    test('are listed in order, page by page, with when their first mail is due', async () => {
      const { w, to } = await openWorld(world);
      for (const domain of ['c.example', 'a.example', 'b.example', 'a.example', 'd.example']) {
        await to(domain);
      }
      await w.store.ledger.setAsideDue(
        ['a', 'b', 'c', 'd'].map((name) => `${name}.example`),
        9,
      );
      w.clock.advance(SECOND);
      const [c, d] = ['c.example', 'd.example'];
      await w.store.ledger.claimSetAside('one', [{ domain: c, limit: 1, probe: false }]);
      const [mail] = await w.store.ledger.claimSetAside('one', [
        { domain: d, limit: 1, probe: false },
      ]);
      await w.store.ledger.postpone(found(mail).id, 'one', MINUTE);

      const all: SetAsideDomain[] = [
        { domain: 'a.example', dueIn: -SECOND },
        { domain: 'b.example', dueIn: -SECOND },
        { domain: c, dueIn: null },
        { domain: d, dueIn: MINUTE },
      ];
      expect(await w.store.ledger.setAsideDomains('', 9)).toEqual(all);
      expect(await w.store.ledger.setAsideDomains('', 3)).toEqual(all.slice(0, 3));
      expect(await w.store.ledger.setAsideDomains(c, 3)).toEqual(all.slice(3));
      expect(await w.store.ledger.setAsideDomains(d, 3)).toEqual([]);
    });
  });
}

async function openWorld(world: () => Promise<World>) {
  const w = await world();
  const edition = await w.edition();
  let readers = 0;
  return {
    w,
    /** Plans a delivery to a new reader there, and gives its id. */
    async to(domain: string, { dueAt = w.clock.now(), local = 'reader' } = {}): Promise<number> {
      readers++;
      const email = `${local}${readers + 1}@${domain}`;
      const reader = found(await w.store.subscribers.importActive(email, {}, w.clock.now()));
      await w.plan(edition, [reader], { dueAt });
      const mails = await w.mails('deliveries');
      return found(mails.find((mail) => mail.subscriber_id === reader.id)).id;
    },
    /** Parks all that is due, whatever its domain. */
    async setAside(): Promise<void> {
      const mails = await w.store.ledger.claim('setAsideQueue', 99);
      await w.store.ledger.setAside(
        'setAsideQueue',
        mails.map(({ id, email }) => ({ id, domain: email.slice(email.lastIndexOf('@') + 1) })),
      );
    },
    claim: async (worker: string) =>
      ids(await w.store.ledger.claimSetAside(worker, [{ domain: SLOW, limit: 9, probe: false }])),
  };
}

async function writeAccepted(w: World, id: number): Promise<void> {
  await begin(w.store.ledger, id, 'one');
  await settle(w.store.ledger, id, 'one', { kind: 'accepted', reply: '250' }, 0);
}
