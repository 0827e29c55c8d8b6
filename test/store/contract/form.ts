import { describe, expect, test } from 'vitest';
import { HOUR } from '../clock.js';
import { begin, type Dialect, found, worlds } from './dialect.js';

/** What every kind of database must do for the form. */
export function formContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('the state of the form', () => {
    test('is nothing at first, and then what it was changed to', async () => {
      const { store } = await world();
      expect(await store.form.readState()).toBeNull();
      await store.form.changeState((text) => (text === null ? 'one' : 'wrong'));
      await store.form.changeState((text) => `${text}, two`);
      await store.form.changeState(() => null);
      expect(await store.form.readState()).toBe('one, two');
    });

    test('that many change at once loses no change', async () => {
      const { store } = await world();
      const add = (text: string | null) => String(Number(text ?? 0) + 1);
      const changes = Array.from({ length: 20 }, () =>
        store.atomically(({ form }) => form.changeState(add)),
      );
      await Promise.all(changes);
      expect(await store.form.readState()).toBe('20');
    });

    test('goes back with the transaction that changed it', async () => {
      const { store } = await world();
      const failing = store.atomically(async ({ form }) => {
        await form.changeState(() => 'gone');
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await store.form.readState()).toBeNull();
    });
  });

  test('a proof of work is spent once, however many spend it at once, until it is forgotten', async () => {
    const { store } = await world();
    const spent = await Promise.all([1, 2, 3].map(() => store.form.spendProof('a', 2_000)));
    expect(spent.filter(Boolean)).toHaveLength(1);
    expect(await store.form.spendProof('b', 1_000)).toBe(true);
    await store.form.forgetProofs(1_000);
    expect(await store.form.spendProof('b', 1_000)).toBe(true);
    expect(await store.form.spendProof('a', 2_000)).toBe(false);
  });

  test('the share of confirmations that were confirmed is of those of the form, in that time', async () => {
    const w = await world();
    const { store, clock } = w;
    const { subscribers, notices } = store;
    const ask = async (email: string, via: string) => {
      const at = clock.now();
      const { id, round } = await subscribers.request(email, {}, at);
      await notices.enqueue(
        {
          kind: 'confirm',
          cause: 'stranger',
          subscriberId: id,
          round,
          createdAt: at,
          language: 'en',
        },
        { max: 9, maxConfirmations: 9, since: 0 },
      );
      await subscribers.addConsent(id, { at, event: 'requested', via, ip: null, wording: null });
      const notice = found((await notices.claim('one', 1))[0]);
      expect(await begin(notices, notice.id, 'one')).toBe('sending');
      const outcome = { kind: 'accepted', reply: '250 ok' } as const;
      await notices.advance('one', {
        begin: [],
        results: [{ id: notice.id, outcome, retryIn: null }],
      });
      return id;
    };
    const first = await ask('a@example.org', 'form');
    await ask('b@example.org', 'api');
    await ask('c@example.org', 'import list.csv');
    const consent = {
      at: clock.now(),
      event: 'confirmed',
      via: 'link',
      ip: null,
      wording: null,
    } as const;
    await subscribers.addConsent(first, consent);
    const all = { since: clock.now() - HOUR, before: clock.now() + HOUR, limit: 50 };
    expect(await store.form.confirmedShare(all)).toEqual({ sent: 2, confirmed: 1 });
    // However many notices of a list came after them.
    await w.execute(`
      with recursive n (x) as (select 1 union all select x + 1 from n where x < 2100)
      insert into notices (subscriber_id, kind, cause, round, created_at, state, unclaimed_state,
        due_at, next_at, expires_at, ended_at, attempts)
      select ${first}, 'confirm', 'import', 1, 1, 'accepted', 'planned', 1, 1, 1, ${clock.now()}, 1
      from n`);
    expect(await store.form.confirmedShare(all)).toEqual({ sent: 2, confirmed: 1 });
    expect(await store.form.confirmedShare({ ...all, limit: 1 })).toEqual({
      sent: 1,
      confirmed: 0,
    });
    expect(await store.form.confirmedShare({ ...all, before: clock.now() - 1 })).toEqual({
      sent: 0,
      confirmed: 0,
    });
  });

  test('what was chosen with a request waits with its notice, and is forgotten with all others', async () => {
    const { store, clock } = await world();
    const { subscribers, notices } = store;
    const { id, round } = await subscribers.request('a@example.org', {}, clock.now());
    const notice = {
      kind: 'confirm',
      cause: 'stranger',
      subscriberId: id,
      round,
      createdAt: clock.now(),
      language: 'en',
    } as const;
    // Of these nobody asks whether they contradict each other.
    const always = { max: 9, maxConfirmations: 9, since: clock.now() };
    await notices.enqueue({ ...notice, preferences: { hour: 7, topics: ['vision'] } }, always);
    await notices.enqueue({ ...notice, preferences: { hour: 3 } }, always);
    await notices.enqueue(notice, always);
    const [one, two, three] = await notices.claim('one', 3);
    const chosen = (noticeId?: number) => subscribers.requestedPreferences(id, round, noticeId);
    expect(await chosen(found(one).id)).toEqual({ hour: 7, topics: ['vision'] });
    expect(await chosen(found(two).id)).toEqual({ hour: 3 });
    expect(await chosen(found(three).id)).toBeNull();
    expect(await chosen()).toEqual({ hour: 7, topics: ['vision'] });
    expect(await subscribers.requestedPreferences(id, round + 1, found(one).id)).toBeNull();
    expect(await subscribers.requestedPreferences(id + 1, round, found(one).id)).toBeNull();
    await subscribers.forgetRequested(id);
    expect(await chosen()).toBeNull();
  });

  test('a notice is withheld by whoever has claimed it, before it was ever tried', async () => {
    const { store, clock, mails } = await world().then((w) => ({
      ...{ store: w.store, clock: w.clock },
      mails: () => w.mails('notices'),
    }));
    const { id, round } = await store.subscribers.request('a@example.org', {}, clock.now());
    const notice = {
      kind: 'confirm',
      cause: 'stranger',
      subscriberId: id,
      round,
      createdAt: clock.now(),
      language: 'en',
    } as const;
    await store.notices.enqueue(notice, { max: 9, maxConfirmations: 9, since: 0 });
    const { id: noticeId } = found((await store.notices.claim('one', 1))[0]);
    expect(await store.notices.skip('two', noticeId, 'why')).toBe(false);
    expect(await store.notices.skip('one', noticeId, 'why')).toBe(true);
    expect(await store.notices.skip('one', noticeId, 'why')).toBe(false);
    expect(await mails()).toMatchObject([
      { state: 'skipped', reply: 'why', lease_until: null, ended_at: expect.any(Number) },
    ]);
  });
}
