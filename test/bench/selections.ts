import type SQLite from 'better-sqlite3';
import type { Bench, Findings, Kit, Row } from './kit/bench.js';
import { type Sent, sendAll } from './kit/paperboy.js';
import { dice } from './kit/papers.js';
import { withSink } from './kit/sink.js';
import { median, medianRatio } from './kit/stats.js';

/** More papers than a selection holds, so that selections can differ. */
const PAPERS = 60;
const LENGTH = 20;

export const selectionsBench: Bench = {
  name: 'selections',
  about: 'Everybody with the same 20 papers, and with one of 1,000 selections of 20 out of 60',
  run,
};

async function run(kit: Kit): Promise<Findings> {
  const readers = kit.size(10_000, 200);
  const many = kit.size(1_000, 20);
  const one: Sent[] = [];
  const spread: Sent[] = [];
  for (let round = 1; round <= kit.rounds; round++) {
    one.push(await send(kit, readers));
    spread.push(await send(kit, readers, (store) => spreadSelections(store, many)));
    kit.say(`round ${round}: ${[one, spread].map((all) => Math.round(all.at(-1)?.rate ?? 0))}`);
  }
  const rates = (all: Sent[]) => all.map(({ rate }) => rate);
  const row = (what: string, all: Sent[]): Row => ({
    what,
    mails: readers,
    rate: median(rates(all)),
    ratio: medianRatio(rates(all), rates(one)),
    cpu: median(all.map(({ cpuSeconds }) => (cpuSeconds / readers) * 1_000)),
    peak: median(all.map(({ peakMb }) => peakMb)),
    wall: median(all.map(({ wallSeconds }) => wallSeconds)),
  });
  const slower = medianRatio(rates(one), rates(spread));
  return {
    rows: [row('one selection', one), row(`${many} selections`, spread)],
    marks: [{ what: 'time with many selections / with one', value: slower, most: 1.3 }],
    skipped: [],
  };
}

async function send(kit: Kit, readers: number, change?: (store: SQLite.Database) => void) {
  const folder = await kit.stores.fresh({ readers, papers: PAPERS, planned: true }, change);
  return withSink((sink) => sendAll(folder, readers, { SMTP_URL: sink.url }));
}

/** Each neighbour in the order of sending gets another selection: the hardest order for a cache. */
function spreadSelections(store: SQLite.Database, count: number): void {
  const edition = store.prepare<[], number>('select id from editions').pluck().get();
  const papers = store
    .prepare<[], string>('select paper_id from edition_papers order by rank')
    .pluck()
    .all();
  const insert = store.prepare<[number, number | undefined, string, string]>(
    'insert into selections (id, edition_id, papers, hash) values (?, ?, ?, ?)',
  );
  store.transaction(() => {
    for (let nth = 0; nth < count; nth++) {
      insert.run(1_000 + nth, edition, JSON.stringify(choose(papers, nth)), `bench ${nth}`);
    }
    store.prepare('update deliveries set selection_id = 1000 + id % ?').run(count);
  })();
}

/** Another 20 for each `nth`, in the edition's order. */
function choose(papers: readonly string[], nth: number): string[] {
  const roll = dice(nth + 1);
  const drawn = papers.map((paper) => ({ paper, lot: roll(1_000_000) }));
  drawn.sort((a, b) => a.lot - b.lot);
  const chosen = new Set(drawn.slice(0, LENGTH).map(({ paper }) => paper));
  return papers.filter((paper) => chosen.has(paper));
}
