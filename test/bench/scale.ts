import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Findings, Kit, Row } from './kit/bench.js';
import { growTo, makeDue } from './kit/grow.js';
import { cpuAt, Watch } from './kit/measure.js';
import { DATE, inStore, launch } from './kit/paperboy.js';
import { withSink } from './kit/sink.js';
import { median, medianRatio } from './kit/stats.js';

export const scaleBench: Bench = {
  name: 'scale',
  about:
    'The same stretch of mails (the 1,000th to the 10,000th) out of a store with few and with many deliveries due',
  run,
};

/** What a stretch of mails took, from its first mail to its last. */
interface Stretch {
  rate: number;
  /** CPU seconds for 1,000 mails. */
  cpu: number;
  /** Of the whole process, planning included. */
  peak: number;
}

async function run(kit: Kit): Promise<Findings> {
  const few = kit.size(10_000, 300);
  const many = kit.size(1_000_000, 5_000);
  const stretch = { from: few / 10, to: few };
  const store = await kit.stores.fresh({ readers: 1, planned: true }, (database) => {
    growTo(database, many);
    makeDue(database);
  });
  kit.say(`a store with ${many} deliveries is ready`);
  const small: Stretch[] = [];
  const large: Stretch[] = [];
  for (let round = 1; round <= kit.rounds; round++) {
    const fresh = await kit.stores.fresh({ readers: 1, planned: true }, (database) => {
      growTo(database, few);
      makeDue(database);
    });
    small.push(await send(fresh, { ...stretch, stopAt: few }));
    // Each round goes on where the last one stopped: what is left is still nearly all of it. It
    // goes on for longer than it is measured, to see whether memory grows.
    large.push(await send(store, { ...stretch, stopAt: 3 * few }));
    kit.say(`round ${round}: ${[small, large].map((all) => Math.round(all.at(-1)?.rate ?? 0))}`);
  }
  const row = (readers: number, all: Stretch[]): Row => ({
    what: `${readers.toLocaleString('en-GB')} due`,
    rate: median(all.map(({ rate }) => rate)),
    cpu: median(all.map(({ cpu }) => cpu)),
    peak: Math.max(...all.map(({ peak }) => peak)),
  });
  const ratio = (figure: (stretch: Stretch) => number) =>
    medianRatio(large.map(figure), small.map(figure));
  return {
    rows: [row(few, small), row(many, large)],
    marks: [
      { what: 'time for a mail, many / few', value: 1 / ratio(({ rate }) => rate), most: 1.2 },
      { what: 'CPU for a mail, many / few', value: ratio(({ cpu }) => cpu), most: 1.2 },
      {
        what: 'memory with many, MB',
        value: Math.max(...large.map(({ peak }) => peak)),
        most: 300,
      },
    ],
    skipped: [],
  };
}

/** Sends until `stopAt` mails have ended, and looks at those between `from` and `to`. */
async function send(
  folder: string,
  { from, to, stopAt }: { from: number; to: number; stopAt: number },
): Promise<Stretch> {
  const began = Date.now();
  return withSink(async (sink) => {
    const args = ['send', '--date', DATE, '--now', '--json'];
    const { child, pid, closed, output } = launch(folder, args, { SMTP_URL: sink.url });
    const watch = new Watch(pid);
    const first = firstOpen(folder);
    while (child.exitCode === null && isOpen(folder, first + stopAt - 1)) await sleep(100);
    child.kill();
    await closed;
    const { peakMb } = watch.stop();
    const times = endingsSince(folder, began);
    const begin = times[from - 1];
    const end = times[to - 1];
    if (begin === undefined || end === undefined)
      throw new Error(`Only ${times.length} ended: ${output.stderr}`);
    const cpu = cpuAt(watch.samples, end) - cpuAt(watch.samples, begin);
    return {
      rate: ((to - from) / (end - begin)) * 1_000,
      cpu: (cpu / (to - from)) * 1_000,
      peak: peakMb,
    };
  });
}

/** They are sent in the order of their ids, since all are due at the same moment. */
function firstOpen(folder: string): number {
  return inStore(
    folder,
    (store) =>
      store
        .prepare<[], number>('select min(id) from deliveries where ended_at is null')
        .pluck()
        .get() ?? 0,
  );
}

function isOpen(folder: string, id: number): boolean {
  return inStore(
    folder,
    (store) =>
      store
        .prepare<[number], number>('select 1 from deliveries where id = ? and ended_at is null')
        .pluck()
        .get(id) !== undefined,
  );
}

function endingsSince(folder: string, moment: number): number[] {
  return inStore(folder, (store) =>
    store
      .prepare<[number], number>(
        'select ended_at from deliveries where ended_at >= ? order by ended_at',
      )
      .pluck()
      .all(moment),
  );
}
