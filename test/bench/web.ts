import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/program.js';
import type { Bench, Findings, Kit, Mark, Row } from './kit/bench.js';
import { growTo, makeDue, makeLater } from './kit/grow.js';
import { hammer, type Target } from './kit/hammer.js';
import { load, untilReady } from './kit/load.js';
import { start } from './kit/measure.js';
import { DATE, endings, inStore, launch } from './kit/paperboy.js';
import { withSink } from './kit/sink.js';
import { median, medianRatio, percentile } from './kit/stats.js';

/** Requests a second of readers, whether or not the last one has been answered. */
const RATE = 100;
/** Milliseconds in which the sender notices what is due now, or no more, and finishes what it has. */
const SETTLE = 2_000;
/** A page has to come at this share of the speed at which Fastify sends the same bytes. */
const SHARE = 0.8;
/** How often each side has its turn in a round; short ones meet the same troubles of the machine. */
const TURNS = 8;
const GZIP = { 'accept-encoding': 'gzip' };

export const webBench: Bench = {
  name: 'web',
  about: `Pages of a serve beside a bare Fastify route with the same bytes, in answers a second; and GET / of that serve while it is idle and while it sends (${RATE} requests a second)`,
  run,
};

async function run(kit: Kit): Promise<Findings> {
  const folder = await kit.stores.fresh({ readers: 1, planned: true }, (store) => {
    growTo(store, kit.size(150_000, 3_000));
    makeLater(store);
  });
  return withServe(folder, async (port) => {
    const pages = await comparePages(kit, port);
    const sending = await compareSending(kit, folder, `http://127.0.0.1:${port}/`);
    return {
      rows: [...pages.rows, ...sending.rows],
      marks: [...pages.marks, ...sending.marks],
      skipped: [],
    };
  });
}

type Comparison = { rows: Row[]; marks: Mark[] };

/** Turn by turn, so that what slows the machine down for a while slows both sides. */
async function comparePages(kit: Kit, port: number): Promise<Comparison> {
  const seconds = kit.size(0.5, 0.1);
  const compared: Comparison = { rows: [], marks: [] };
  for (const [what, path] of [
    ['GET /', '/'],
    [`GET /papers/${DATE}`, `/papers/${DATE}`],
  ] as const) {
    const { etag, body } = await fetchPage(port, path);
    await withBareRoute(kit, { etag, body }, async (bare) => {
      const page: Target = { port, path, headers: GZIP, status: 200 };
      const same: Target = { port: bare, path: '/', headers: GZIP, status: 200 };
      add(compared, what, await alternate(kit, seconds, page, same));
      if (path !== '/') return;
      const known = { ...GZIP, 'if-none-match': etag };
      add(
        compared,
        '304',
        await alternate(
          kit,
          seconds,
          { port, path, headers: known, status: 304 },
          { port: bare, path: '/unchanged', headers: known, status: 304 },
        ),
      );
    });
  }
  return compared;
}

interface Rates {
  ours: number[];
  bare: number[];
}

function add({ rows, marks }: Comparison, what: string, { ours, bare }: Rates): void {
  const ratio = medianRatio(ours, bare);
  rows.push({ what: `${what}, bare`, rate: median(bare), ratio: 1 });
  rows.push({ what, rate: median(ours), ratio });
  marks.push({ what: `${what} / bare route`, value: ratio, least: SHARE });
}

async function alternate(kit: Kit, seconds: number, page: Target, same: Target): Promise<Rates> {
  // What is compiled while a page is first shown is not what readers wait for later.
  for (const target of [page, same]) await hammer(target, seconds);
  const rates: Rates = { ours: [], bare: [] };
  for (let turn = 0; turn < kit.rounds * TURNS; turn++) {
    rates.bare.push(await hammer(same, seconds));
    rates.ours.push(await hammer(page, seconds));
  }
  return rates;
}

interface Page {
  etag: string;
  body: Buffer;
}

/** A page as it is sent: compressed. */
async function fetchPage(port: number, path: string): Promise<Page> {
  const { request } = await import('undici');
  const { headers, body } = await request(`http://127.0.0.1:${port}${path}`, { headers: GZIP });
  const { etag } = headers;
  if (typeof etag !== 'string') throw new Error(`${path} has no entity tag.`);
  return { etag, body: Buffer.from(await body.arrayBuffer()) };
}

async function withBareRoute(
  kit: Kit,
  { etag, body }: Page,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const file = join(kit.folder(), 'body.gz');
  writeFileSync(file, body);
  const program = fileURLToPath(new URL('kit/bare-server.js', import.meta.url));
  const { child, closed } = start(process.execPath, [program, file, etag], { cwd: kit.folder() });
  try {
    const [port] = await once(child.stdout, 'data');
    await work(Number(port));
  } finally {
    child.kill();
    await closed;
  }
}

async function compareSending(kit: Kit, folder: string, url: string): Promise<Comparison> {
  const idle: number[][] = [];
  const busy: number[][] = [];
  const rates: number[] = [];
  const seconds = kit.size(12, 2);
  await load(url, { rate: RATE, seconds: 1 });
  for (let round = 1; round <= kit.rounds; round++) {
    idle.push(await load(url, { rate: RATE, seconds }));
    inStore(folder, makeDue);
    await sleep(SETTLE);
    const from = Date.now();
    busy.push(await load(url, { rate: RATE, seconds }));
    rates.push(rateSince(folder, from));
    inStore(folder, makeLater);
    await sleep(SETTLE);
    kit.say(`round ${round}: ${Math.round(rates.at(-1) ?? 0)} mails/s while pages were read`);
  }
  const p99 = (all: number[][]) => all.map((times) => percentile(times, 0.99));
  const p50 = (all: number[][]) => all.map((times) => percentile(times, 0.5));
  const ratio = medianRatio(p99(busy), p99(idle));
  return {
    rows: [
      { what: 'idle', p50: median(p50(idle)), p99: median(p99(idle)), ratio: 1 },
      {
        what: `sending ${Math.round(median(rates))} mails a second`,
        p50: median(p50(busy)),
        p99: median(p99(busy)),
        ratio,
      },
    ],
    marks: [{ what: 'p99 while sending / idle', value: ratio, most: 2 }],
  };
}

/** Runs `work` beside a `serve` that sends into a sink. */
async function withServe<T>(folder: string, work: (port: number) => Promise<T>): Promise<T> {
  return withSink(async (sink) => {
    const port = await freePort();
    const env = { SMTP_URL: sink.url, PORT: String(port) };
    const { child, output, closed } = launch(folder, ['serve'], env);
    try {
      await untilReady(`http://127.0.0.1:${port}/readyz`, () => child.exitCode !== null);
      return await work(port);
    } catch (cause) {
      throw new Error(`serve: ${output.stderr}`, { cause });
    } finally {
      child.kill();
      await closed;
    }
  });
}

function rateSince(folder: string, from: number): number {
  const to = Date.now();
  const ended = endings(folder).filter((time) => time >= from && time <= to);
  return ended.length / ((to - from) / 1_000);
}
