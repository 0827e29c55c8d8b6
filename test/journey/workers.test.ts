import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { found } from '../store/contract/dialect.js';
import { type HuggingFaceStub, startHuggingFace } from '../support/huggingface.js';
import { createDatabase, type PostgresDatabase } from '../support/postgres.js';
import {
  HURRIED,
  ROOT,
  type RunningPaperboy,
  runPaperboy,
  startPaperboy,
  type TempDir,
  tempDir,
} from '../support/program.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { deliveriesIn, type LedgerRow } from '../torture/ledger.js';
import { MailServerProcess } from '../torture/mail-server-process.js';
import { type Recorded, readRecord } from '../torture/record.js';
import { judge, type Struck } from '../torture/verdict.js';

/** `FULL=1` sends five times as many. */
const READERS = Array.from(
  { length: process.env['FULL'] === '1' ? 5_000 : 1_000 },
  (_, n) => `reader${n}@reader.test`,
);
const LATECOMER = 'latecomer@reader.test';
const WORKERS = 4;
const CONNECTIONS = 4;
const FIXTURES = join(ROOT, 'test/fixtures/huggingface');

const server = await sharedPostgres();
let folder: TempDir;
let database: PostgresDatabase;
let source: HuggingFaceStub;
let mails: MailServerProcess;
let record: string;
const started: RunningPaperboy[] = [];

beforeEach(async () => {
  folder = tempDir();
  record = join(folder.path, 'record.jsonl');
  database = await createDatabase(found(server));
  source = await startHuggingFace();
  mails = await MailServerProcess.start({ record, seed: 1, lose: 0 });
});
afterEach(async () => {
  for (const running of started.splice(0)) await running.kill();
  await mails.close();
  await source.close();
  await database.drop();
  folder.dispose();
});

const env = () => ({
  DATABASE_URL: database.url,
  SMTP_URL: mails.url,
  SMTP_CONNECTIONS: String(CONNECTIONS),
  HUGGINGFACE_URL: source.url,
  SECRET_KEY: 'a secret of tests, long enough for all',
  PICK_CRON: '* * * * * *',
});

async function startWorkers(): Promise<RunningPaperboy[]> {
  const workers = Array.from({ length: WORKERS }, () => {
    const running = startPaperboy(['worker'], { cwd: folder.path, main: HURRIED, env: env() });
    started.push(running);
    return running;
  });
  for (const worker of workers) await worker.waitForLog(/^The worker \S+ is at work$/m, 30_000);
  return workers;
}

async function paperboy(...args: string[]): Promise<Record<string, unknown>> {
  const run = await runPaperboy([...args, '--json'], { env: { ...env(), LOG_LEVEL: 'error' } });
  return run.json();
}

async function importReaders(): Promise<void> {
  const csv = join(folder.path, 'readers.csv');
  writeFileSync(csv, `email\n${READERS.join('\n')}\n`);
  const report = await paperboy('subscribers', 'import', csv, '--confirmed');
  expect(report).toMatchObject({ imported: READERS.length });
}

function publish(day: string): void {
  const items: unknown[] = JSON.parse(readFileSync(join(FIXTURES, `${day}.json`), 'utf8'));
  source.setDay(day, items);
}

const planned = async () =>
  (await database.query('select date from editions where planned_at is not null')).length;

/** The deliveries of a process: its name in the ledger has its process id in it. */
const heldBy = (rows: readonly LedgerRow[], { pid }: RunningPaperboy) =>
  rows.filter(({ worker }) => worker?.split(':')[1] === String(pid));

const ledger = () => deliveriesIn(database);

/** Each delivery: whose it is, how its Message-ID begins, and the process that ended it. */
async function accounts(): Promise<{ to: string; begins: string; pid: string | undefined }[]> {
  const rows = await database.query<{ id: number; email: string; worker: string | null }>(
    'select d.id, s.email, d.worker from deliveries d join subscribers s on s.id = d.subscriber_id',
  );
  return rows.map(({ id, email, worker }) => ({
    to: email,
    begins: `<d${Number(id).toString(36)}.`,
    pid: worker?.split(':')[1],
  }));
}

/** Everything that is not the dead's and the frozen one's. */
async function othersAreDone(...away: RunningPaperboy[]): Promise<boolean> {
  const rows = await ledger();
  const left = rows.filter(({ state }) => state !== 'accepted').length;
  const held = away
    .flatMap((worker) => heldBy(rows, worker))
    .filter(({ state }) => state !== 'accepted');
  return left === held.length;
}

describe.skipIf(server === null)('four workers on one store', () => {
  test('share a day, and lose nothing when one is killed and one frozen', async () => {
    publish('2026-03-02');
    const began = Date.now();
    const workers = await startWorkers();
    await expect.poll(planned, { timeout: 30_000 }).toBe(1);
    await importReaders();

    // All of them wait for a reply to a whole mail, at a quarter of the way.
    mails.holdFrom('dot', READERS.length / 4);
    publish('2026-03-03');
    await mails.until(() => mails.holding === WORKERS * CONNECTIONS);
    const [killed, frozen, ...others] = workers;
    if (!killed || !frozen) throw new Error('There are four.');
    await killed.kill();
    process.kill(frozen.pid, 'SIGSTOP');
    const struck = await ledger();
    const strikes: Struck[] = [killed, frozen].map((worker) => ({
      underWay: heldBy(struck, worker)
        .filter(({ state }) => state === 'sending')
        .map(({ email }) => email),
      violations: [],
    }));
    expect(strikes.map(({ underWay }) => underWay.length)).toEqual([CONNECTIONS, CONNECTIONS]);
    mails.release();

    // The others end their own part, and, when the leases have run out, the rest.
    await expect.poll(() => othersAreDone(killed, frozen), { timeout: 60_000 }).toBe(true);
    const accepted = async () =>
      (await ledger()).filter(({ state }) => state === 'accepted').length;
    await expect.poll(accepted, { timeout: 60_000, interval: 200 }).toBe(READERS.length);
    process.kill(frozen.pid, 'SIGCONT');

    // It finds that nothing is its own any more, and is of use again.
    const ends = await Promise.all(others.map((worker) => worker.stop()));
    await paperboy('subscribers', 'add', LATECOMER);
    const sent = 'select worker from notices where ended_at is not null';
    await expect.poll(() => database.query(sent), { timeout: 30_000 }).toHaveLength(1);
    ends.push(await frozen.stop());
    expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));

    const rows = await ledger();
    const taken = readRecord(record).filter(({ to }) => to !== LATECOMER);
    const verdict = judge({
      readers: READERS,
      connections: CONNECTIONS,
      strikes,
      record: taken,
      ledger: rows,
    });
    expect(verdict.violations).toEqual([]);
    expect(verdict).toMatchObject({ lost: 0, bound: 2 * CONNECTIONS });
    expect(verdict.repeated).toBeLessThanOrEqual(verdict.bound);
    // It did strike: what they held was resent.
    expect(verdict.repeated).toBeGreaterThan(0);
    for (const worker of workers) expect(heldBy(rows, worker).length).toBeGreaterThan(0);
    expect(workers.flatMap((worker) => heldBy(rows, worker))).toHaveLength(rows.length);
    await agreesRowByRow(taken, workers);
    oneDidWhatOneDoes(workers, began);
  }, 180_000);
});

/** What the server took is what the ledger has, each under its own Message-ID, and one did it. */
async function agreesRowByRow(
  taken: readonly Recorded[],
  workers: readonly RunningPaperboy[],
): Promise<void> {
  const rows = await accounts();
  const pids = workers.map(({ pid }) => String(pid));
  const byReader = new Map(rows.map((row) => [row.to, row]));
  const strange = taken.filter(
    ({ to, messageId }) => !messageId.startsWith(byReader.get(to)?.begins ?? 'no such row'),
  );
  expect(strange).toEqual([]);
  const servers = new Set(taken.map(({ to, messageId }) => `${to} ${messageId.split('.')[0]}.`));
  expect([...servers].sort()).toEqual(rows.map(({ to, begins }) => `${to} ${begins}`).sort());
  expect(rows.filter(({ pid }) => !pids.includes(pid ?? ''))).toEqual([]);
}

/** Of each tick one makes the edition, and of each edition one plans it. */
function oneDidWhatOneDoes(workers: readonly RunningPaperboy[], began: number): void {
  const lines = workers.flatMap(({ stderr }) =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
  const plans = lines.filter(({ msg }) => msg === 'deliveries planned');
  expect(plans.map(({ date, planned }) => [date, planned]).sort()).toEqual([
    ['2026-03-02', 0],
    ['2026-03-03', READERS.length],
  ]);
  const runs = source.requests.filter(({ path }) => !path.includes('date='));
  expect(runs.length).toBeLessThanOrEqual((Date.now() - began) / 1_000 + 1);
}
