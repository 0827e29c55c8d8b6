import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/program.js';
import type { Bench, Findings, Kit } from './kit/bench.js';
import { growTo, makeDue, makeLater } from './kit/grow.js';
import { load, untilReady } from './kit/load.js';
import { endings, inStore, launch } from './kit/paperboy.js';
import { withSink } from './kit/sink.js';
import { median, medianRatio, percentile } from './kit/stats.js';

/** Requests a second, whether or not the last one has been answered. */
const RATE = 25;
/** Milliseconds in which the sender notices what is due now, or no more, and finishes what it has. */
const SETTLE = 2_000;

export const webBench: Bench = {
  name: 'web',
  about: `GET / of a serve that is idle, and of the same one sending (${RATE} requests a second)`,
  run,
};

async function run(kit: Kit): Promise<Findings> {
  const folder = await kit.stores.fresh({ readers: 1, planned: true }, (store) => {
    growTo(store, kit.size(150_000, 3_000));
    makeLater(store);
  });
  const idle: number[][] = [];
  const busy: number[][] = [];
  const rates: number[] = [];
  await withServe(folder, async (url) => {
    const seconds = kit.size(12, 2);
    // What is compiled while a page is first shown is not what readers wait for later.
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
  });
  const p99 = (all: number[][]) => all.map((times) => percentile(times, 0.99));
  const p50 = (all: number[][]) => all.map((times) => percentile(times, 0.5));
  const ratio = medianRatio(p99(busy), p99(idle));
  return {
    rows: [
      { what: 'idle', p50: median(p50(idle)), p99: median(p99(idle)), ratio: 1 },
      {
        what: 'sending',
        rate: median(rates),
        p50: median(p50(busy)),
        p99: median(p99(busy)),
        ratio,
      },
    ],
    marks: [{ what: 'p99 while sending / idle', value: ratio, most: 3 }],
    skipped: [],
  };
}

/** Runs `work` beside a `serve` that sends into a sink. */
async function withServe(folder: string, work: (url: string) => Promise<void>): Promise<void> {
  await withSink(async (sink) => {
    const port = String(await freePort());
    const env = { SMTP_URL: sink.url, PORT: port };
    const { child, output, closed } = launch(folder, ['serve'], env);
    const url = `http://127.0.0.1:${port}`;
    try {
      await untilReady(`${url}/readyz`, () => child.exitCode !== null);
      await work(`${url}/`);
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
