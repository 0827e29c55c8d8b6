import { describe, expect, test } from 'vitest';
import { saveListing } from '../../papers/save-listing.js';
import { MINUTE } from '../clock.js';
import { type Dialect, worlds } from './dialect.js';

/** What every kind of database must do with settings, and as a whole. */
export function settingsContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('settings', () => {
    test('the first value stays, for every handle', async () => {
      const w = await world();
      const { store } = w;
      expect(await store.settings.getOrSet('secret_key', 'one')).toBe('one');
      expect(await store.settings.getOrSet('secret_key', 'two')).toBe('one');
      expect(await (await w.handle()).settings.getOrSet('secret_key', 'three')).toBe('one');
      expect(await store.settings.getOrSet('other', 'two')).toBe('two');
    });

    test('are set anew where they are meant to change', async () => {
      const { store } = await world();
      await store.settings.set('next run', '1');
      await store.settings.set('next run', '2');
      expect(await store.settings.getOrSet('next run', '3')).toBe('2');
    });

    test('that are numbers may be raised, and are never turned back', async () => {
      const { store } = await world();
      await store.settings.raise('done until', 9);
      await store.settings.raise('done until', 10);
      await store.settings.raise('done until', 2);
      expect(await store.settings.getOrSet('done until', '')).toBe('10');
    });
  });

  describe('a lease', () => {
    test('has one holder at a time, for as long as it runs', async () => {
      const w = await world();
      const { leases } = w.store;
      const others = (await w.handle()).leases;
      expect(await leases.take('daily run', 'one', MINUTE)).toBe(true);
      expect(await others.take('daily run', 'two', MINUTE)).toBe(false);
      expect(await others.take('planning', 'two', MINUTE)).toBe(true);
      w.clock.advance(MINUTE - 1);
      expect(await others.take('daily run', 'two', MINUTE)).toBe(false);
      w.clock.advance(1);
      expect(await others.take('daily run', 'two', MINUTE)).toBe(true);
      expect(await leases.take('daily run', 'one', MINUTE)).toBe(false);
    });

    test('is lengthened by its holder, and given back by nobody else', async () => {
      const w = await world();
      const { leases } = w.store;
      await leases.take('daily run', 'one', MINUTE);
      w.clock.advance(MINUTE - 1);
      expect(await leases.take('daily run', 'one', MINUTE)).toBe(true);
      w.clock.advance(MINUTE - 1);
      await leases.release('daily run', 'two');
      expect(await leases.take('daily run', 'two', MINUTE)).toBe(false);
      await leases.release('daily run', 'one');
      expect(await leases.take('daily run', 'two', MINUTE)).toBe(true);
    });

    test('is listed while it runs, by the beginning of its name', async () => {
      const { store, clock } = await world();
      const { leases } = store;
      await leases.take('listens b%', 'one', MINUTE);
      await leases.take('listens a', 'two', 2 * MINUTE);
      await leases.take('watch', 'one', MINUTE);
      const a = { name: 'listens a', holder: 'two' };
      expect(await leases.held('listens ')).toEqual([a, { name: 'listens b%', holder: 'one' }]);
      expect(await leases.held('listens %')).toEqual([]);
      clock.advance(MINUTE);
      expect(await leases.held('listens ')).toEqual([a]);
      await leases.release('listens a', 'two');
      expect(await leases.held('listens ')).toEqual([]);
    });

    test('goes to one of those who want it in the same moment', async () => {
      const w = await world();
      const wanted = Array.from({ length: 8 }, (_, n) =>
        w.store.leases.take('daily run', `worker ${n}`, MINUTE),
      );
      expect((await Promise.all(wanted)).filter(Boolean)).toHaveLength(1);
    });
  });

  describe('a store', () => {
    test('answers, and is not migrated again when it is opened again', async () => {
      const w = await world();
      await expect(w.store.ping()).resolves.toBeUndefined();
      expect((await w.handle()).migrated).toEqual([]);
    });

    test('keeps all that was done atomically, or nothing of it', async () => {
      const { store, clock } = await world();
      const now = clock.now();
      await store.atomically(async ({ subscribers, settings }) => {
        await subscribers.request('ada@example.org', {}, now);
        await settings.getOrSet('kept', 'yes');
      });
      const broken = store.atomically(async ({ subscribers, settings, papers }) => {
        await subscribers.request('bob@example.org', {}, now);
        await settings.getOrSet('lost', 'yes');
        await saveListing(papers, 'huggingface', '2026-03-02', []);
        throw new Error('broken off');
      });
      await expect(broken).rejects.toThrow('broken off');
      expect(await store.subscribers.findByEmail('ada@example.org')).not.toBeNull();
      expect(await store.subscribers.findByEmail('bob@example.org')).toBeNull();
      expect(await store.settings.getOrSet('kept', 'no')).toBe('yes');
      expect(await store.settings.getOrSet('lost', 'no')).toBe('no');
    });
  });
}
