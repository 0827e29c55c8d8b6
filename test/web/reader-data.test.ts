import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Reason } from '../../src/interests/matcher.js';
import type { Subscriber } from '../../src/subscribers/subscriber.js';
import { found } from '../store/contract/dialect.js';
import { elementText, textOf } from './markup.js';
import { NOW, openSite, pickFixtures, type Site } from './site.js';

let site: Site;
let ada: Subscriber;
let url: string;

beforeEach(async () => {
  site = await openSite({ defaultTimezone: 'Europe/Vienna' });
  ada = await site.subscriber('ada@reader.test', 'active');
  url = `/preferences/${site.tokens.preferences(ada.id)}`;
});
afterEach(() => site.close());

const find = () => site.store.subscribers.find(ada.id);

type Rows = Record<string, Record<string, unknown>[]>;

/** The rows that belong to a reader: by their id, their address, or as what such a row points to. */
function rowsOf(all: Record<string, unknown[]>, { id, email }: Subscriber): Rows {
  const tables = all as Rows;
  const own: Rows = {};
  const take = (table: string, isOwn: (row: Record<string, unknown>) => boolean) => {
    const rows = (tables[table] ?? []).filter(isOwn);
    if (rows.length > 0) own[table] = rows;
  };
  for (const table of Object.keys(tables)) {
    take(
      table,
      (row) =>
        row['subscriber_id'] === id ||
        row['email_key'] === email ||
        (table === 'subscribers' && row['id'] === id),
    );
  }
  const pointed = (from: string, column: string) => (own[from] ?? []).map((row) => row[column]);
  const words = [...pointed('consents', 'wording_id'), ...pointed('consents', 'shown_id')];
  take('wordings', (row) => words.includes(row['id']));
  take('selections', (row) => pointed('deliveries', 'selection_id').includes(row['id']));
  return own;
}

/** What a row says in words; lists in their parts. A hash and a key say nothing. */
function textsOf(row: Record<string, unknown>): string[] {
  return Object.entries(row)
    .filter(([name]) => !['hash', 'email_key', 'mailbox'].includes(name))
    .flatMap(([, value]) => {
      if (typeof value !== 'string') return [];
      return value.startsWith('[') ? valuesOf(JSON.parse(value)) : [value];
    });
}

/** All texts in a value, at any depth. */
function valuesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(valuesOf);
}

describe('the reader’s data', () => {
  test('can be downloaded whole', async () => {
    await site.post(url, { do: 'pause' });
    const { statusCode, headers, body } = await site.get(`${url}/export`);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['content-disposition']).toBe('attachment; filename="paperboy.json"');
    expect(JSON.parse(body)).toEqual({
      exportedAt: new Date(NOW).toISOString(),
      subscriber: {
        ...ada,
        state: 'paused',
        activeSince: null,
        createdAt: new Date(NOW).toISOString(),
      },
      consents: [
        {
          at: new Date(NOW).toISOString(),
          event: 'paused',
          via: 'link',
          ip: '127.0.0.1',
          wording: null,
        },
      ],
      suppression: null,
      suppressionEvents: [],
      deliveries: [],
      notices: [],
      reports: [],
    });
  });

  test('leaves out nothing that any table has of them', async () => {
    const { store, clock } = site;
    await pickFixtures(site);
    await site.post('/subscribe', { email: ada.email });
    await site.post(url, { keywords: 'Wobblegong', authors: 'Philomena Krabbe' });
    await store.subscribers.addConsent(ada.id, {
      ...{
        at: NOW,
        event: 'imported',
        via: 'a file.csv',
        ip: '192.0.2.7',
        wording: 'Yes, please.',
      },
      shown: 'The form said it.',
    });
    const edition = found(await store.editions.find('2026-03-02'));
    const reasons: Reason[][] = [[['matches', 'Wobblegong']]];
    const [selectionId] = await store.ledger.selectionIds(edition.id, [
      { papers: ['2603.00001'], reasons },
    ]);
    await store.ledger.plan(edition.id, [
      {
        subscriberId: ada.id,
        selectionId: found(selectionId),
        first: null,
        language: 'en',
        dueAt: clock.now(),
      },
    ]);
    await store.ledger.claim('a worker', 1);
    const detail = 'asked by phone';
    await store.subscribers.suppress({ email: ada.email, reason: 'operator', at: NOW, detail });
    const { body } = await site.get(`${url}/export`);
    const told = valuesOf(JSON.parse(body));
    const others = await site.subscriber('bob@reader.test', 'active');
    expect(told).not.toContain(others.email);
    const kept = rowsOf(site.rows(), ada);
    // A new table that has something of a reader has to be in the export.
    expect(Object.keys(kept).sort()).toEqual([
      ...['consents', 'deliveries', 'notices', 'selections', 'subscribers'],
      ...['suppression_events', 'suppressions', 'wordings'],
    ]);
    for (const [table, rows] of Object.entries(kept)) {
      for (const value of rows.flatMap(textsOf))
        expect([table, told]).toEqual([table, expect.arrayContaining([value])]);
    }
  });

  test('is deleted only by those who say that they are sure', async () => {
    const { statusCode, body } = await site.post(url, { do: 'delete' });
    expect([statusCode, elementText(body, 'h1')]).toEqual([400, 'Your preferences']);
    expect(textOf(body)).toContain('Tick the box');
    expect(await find()).toEqual(ada);
  });

  test('is gone from every table once deleted, and the link with it', async () => {
    await site.post('/subscribe', { email: ada.email });
    const { statusCode, body } = await site.post(url, { do: 'delete', sure: 'yes' });
    expect([statusCode, elementText(body, 'h1')]).toEqual([200, 'Your data is deleted']);
    expect(JSON.stringify(site.rows())).not.toContain('ada@reader.test');
    expect(site.rows()).toMatchObject({ subscribers: [], consents: [], notices: [] });
    for (const page of [url, `${url}/export`]) {
      expect((await site.get(page)).statusCode).toBe(404);
    }
    expect((await site.post(url, { do: 'delete', sure: 'yes' })).statusCode).toBe(404);
  });

  test('stays suppressed after it was deleted', async () => {
    const bob = await site.subscriber('bob@reader.test', 'suppressed');
    const page = `/preferences/${site.tokens.preferences(bob.id)}`;
    expect((await site.post(page, { do: 'delete', sure: 'yes' })).statusCode).toBe(200);
    await site.post('/subscribe', { email: 'bob@reader.test' });
    expect(site.rows()['notices']).toEqual([]);
    expect(await site.store.subscribers.findSuppression('bob@reader.test')).not.toBeNull();
  });
});
