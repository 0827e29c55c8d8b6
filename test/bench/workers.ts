import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresDatabase } from '../support/postgres.js';
import type { Bench, Findings, Kit, Row } from './kit/bench.js';
import { type Usage, Watch } from './kit/measure.js';
import { launch, rateOf, sendAll } from './kit/paperboy.js';
import { endingsIn, type PostgresStores, postgresStores } from './kit/postgres.js';
import { withSink } from './kit/sink.js';
import { median, medianRatio } from './kit/stats.js';

const WORKERS = [1, 2, 4];
/** Milliseconds after which a worker has asked for work and found none. */
const SETTLE = 1_500;

export const workersBench: Bench = {
  name: 'workers',
  about:
    'One send, and workers beside each other, on one PostgreSQL (its own CPU not counted; peak of the largest process)',
  run,
};

type Result = Usage & { rate: number };

async function run(kit: Kit): Promise<Findings> {
  const readers = kit.size(10_000, 200);
  const folder = kit.folder();
  const stores = await postgresStores(folder, { readers, planned: true });
  const contenders = [
    { what: 'send', results: [] as Result[], work: () => sendOnce(stores, folder, readers) },
    ...WORKERS.slice(0, kit.quick ? 2 : WORKERS.length).map((count) => ({
      what: count === 1 ? '1 worker' : `${count} workers`,
      results: [] as Result[],
      work: () => sendBy(stores, folder, count),
    })),
  ];
  try {
    for (let round = 1; round <= kit.rounds; round++) {
      for (const { what, results, work } of contenders) {
        const result = await work();
        results.push(result);
        kit.say(`round ${round}: ${what}: ${Math.round(result.rate)} mails/s`);
      }
    }
  } finally {
    await stores.stop();
  }
  const rates = (results: Result[]) => results.map(({ rate }) => rate);
  const one = rates(contenders[1]?.results ?? []);
  const rows = contenders.map(
    ({ what, results }): Row => ({
      what,
      mails: readers,
      rate: median(rates(results)),
      ratio: medianRatio(rates(results), one),
      cpu: median(results.map(({ cpuSeconds }) => (cpuSeconds / readers) * 1_000)),
      peak: median(results.map(({ peakMb }) => peakMb)),
    }),
  );
  return { rows, marks: [], skipped: [] };
}

async function sendOnce(stores: PostgresStores, folder: string, readers: number): Promise<Result> {
  const database = await stores.fresh();
  const env = { DATABASE_URL: database.url };
  const sent = await withSink((sink) =>
    sendAll(folder, readers, { ...env, SMTP_URL: sink.url }, () => endingsIn(database)),
  );
  await database.drop();
  return sent;
}

/** Has `count` workers waiting, makes everything due at once, and waits for the last mail. */
async function sendBy(stores: PostgresStores, folder: string, count: number): Promise<Result> {
  const database = await stores.fresh();
  const result = await withSink(async (sink) => {
    const env = { DATABASE_URL: database.url, SMTP_URL: sink.url };
    const workers = Array.from({ length: count }, () => launch(folder, ['worker'], env));
    await Promise.all(workers.map(({ child }) => once(child.stdout, 'data')));
    const watches = workers.map(({ pid }) => new Watch(pid));
    await sleep(SETTLE);
    await makeDue(database);
    while (await isOpen(database)) {
      await sleep(200);
      const dead = workers.find(({ child }) => child.exitCode !== null);
      if (dead) throw new Error(`A worker ended: ${dead.output.stderr}`);
    }
    const usages = watches.map((watch) => watch.stop());
    for (const { child } of workers) child.kill();
    await Promise.all(workers.map(({ closed }) => closed));
    return {
      rate: rateOf(await endingsIn(database)),
      cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      peakMb: Math.max(...usages.map(({ peakMb }) => peakMb)),
    };
  });
  await database.drop();
  return result;
}

async function makeDue(database: PostgresDatabase): Promise<void> {
  const now = Date.now();
  await database.query('update deliveries set due_at = $1, next_at = $1, expires_at = $2', [
    now,
    now + 86_400_000,
  ]);
}

async function isOpen(database: PostgresDatabase): Promise<boolean> {
  const rows = await database.query('select 1 from deliveries where ended_at is null limit 1');
  return rows.length > 0;
}
