import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Bench, Findings, Kit, Mark } from './kit/bench.js';
import { start } from './kit/measure.js';
import { type Sent, sendAll } from './kit/paperboy.js';
import { type Sink, withSink } from './kit/sink.js';
import { median, medianRatio } from './kit/stats.js';

const PROXY = fileURLToPath(new URL('kit/slow-proxy.js', import.meta.url));
/** Milliseconds in each direction. */
const DELAY = 15;
const CONNECTIONS = [1, 2, 4, 8, 16, 32, 64];

export const latencyBench: Bench = {
  name: 'latency',
  about: `Paperboy to a server that is ${2 * DELAY} ms away and back, by connections`,
  run,
};

async function run(kit: Kit): Promise<Findings> {
  const settings = kit.quick ? [1, 64] : CONNECTIONS;
  const results = settings.map((connections) => ({ connections, sent: [] as Sent[] }));
  for (let round = 1; round <= kit.rounds; round++) {
    for (const { connections, sent } of results) {
      sent.push(await sendFar(kit, connections));
      kit.say(`round ${round}: ${connections}: ${Math.round(sent.at(-1)?.rate ?? 0)} mails/s`);
    }
  }
  const rates = ({ sent }: { sent: Sent[] }) => sent.map(({ rate }) => rate);
  const [single] = results;
  if (!single) throw new Error('Nothing was measured.');
  const marks = results.slice(1).map((result, index): Mark => {
    const before = results[index] ?? single;
    return {
      what: `${result.connections} connections / ${before.connections}`,
      value: medianRatio(rates(result), rates(before)),
      // It grows: by how much, the table tells.
      least: 1.05,
    };
  });
  const rows = results.map((result) => ({
    what: `${result.connections} connections`,
    mails: mailsFor(kit, result.connections),
    rate: median(rates(result)),
    ratio: medianRatio(rates(result), rates(single)),
    peak: median(result.sent.map(({ peakMb }) => peakMb)),
  }));
  return { rows, marks, skipped: [] };
}

/** As many as take about the same time with any number of connections, while they scale. */
function mailsFor(kit: Kit, connections: number): number {
  return connections * kit.size(24, 5);
}

async function sendFar(kit: Kit, connections: number): Promise<Sent> {
  const mails = mailsFor(kit, connections);
  const folder = await kit.stores.fresh({ readers: mails });
  return withSink((sink) =>
    withDistance(sink, (url) =>
      sendAll(folder, mails, { SMTP_URL: url, SMTP_CONNECTIONS: String(connections) }),
    ),
  );
}

/** In a process of its own, so that its work is not done in the bench's. */
async function withDistance<T>(sink: Sink, work: (url: string) => Promise<T>): Promise<T> {
  const args = [PROXY, String(sink.port), String(DELAY)];
  const { child, closed } = start(process.execPath, args, { cwd: tmpdir() });
  try {
    const [port] = await once(child.stdout, 'data');
    return await work(`smtp://127.0.0.1:${String(port).trim()}`);
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
}
