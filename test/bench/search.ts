import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresDatabase } from '../support/postgres.js';
import { freePort } from '../support/program.js';
import type { Bench, Findings, Kit, Row } from './kit/bench.js';
import { library, madeUp } from './kit/library.js';
import { ask, load, untilReady } from './kit/load.js';
import { inStore, launch, makeStore, type Settings } from './kit/paperboy.js';
import { dice } from './kit/papers.js';
import { postgresStores } from './kit/postgres.js';
import { median, percentile } from './kit/stats.js';
import { Skipped } from './kit/tools.js';

/** Searches a second, whether or not the last one has been answered: a busy site. */
const RATE = 10;
/** Requests a second of the front page beside them. */
const FRONT = 10;
/** Rows that one statement writes. */
const BATCH = 1_000;

export const searchBench: Bench = {
  name: 'search',
  about: `GET /search over HTTP, ${RATE} a second, all different; and GET / beside them`,
  run,
};

async function run(kit: Kit): Promise<Findings> {
  const papers = kit.size(100_000, 2_000);
  const findings: Findings = { rows: [], marks: [], skipped: [] };
  const onSqlite = kit.folder();
  await makeStore(onSqlite, { readers: 0 });
  inStore(onSqlite, (store) => {
    const add = store.transaction((rows: object[]) => {
      for (const sql of filling('json_each(?)', 'value')) store.prepare(sql).run(json(rows));
    });
    for (const rows of batches(papers)) add(rows);
  });
  kit.say(`${papers} papers on SQLite`);
  await measure(kit, 'SQLite', onSqlite, {}, findings);
  try {
    await withPostgres(kit, papers, findings);
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    findings.skipped.push(error.message);
  }
  return findings;
}

async function withPostgres(kit: Kit, papers: number, findings: Findings): Promise<void> {
  const folder = kit.folder();
  const stores = await postgresStores(folder, { readers: 0 });
  let database: PostgresDatabase | undefined;
  try {
    database = await stores.fresh();
    for (const rows of batches(papers)) {
      const from = 'jsonb_array_elements(cast($1 as jsonb))';
      for (const sql of filling(from, 'value')) await database.query(sql, [json(rows)]);
    }
    await database.query('vacuum analyze');
    // What filling it has left to be written is not what readers wait for.
    await database.query('checkpoint');
    kit.say(`${papers} papers on PostgreSQL`);
    await measure(kit, 'PostgreSQL', folder, { DATABASE_URL: database.url }, findings);
  } finally {
    await database?.drop();
    await stores.stop();
  }
}

function* batches(papers: number): Generator<object[]> {
  let rows: object[] = [];
  for (const paper of library(papers)) {
    rows.push(paper);
    if (rows.length < BATCH) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

const json = (rows: readonly object[]) => JSON.stringify(rows);

/** SQL for both databases that takes papers from a list of JSON objects. */
function filling(list: string, value: string): string[] {
  const field = (name: string) => `${value} ->> '${name}'`;
  return [
    `insert into papers (id, title, abstract, authors, url, keywords)
      select ${field('id')}, ${field('title')}, ${field('abstract')}, ${field('authors')},
        'https://huggingface.co/papers/' || (${field('id')}), '[]' from ${list}`,
    `insert into listings (paper_id, source, day, key)
      select ${field('id')}, 'huggingface', ${field('day')}, ${field('id')} from ${list}`,
  ];
}

async function measure(
  kit: Kit,
  store: string,
  folder: string,
  env: Settings,
  findings: Findings,
): Promise<void> {
  const port = String(await freePort());
  const settings = { ...env, PORT: port, TRUST_PROXY: 'on', SMTP_URL: 'smtp://127.0.0.1:9' };
  const { child, output, closed } = launch(folder, ['serve'], settings);
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(`${url}/healthz`, () => child.exitCode !== null);
    const seconds = kit.size(2, 1);
    await load(`${url}/`, { rate: FRONT, seconds: 1 });
    // What is compiled while a page is first shown is not what readers wait for later.
    for (const [nth, kind] of KINDS.entries()) await ask(address(url, kind, 1e6 + nth), { nth });
    const idle = await load(`${url}/`, { rate: FRONT, seconds: seconds * 2 });
    const all: number[] = [];
    const beside: number[] = [];
    for (const [place, kind] of KINDS.entries()) {
      const times: number[] = [];
      const front = load(`${url}/`, { rate: FRONT, seconds: seconds * kit.rounds });
      for (let nth = 0; nth < RATE * seconds * kit.rounds; nth++) {
        const began = performance.now();
        await ask(address(url, kind, nth), { nth: place * 10_000 + nth });
        const took = performance.now() - began;
        times.push(took);
        await sleep(Math.max(0, 1_000 / RATE - took));
      }
      beside.push(...(await front));
      const row = { what: `${store}, ${kind.name}`, ...figures(times) };
      findings.rows.push(row);
      kit.say(`${row.what}: p95 ${row.p95.toFixed(1)} ms`);
      for (let share = 0; share < kind.share; share++) all.push(...times);
    }
    const mixed: Row = { what: `${store}, the mix`, ...figures(all) };
    findings.rows.push(mixed, { what: `${store}, GET / idle`, ...figures(idle) });
    findings.rows.push({ what: `${store}, GET / beside searches`, ...figures(beside) });
    findings.marks.push({
      ...{ what: `p95 of searches on ${store}, ms`, value: percentile(all, 0.95), most: 50 },
    });
    findings.marks.push({
      ...{ what: `p99 of GET / beside searches on ${store}, ms`, most: 100 },
      value: percentile(beside, 0.99),
    });
  } catch (cause) {
    throw new Error(`serve: ${output.stderr}`, { cause });
  } finally {
    child.kill();
    await closed;
  }
}

function figures(times: readonly number[]) {
  return { p50: median(times), p95: percentile(times, 0.95), p99: percentile(times, 0.99) };
}

/** What people search for. */
interface Kind {
  name: string;
  /** Of a hundred searches, how many are like that. */
  share: number;
  q(one: (words: readonly string[]) => string, roll: (sides: number) => number): string;
  days?: true;
}

const HALF = 'model language data training large methods tasks performance learning'.split(' ');
const SOME =
  'diffusion agents reinforcement multimodal safety reward robot retrieval graph speech memory'.split(
    ' ',
  );
const rare = (roll: (sides: number) => number) => madeUp(2_000 + roll(20_000));

const KINDS: Kind[] = [
  { name: 'one word of half the papers', share: 10, q: (one) => one(HALF) },
  { name: 'one word of some', share: 15, q: (one) => one(SOME) },
  { name: 'a rare word', share: 10, q: (_one, roll) => rare(roll) },
  { name: 'two words', share: 22, q: (one) => `${one(SOME)} ${one(HALF)}` },
  {
    name: 'four words',
    share: 8,
    q: (one) => `${one(SOME)} ${one(SOME)} ${one(HALF)} ${one(HALF)}`,
  },
  { name: 'a phrase', share: 8, q: (one) => `"${one(SOME)} ${one(HALF)}"` },
  { name: 'a common phrase', share: 4, q: (one) => `"${one(HALF)} ${one(HALF)}"` },
  { name: 'a beginning', share: 3, q: (one) => `${one(SOME).slice(0, 4)}*` },
  { name: 'without a word', share: 3, q: (one) => `${one(SOME)} -${one(HALF)}` },
  { name: 'some days', share: 7, q: (one) => `${one(SOME)} ${one(HALF)}`, days: true },
  { name: 'an author', share: 6, q: (_one, roll) => `author:${madeUp(900_000 + roll(3_000))}` },
  { name: 'nonsense', share: 4, q: (_one, roll) => `"(${roll(99)} NEAR -* x${roll(999)}` },
];

function address(url: string, { q, days }: Kind, nth: number): string {
  const roll = dice(nth * 7 + 13);
  const one = (words: readonly string[]) => words[roll(words.length)] ?? '';
  const fields = new URLSearchParams({ q: q(one, roll) });
  if (days) {
    const month = String(1 + roll(12)).padStart(2, '0');
    fields.set('from', `2025-${month}-01`);
    fields.set('to', `2025-${month}-28`);
  }
  return `${url}/search?${fields}`;
}
