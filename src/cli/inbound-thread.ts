import { hostname } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorCode, toErrorMessage } from '../base/errors.js';
import { loadConfig } from '../config/config.js';
import { runInbound } from '../jobs/inbound/run-inbound.js';
import { toEhloName } from '../mail/host-names.js';
import { openServices } from '../services.js';
import type { InboundMessage } from './inbound-in-thread.js';
import type { WorkThreadData } from './work-in-thread.js';

// The thread in which `serve` and `worker` take mails that come back.

const tell = (message: InboundMessage) => parentPort?.postMessage(message);

async function work({ environment, timing }: WorkThreadData): Promise<void> {
  const services = await openServices(loadConfig(environment), timing, { warned: true });
  const { config, clock, logger, store, name: holder } = services;
  const stop = new AbortController();
  parentPort?.once('message', () => stop.abort());
  const name = toEhloName(config.publicUrl);
  const doors = { ...config.inboundDoors, name, machine: hostname() };
  try {
    const inbound = await services.inbound();
    await runInbound(
      doors,
      { inbound, clock, logger, timing, leases: store.leases, holder },
      stop.signal,
      () => tell({ listening: true }),
    );
  } catch (error) {
    const code = toErrorCode(error) ?? 'unknown_reason';
    tell({ failed: { code, message: toErrorMessage(error), port: findPort(error) } });
    throw error;
  } finally {
    await services.close();
    parentPort?.close();
  }
}

function findPort(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('port' in error)) return null;
  return typeof error.port === 'number' ? error.port : null;
}

await work(workerData);
