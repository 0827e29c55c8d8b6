import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import type { FaultMode } from '../support/huggingface.js';
import type { MailRoom, Mood } from './mail-room.js';
import type { Place, SoakCommand } from './place.js';
import type { Programs } from './programs.js';

/** Names of faults that something else goes by. */
export const SERVE_KILLED = 'serve is killed';
export const DISK_FULL = 'the disk is full';

/** What goes wrong in a run. `kind` says what it may explain. */
export interface SoakFault {
  name: string;
  kind: 'mail' | 'store' | 'source' | 'clock' | 'kill' | 'flood';
  /** Begins it; gives what ends it. */
  begin(): Promise<() => Promise<void>>;
  /** Why it can't be had here. */
  skipped?: string;
}

/** A fault as it was. */
export interface FaultWindow {
  name: string;
  kind: SoakFault['kind'];
  from: number;
  /** `null`: it is still going on. */
  to: number | null;
  /** Digests that the ledger had under way as it began. */
  underWay: string[];
}

export interface FaultDeps {
  place: Place;
  room: MailRoom;
  programs: Programs;
  startEdition: () => void;
  /** What is asked first of a program that has just started. */
  afterRestart: () => Promise<void>;
  flood: () => Promise<() => Promise<void>>;
}

const HOUR = 3_600_000;

/** All kinds of faults, in the order in which they are told. */
export function listFaults(deps: FaultDeps): SoakFault[] {
  const { place } = deps;
  const ofServers = place.storeFolder === null ? 'the database has a clock of its own' : undefined;
  return [
    mailDown(deps),
    mood(deps, 'the mail server is slow', 'slow'),
    mood(deps, 'the mail server puts off half', 'throttling'),
    locked(place),
    fullDisk(place),
    source(place, 'the source is down', { status: 503 }),
    source(place, 'the source answers with a page', 'html'),
    source(place, 'the source answers with half an answer', 'cut'),
    source(place, 'the source says nothing', 'hang'),
    clockSet(place, 'the clock is set three hours ahead', 3 * HOUR, ofServers),
    clockSet(place, 'the clock is set two hours back', -2 * HOUR, ofServers),
    killed(deps, 'serve'),
    killed(deps, 'worker'),
    killed(deps, 'send'),
    { name: 'strangers flood the form', kind: 'flood', begin: deps.flood },
  ];
}

function mailDown({ room }: FaultDeps): SoakFault {
  return {
    name: 'the mail server is down',
    kind: 'mail',
    begin: async () => {
      await room.close();
      return () => room.open();
    },
  };
}

function mood({ room }: FaultDeps, name: string, wanted: Mood): SoakFault {
  return {
    ...{ name, kind: 'mail' },
    begin: async () => {
      room.mood = wanted;
      return async () => {
        room.mood = 'well';
      };
    },
  };
}

function source({ source }: Place, name: string, mode: FaultMode): SoakFault {
  return {
    ...{ name, kind: 'source' },
    begin: async () => {
      source.fail(mode);
      return async () => source.fail(null);
    },
  };
}

function locked({ storeFolder }: Place): SoakFault {
  return {
    name: 'another program keeps the store locked',
    kind: 'store',
    ...(storeFolder === null && { skipped: 'a database is not locked as a whole' }),
    begin: async () => {
      const other = new SQLite(join(storeFolder ?? '', 'paperboy.db'), { timeout: 30_000 });
      other.exec('begin immediate');
      return async () => {
        other.exec('rollback');
        other.close();
      };
    },
  };
}

function fullDisk({ storeFolder, hasOwnDisk }: Place): SoakFault {
  const filler = join(storeFolder ?? '', 'filler');
  return {
    name: DISK_FULL,
    kind: 'store',
    ...(!hasOwnDisk && { skipped: 'only who may mount a small disk can fill it' }),
    begin: async () => {
      fill(filler);
      return async () => rmSync(filler);
    },
  };
}

/** Not a byte more fits then. */
function fill(file: string): void {
  const handle = openSync(file, 'a');
  for (const size of [1_048_576, 4_096]) {
    try {
      for (;;) writeSync(handle, Buffer.alloc(size));
    } catch {
      // Pieces of this size do not fit any more.
    }
  }
  closeSync(handle);
}

function clockSet({ clock }: Place, name: string, by: number, skipped?: string): SoakFault {
  return {
    ...{ name, kind: 'clock', ...(skipped !== undefined && { skipped }) },
    begin: async () => {
      clock.set(clock.shift + by);
      return async () => clock.set(clock.shift - by);
    },
  };
}

function killed(
  { programs, startEdition, afterRestart }: FaultDeps,
  command: SoakCommand,
): SoakFault {
  return {
    name: `${command} is killed`,
    kind: 'kill',
    begin: async () => {
      // While mails are sent, and of a command that runs for seconds it has to be there.
      startEdition();
      for (let tries = 0; tries < 100 && !programs.isRunning(command); tries++) await sleep(100);
      await programs.kill(command);
      return async () => {
        if (command === 'worker') programs.start('worker');
        if (command !== 'serve') return;
        await programs.serve();
        await afterRestart();
      };
    },
  };
}

/** Runs faults one after another, and remembers when. */
export class FaultRunner {
  readonly windows: FaultWindow[] = [];
  readonly skipped = new Map<string, string>();
  readonly #findUnderWay: () => Promise<string[]>;

  constructor(findUnderWay: () => Promise<string[]>) {
    this.#findUnderWay = findUnderWay;
  }

  /** What goes wrong at this moment. */
  get current(): string | undefined {
    return this.windows.find(({ to }) => to === null)?.name;
  }

  async run(fault: SoakFault, ms: number): Promise<void> {
    if (fault.skipped !== undefined) {
      this.skipped.set(fault.name, fault.skipped);
      return;
    }
    const { name, kind } = fault;
    const underWay = await this.#findUnderWay();
    const window: FaultWindow = { name, kind, from: Date.now(), to: null, underWay };
    this.windows.push(window);
    const end = await fault.begin();
    underWay.push(...(await this.#findUnderWay()));
    await sleep(ms);
    await end();
    window.to = Date.now();
  }

  /** Whether one of a kind, or of a name, goes on, or ended less than so long ago. */
  isOn(what: SoakFault['kind'] | typeof SERVE_KILLED, ago: number): boolean {
    const now = Date.now();
    return this.windows.some(
      ({ kind, name, to }) => [kind, name].includes(what) && (to ?? now) >= now - ago,
    );
  }
}
