import { toErrorCode, toErrorMessage } from '../../base/errors.js';
import type { LeaseList } from '../../base/leases.js';
import { TIMING } from '../../base/timing.js';
import type { LeaseDeps } from '../lease.js';
import {
  type Listener,
  type ListenerDeps,
  type ListenerOptions,
  startListener,
} from './listener.js';
import { loadTls, type TlsFiles } from './tls-files.js';

/** Where one of the listeners is to be. */
export interface Door {
  protocol: ListenerOptions['protocol'];
  host: string;
  port: number;
  /** The name that it greets with. */
  name: string;
  /** This machine: each has ports of its own. */
  machine: string;
  tls: TlsFiles | null;
  /** As of `ListenerOptions`. */
  fronts: readonly string[];
}

export type DoorKeeperDeps = ListenerDeps & LeaseDeps & { leases: LeaseList };

/** Milliseconds between two tries of a port at which another process of ours listens. */
const TRY_EVERY = 2_000;
/** Looks for who has a port, and milliseconds between them: one that starts beside us says so a little later. */
const LOOKS = 15;
const LOOK_AGAIN = 200;

/** By these leases processes say where they listen. They keep nobody out: the port does that. */
export const LISTENING = 'listens ';

/**
 * Keeps one listener. `serve` and `worker` of one machine have the same settings: the first one listens,
 * the others go on without and take its place when it has gone, so that what comes back is not lost.
 */
export class DoorKeeper {
  readonly #door: Door;
  readonly #deps: DoorKeeperDeps;
  #listener: Listener | null = null;

  private constructor(door: Door, deps: DoorKeeperDeps) {
    this.#door = door;
    this.#deps = deps;
  }

  /**
   * @throws what `listen` throws; `EADDRINUSE` only if no other process on this store has the port
   */
  static async open(door: Door, deps: DoorKeeperDeps): Promise<DoorKeeper> {
    const keeper = new DoorKeeper(door, deps);
    for (let looks = LOOKS; !(await keeper.#tryToListen()); looks--) {
      const other = await keeper.#findOther();
      if (other !== null) {
        const { protocol, port } = door;
        deps.logger.warn(
          { event: 'bounce_port_shared', protocol, port, listens: other },
          'another process of this service listens for mails that come back; this one takes its place when it ends',
        );
        break;
      }
      if (looks === 1) throw portTaken(door.port);
      await deps.clock.sleep(LOOK_AGAIN);
    }
    return keeper;
  }

  /** Says who listens, or waits for the port, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, timing = TIMING } = this.#deps;
    while (!signal.aborted) {
      if (this.#listener !== null || (await this.#tryToListen())) {
        await clock.sleep(timing.renewEvery, signal);
        if (!signal.aborted) await this.#tell();
      } else {
        await clock.sleep(TRY_EVERY, signal);
      }
    }
  }

  /** Takes the certificate that the files have by now. */
  renewTls(): void {
    const { tls } = this.#door;
    if (tls !== null) this.#listener?.renewTls(loadTls(tls));
  }

  async close(): Promise<void> {
    const { leases, holder } = this.#deps;
    if (this.#listener === null) return;
    await this.#listener.close();
    // Where the store is away, it runs out by itself.
    await leases.release(this.#lease, holder).catch(() => undefined);
  }

  /** @returns whether it listens; not if the port is taken */
  async #tryToListen(): Promise<boolean> {
    const { tls: files, machine: _, ...place } = this.#door;
    const { protocol, host, port } = place;
    try {
      const tls = files && loadTls(files);
      this.#listener = await startListener({ ...place, tls }, this.#deps);
    } catch (error) {
      if (toErrorCode(error) === 'EADDRINUSE') return false;
      throw error;
    }
    this.#deps.logger.info(
      { event: 'bounce_listening', protocol, host, port },
      'listening for mails that come back',
    );
    await this.#tell();
    return true;
  }

  async #tell(): Promise<void> {
    const { leases, holder, logger, timing = TIMING } = this.#deps;
    try {
      // Of one that was killed it may still be there; the next time it is over.
      await leases.take(this.#lease, holder, timing.lease);
    } catch (error) {
      logger.warn(
        { event: 'lease_not_renewed', lease: this.#lease, reason: toErrorMessage(error) },
        'a lease could not be renewed',
      );
    }
  }

  async #findOther(): Promise<string | null> {
    const { leases, holder } = this.#deps;
    const found = (await leases.held(this.#lease)).find((one) => one.name === this.#lease);
    return found === undefined || found.holder === holder ? null : toProcess(found.holder);
  }

  get #lease(): string {
    const { protocol, port, machine } = this.#door;
    return `${LISTENING}${protocol} ${port} ${machine}`;
  }
}

function portTaken(port: number): Error {
  return Object.assign(new Error(`Port ${port} is taken.`), { code: 'EADDRINUSE', port });
}

/** `machine:4711`, of a holder's whole name. */
export function toProcess(holder: string): string {
  return holder.split(':').slice(0, 2).join(':');
}
