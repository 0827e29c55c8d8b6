import type { Timing } from '../base/timing.js';
import { loadConfig } from '../config/config.js';
import { openServices, type Services } from '../services.js';

/** What all commands share. */
export interface CliContext {
  environment: NodeJS.ProcessEnv;
  timing: Timing;
  /** What the process ends with unless an error decides. */
  exitCode: number;
}

/** Runs `work` on opened services and closes them, however it ends. */
export async function withServices<T>(
  { environment, timing }: CliContext,
  work: (services: Services) => Promise<T>,
): Promise<T> {
  const services = await openServices(loadConfig(environment), timing);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

/** The answer of a command: one JSON object on one line, or a sentence for people. */
export function answer(json: boolean | undefined, object: object, sentence: string): void {
  process.stdout.write(json ? `${JSON.stringify(object)}\n` : `${sentence}\n`);
}

/** A line on standard error that is written over by the next, where a terminal watches. */
export function progress(json: boolean | undefined): ((text: string) => void) | undefined {
  if (json || !process.stderr.isTTY) return undefined;
  return (text) => process.stderr.write(`\r\u001B[2K${text}`);
}

/**
 * Aborts at the first SIGINT or SIGTERM, so that what is under way is finished; the second ends
 * the process at once, and the ledger tells the next one what was left.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  return stop.signal;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
