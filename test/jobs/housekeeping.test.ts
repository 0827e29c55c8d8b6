import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findStale } from '../../src/editions/freeze.js';
import type { Reason } from '../../src/interests/matcher.js';
import { runHousekeeping } from '../../src/jobs/housekeeping.js';
import { activeSubscriber, makeEdition, silent } from '../delivery/harness.js';
import { HOUR } from '../store/clock.js';
import { begin, found, settle } from '../store/contract/dialect.js';
import { type TempStore, tempStore } from '../store/temp-store.js';

let temp: TempStore;
const stop = new AbortController();
let running: Promise<void>;
beforeEach(async () => {
  temp = await tempStore();
});
afterEach(async () => {
  stop.abort();
  await running;
  await temp.close();
});

test('what readers typed is forgotten two days after it was sent, however much it is', async () => {
  const { store, clock } = temp;
  const { ledger } = store;
  const edition = await makeEdition(store);
  const reader = await activeSubscriber(store, 'ada@reader.example');
  const selections = Array.from({ length: 1_001 }, (_, n) => {
    const reasons: Reason[][] = [[['matches', `word ${n}`]]];
    return { papers: ['2603.00001'], reasons };
  });
  const ids = await ledger.selectionIds(edition.id, selections);
  const selectionId = found(ids[0]);
  await ledger.plan(edition.id, [
    { subscriberId: reader.id, selectionId, first: null, language: 'en', dueAt: clock.now() },
  ]);
  await store.editions.freeze(edition.id, clock.now(), findStale);
  await store.editions.markPlanned(edition.id, clock.now());
  const [mail] = await ledger.claim('test', 1);
  await begin(ledger, found(mail).id, 'test');
  await settle(ledger, found(mail).id, 'test', { kind: 'accepted', reply: '250 Ok' }, 0);

  const rest = () => vi.waitUntil(() => clock.sleepingFor(HOUR) >= 1, { interval: 2 });
  const keep = { pending: 7, left: 90, ips: 30, deliveries: 400 };
  running = runHousekeeping({ ...store, holder: 'test', clock, logger: silent, keep }, stop.signal);
  const typed = async () => {
    const all = await Promise.all(ids.map((id) => ledger.selection(id)));
    return all.filter(({ reasons }) => reasons.length > 0).length;
  };
  await rest();
  clock.advance(47 * HOUR);
  await rest();
  expect(await typed()).toBe(1_001);
  clock.advance(2 * HOUR);
  await rest();
  await vi.waitUntil(async () => (await typed()) === 0, { interval: 20, timeout: 20_000 });
});
