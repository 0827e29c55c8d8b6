import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClaimedDelivery } from '../../src/delivery/delivery.js';
import type { Ledger } from '../../src/delivery/ledger.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { MovableClock } from './clock.js';
import { found, idOfSelection } from './contract/dialect.js';

const server = await sharedPostgres();

describe.skipIf(server === null)('a sender on PostgreSQL that gives way to planning', () => {
  let database: PostgresDatabase;
  let store: Store;
  let planning: Client;
  beforeEach(async () => {
    database = await createDatabase(found(server));
    store = await openStore({ kind: 'postgres', url: database.url }, new MovableClock());
    planning = new Client({ connectionString: database.url });
    await planning.connect();
  });
  afterEach(async () => {
    await planning.end();
    await store.close();
    await database.drop();
  });

  async function claimed(count: number): Promise<ClaimedDelivery[]> {
    const { subscribers, editions, ledger } = store;
    const edition = found(await editions.saveDraft('daily', '2026-03-02', [], 1));
    const selectionId = await idOfSelection(ledger, edition.id, []);
    const wanted = [];
    for (let n = 0; n < count; n++) {
      const reader = found(await subscribers.importActive(`reader${n}@example.org`, {}, 1));
      wanted.push({
        subscriberId: reader.id,
        selectionId,
        first: null,
        language: 'en',
        dueAt: Date.now(),
      });
    }
    await ledger.plan(edition.id, wanted);
    return ledger.claim('one', count);
  }

  /** Until somebody waits for the row that `planning` holds. */
  async function waitedFor() {
    await expect
      .poll(
        () => database.query(`select 1 from pg_locks where not granted and locktype <> 'tuple'`),
        { timeout: 5_000, interval: 5 },
      )
      .not.toEqual([]);
  }

  test.each<[what: string, act: (ledger: Ledger, mails: ClaimedDelivery[]) => Promise<void>]>([
    [
      'gives mails back',
      ({ release }, mails) =>
        release(
          'one',
          mails.map(({ id }) => id),
        ),
    ],
    [
      'parks them',
      ({ setAside }, mails) =>
        setAside(
          'one',
          mails.map(({ id }) => ({ id, domain: 'example.org' })),
        ),
    ],
  ])('%s all the same', async (_what, act) => {
    const mails = await claimed(20);
    // Who waits longest for the other looks first, and gives way.
    await planning.query(`set deadlock_timeout = '20s'`);
    await planning.query('begin');
    await planning.query('select 1 from deliveries where id = $1 for update', [mails[10]?.id]);
    const acting = act(store.ledger, mails);
    await waitedFor();
    await planning.query('select 1 from deliveries for update');
    await planning.query('commit');
    await acting;
    const states = await database.query('select distinct state, worker from deliveries');
    expect(states).toEqual([{ state: 'planned', worker: null }]);
  });
});
