/**
 * `npm run bench -- [NAME…] [--quick] [--rounds N] [--out FILE.json]`
 *
 * Figures of one run on one machine, of which only the ratios mean anything elsewhere. `--quick`
 * proves that the bench itself works; its figures mean nothing at all.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { interestsBench } from './interests.js';
import { type Bench, createKit, type Findings } from './kit/bench.js';
import { kept, machine, type Report, table } from './kit/report.js';
import { Skipped } from './kit/tools.js';
import { latencyBench } from './latency.js';
import { planBench } from './plan.js';
import { scaleBench } from './scale.js';
import { searchBench } from './search.js';
import { selectionsBench } from './selections.js';
import { sendBench } from './send.js';
import { sizeBench } from './size.js';
import { webBench } from './web.js';
import { workersBench } from './workers.js';

const BENCHES: Bench[] = [
  sendBench,
  selectionsBench,
  planBench,
  interestsBench,
  scaleBench,
  latencyBench,
  webBench,
  searchBench,
  workersBench,
  sizeBench,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  const names = BENCHES.map((bench) => bench.name).join(', ');
  process.stderr.write(`There is no benchmark "${unknown.join('", "')}"; there are ${names}.\n`);
  process.exit(2);
}

const kit = createKit(values.quick, Number(values.rounds));
const began = performance.now();
const benches: Record<string, Findings> = {};
try {
  for (const bench of BENCHES) {
    if (positionals.length > 0 && !positionals.includes(bench.name)) continue;
    process.stderr.write(`${bench.name}\n`);
    const findings = await bench.run(kit).catch((error: unknown) => {
      if (error instanceof Skipped) return { rows: [], marks: [], skipped: [error.message] };
      throw error;
    });
    benches[bench.name] = findings;
    process.stdout.write(`${table(bench.name, bench.about, findings)}\n`);
  }
} finally {
  kit.dispose();
}

const report: Report = {
  machine: machine(),
  quick: kit.quick,
  rounds: kit.rounds,
  seconds: Math.round((performance.now() - began) / 1000),
  benches,
};
if (values.out) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
const missed = Object.values(benches).flatMap(({ marks }) => marks.filter((mark) => !kept(mark)));
const told = kit.quick
  ? 'A quick run: it works, and its figures mean nothing.'
  : `${missed.length} marks missed.`;
process.stdout.write(`\n${told} ${report.seconds} s in all.\n`);
process.exitCode = missed.length > 0 && !kit.quick ? 1 : 0;
