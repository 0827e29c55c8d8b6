import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../base/logger.js';
import type { Trouble } from './circuit-breaker.js';
import type { SmtpWorker } from './smtp-worker.js';

export interface SilenceWatchDeps {
  workers: readonly SmtpWorker[];
  /** Milliseconds since a server last decided about a mail, `null` while no mail is under way. */
  undecidedFor(): number | null;
  clock: Clock;
  logger: Logger;
}

/** Milliseconds after which a server that does not reply is reported, and between two checks. */
const SILENCE = 60_000;
const CHECK_EVERY = 10_000;

/** Watches for servers that do not reply. */
export class SilenceWatch {
  readonly #deps: SilenceWatchDeps;
  #trouble: Trouble | null = null;

  constructor(deps: SilenceWatchDeps) {
    this.#deps = deps;
  }

  /** The server that does not reply, while it does not. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /**
   * Watches until `over` aborts or it gives up.
   * @param atMost milliseconds without a reply after which `giveUp` is called; `null` for never
   */
  async run(atMost: number | null, giveUp: () => void, over: AbortSignal): Promise<void> {
    const { workers, clock, undecidedFor } = this.#deps;
    while (!over.aborted) {
      await clock.sleep(CHECK_EVERY, over);
      this.#check();
      const undecided = undecidedFor();
      if (atMost === null || undecided === null) continue;
      const longest = Math.max(...workers.map(({ silentFor }) => silentFor));
      if (Math.min(longest, undecided) >= atMost) return giveUp();
    }
  }

  #check(): void {
    const { workers, logger } = this.#deps;
    const silent = workers.filter(({ silentFor }) => silentFor >= SILENCE);
    const [first] = silent;
    const wasSilent = this.#trouble !== null;
    this.#trouble = first ? toTrouble(first.relay.name, silent.length) : null;
    if (this.#trouble && !wasSilent) {
      logger.warn({ event: 'server_silent', ...this.#trouble }, 'the server does not answer');
    }
  }
}

function toTrouble(route: string, connections: number): Trouble {
  const many = connections === 1 ? 'one connection' : `${connections} connections`;
  return {
    code: 'smtp_silent',
    reason: `The SMTP server of the route ${route} has not answered on ${many} for a minute.`,
  };
}
