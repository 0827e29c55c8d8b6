import type { Timing } from '../base/timing.js';
import { loadConfig } from '../config/config.js';
import { tellOfAttack } from '../jobs/form-watch.js';
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

/** The services with their stores beside them, and settings by the names that jobs use. */
export function toJobDeps({ config, store, ...services }: Services) {
  const { editionTimezone, pickCron, freezeAfter, ranking, keep, publicUrl } = config;
  const settings = {
    ...{ editionTimezone, defaultTimezone: editionTimezone, pickCron, freezeAfter },
    defaultLanguage: config.language,
  };
  const onAttack = tellOfAttack(services);
  const { thumbnails } = config;
  return { ...services, ...store, ...settings, ranking, keep, publicUrl, onAttack, thumbnails };
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
