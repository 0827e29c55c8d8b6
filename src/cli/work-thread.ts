import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { loadConfig } from '../config/config.js';
import type { Sender } from '../delivery/sending/sender.js';
import { runWorker } from '../jobs/work.js';
import { openServices } from '../services.js';
import type { WorkThreadData } from './work-in-thread.js';
import { buildWorkDeps } from './worker.js';

// The thread in which `serve` does the work of `worker`: composing, writing to the ledger and SMTP
// would hold up the pages in the event loop that answers them.

/** How often it says how the sender is. */
const TELL_EVERY = 1_000;
/** Below the pages, for which somebody waits. On Linux a niceness is the thread's own. */
const NICENESS = 5;

async function work({ environment, timing }: WorkThreadData): Promise<void> {
  if (process.platform === 'linux') setPriority(NICENESS);
  const services = await openServices(loadConfig(environment), timing, { warned: true });
  const stop = new AbortController();
  parentPort?.once('message', () => stop.abort());
  let sender: Sender | undefined;
  const tell = () => {
    if (sender) parentPort?.postMessage(sender.status);
  };
  const telling = setInterval(tell, TELL_EVERY);
  try {
    await runWorker(await buildWorkDeps(services), stop.signal, (next) => {
      sender = next;
      tell();
    });
  } finally {
    clearInterval(telling);
    await services.close();
    parentPort?.close();
  }
}

await work(workerData);
