import { describe, expect, test } from 'vitest';
import type { Subscriber } from '../../../src/subscribers/subscriber.js';
import { HOUR } from '../clock.js';
import {
  audience,
  begin,
  type Dialect,
  found,
  idOfSelection,
  settle,
  type World,
  worlds,
} from './dialect.js';

const FRENCH = { defaultLanguage: 'fr' };
const BOX = { max: 9, maxConfirmations: 9, since: 0 };

/** The languages of what is written down for each reader, in the order of the readers. */
async function written(w: World, table: 'deliveries' | 'notices' = 'deliveries') {
  const mails = await w.mails(table);
  return mails.map(({ language }) => language);
}

/** Plans an edition for all of them by one statement, on a site that writes French. */
async function planAll(w: World, readers: readonly Subscriber[]): Promise<void> {
  const { ledger } = w.store;
  const edition = await w.edition();
  const selectionId = await idOfSelection(ledger, edition.id, ['2603.00001']);
  const page = found(await ledger.groups({ weekly: false, after: 0, limit: 99 }));
  const groups = page.groups.map(({ key }) => ({ key, selectionId, dueAt: w.clock.now() }));
  const range = { after: 0, upTo: page.upTo };
  const to = audience(edition, FRENCH);
  expect(page.groups).toHaveLength(1);
  expect(await ledger.planGroups(to, range, groups, w.clock.now())).toBe(readers.length);
}

async function threeReaders(w: World): Promise<Subscriber[]> {
  return [
    await w.subscriber({ language: 'de' }),
    await w.subscriber(),
    await w.subscriber({ language: 'pt-BR' }),
  ];
}

/** What a reader chose, and what each mail is written in. */
export function languagesContract(dialect: Dialect): void {
  const world = worlds(dialect);

  describe('the language', () => {
    test('of a reader is kept however they came, and can be given up again', async () => {
      const w = await world();
      const { subscribers } = w.store;
      const now = w.clock.now();
      const ways = [
        (email: string) => subscribers.importActive(email, { language: 'zh-CN' }, now),
        (email: string) => subscribers.request(email, { language: 'zh-CN' }, now),
        async (email: string) => {
          const { id } = await subscribers.request(email, { language: 'de', hour: 6 }, now);
          await subscribers.savePreferences(id, { language: 'zh-CN' });
          return subscribers.find(id);
        },
        async (email: string) => {
          await subscribers.request(email, { language: 'de' }, now);
          return subscribers.importActive(email, { language: 'zh-CN' }, now);
        },
      ];
      for (const [n, come] of ways.entries()) {
        const { id } = found(await come(`way${n}@example.org`));
        expect((await subscribers.find(id))?.language).toBe('zh-CN');
        await subscribers.savePreferences(id, { hour: 7 });
        expect((await subscribers.find(id))?.language).toBe('zh-CN');
        await subscribers.savePreferences(id, { language: null });
        expect((await subscribers.find(id))?.language).toBeNull();
      }
      expect((await w.subscriber()).language).toBeNull();
    });

    test('of deliveries planned at once is each reader’s own, in one group, and stays', async () => {
      const w = await world();
      const readers = await threeReaders(w);
      await planAll(w, readers);
      expect(await written(w)).toEqual(['de', 'fr', 'pt-BR']);
      for (const { id } of readers) {
        await w.store.subscribers.savePreferences(id, { language: 'ja' });
      }
      expect(await written(w)).toEqual(['de', 'fr', 'pt-BR']);
      const claimed = await w.store.ledger.claim('one', 9);
      expect(claimed.map(({ language }) => language)).toEqual(['de', 'fr', 'pt-BR']);
      expect(new Set(claimed.map(({ selectionId }) => selectionId)).size).toBe(1);
    });

    test('is told of whoever is planned by themselves', async () => {
      const w = await world();
      await threeReaders(w);
      const edition = await w.edition();
      const page = { after: 0, upTo: 99, limit: 9 };
      const views = await w.store.ledger.unplanned(audience(edition), page);
      expect(views.map(({ language }) => language)).toEqual(['de', null, 'pt-BR']);
    });

    test('of what is planned anew is the one that it is planned in', async () => {
      const w = await world();
      const [reader] = await w.subscribers(1);
      const { id } = found(reader);
      const edition = await w.edition();
      const selectionId = await idOfSelection(w.store.ledger, edition.id, ['2603.00001']);
      const plan = (language: string, dueAt: number) => {
        const first = language === 'de' ? null : 'daily';
        return w.store.ledger.plan(edition.id, [
          { subscriberId: id, selectionId, first, language, dueAt },
        ]);
      };
      expect(await plan('de', w.clock.now() + HOUR)).toBe(1);
      expect(await plan('ja', w.clock.now())).toBe(1);
      expect(await written(w)).toEqual(['ja']);
      expect(await plan('de', w.clock.now())).toBe(0);
      expect(await written(w)).toEqual(['ja']);
    });

    test('of a refused one that is planned again is the reader’s by then', async () => {
      const w = await world();
      const readers = await threeReaders(w);
      await planAll(w, readers);
      for (const { id } of await w.store.ledger.claim('one', 9)) {
        await begin(w.store.ledger, id, 'one');
        const refused = { kind: 'refused', reply: '550 5.7.1 No', of: 'refused' } as const;
        await settle(w.store.ledger, id, 'one', refused, 0);
      }
      await w.store.subscribers.savePreferences(found(readers[0]).id, { language: null });
      await w.store.subscribers.savePreferences(found(readers[1]).id, { language: 'ko' });
      const edition = await w.edition();
      const again = { editionId: edition.id, sharing: [], defaultLanguage: 'es' };
      expect(await w.store.ledger.planAgain(again)).toBe(3);
      expect(await written(w)).toEqual(['es', 'ko', 'pt-BR']);
    });

    test('of a notice is the one that it was asked for in', async () => {
      const w = await world();
      const { notices, subscribers } = w.store;
      const { id, round } = await subscribers.request('new@example.org', {}, w.clock.now());
      const notice = { kind: 'confirm', subscriberId: id, round } as const;
      const ask = (cause: 'import' | 'stranger', language: string, max = 1) => {
        const createdAt = w.clock.now();
        const limit = { ...BOX, maxConfirmations: max };
        return notices.enqueue({ ...notice, cause, language, createdAt }, limit);
      };
      await ask('import', 'fr');
      // An import's goes as if it were asked for now.
      await ask('stranger', 'de');
      expect(await written(w, 'notices')).toEqual(['de']);
      // Another request changes nothing in what is under way.
      await ask('stranger', 'ja');
      expect(await written(w, 'notices')).toEqual(['de']);
      expect((await notices.claim('one', 9)).map(({ language }) => language)).toEqual(['de']);
    });

    test('of what is older than the choice is none', async () => {
      const w = await world();
      const [reader] = await w.subscribers(1);
      await w.plan(await w.edition(), [found(reader)]);
      await w.mail('notices', found(reader));
      for (const table of ['deliveries', 'notices']) {
        await w.execute(`update ${table} set language = null`);
      }
      const [delivery] = await w.store.ledger.claim('one', 9);
      const [notice] = await w.store.notices.claim('one', 9);
      expect([delivery?.language, notice?.language]).toEqual([null, null]);
    });
  });
}
