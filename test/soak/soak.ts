import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../torture/kills.js';
import type { StorePlace } from '../torture/scene.js';
import { drain } from './drain.js';
import { Editions } from './editions.js';
import { FaultRunner, listFaults, type SoakFault } from './faults.js';
import { type FloodResult, flood } from './flood.js';
import { MailRoom } from './mail-room.js';
import { People } from './people.js';
import { openPlace, type Place } from './place.js';
import { findUnderWay, Programs } from './programs.js';
import { Readers, type Tally } from './readers.js';
import { Returns } from './returns.js';
import { SoakClock } from './soak-clock.js';
import { collectEvidence, type SoakEvidence } from './soak-evidence.js';
import { SoakSite } from './soak-site.js';

export interface SoakOptions {
  minutes: number;
  seed: number;
  place: StorePlace;
  /** An empty folder, in which everything lies. */
  folder: string;
  say: (line: string) => void;
  /** The program, if it is not the built one. */
  main?: string;
}

/** Readers who are there from the beginning. */
const FIRST = 120;
const SECOND = 1_000;
/** As long as it takes to have each fault once: what readers do is spread over no less. */
const SHORTEST = 150 * SECOND;
/** The share of a run in which `serve` is killed; in the rest its memory is watched. */
const SERVE_KILLED_UNTIL = 0.45;

/** Lets readers and an operator live with the program while things go wrong, and gives what is to be judged. */
export async function soak(options: SoakOptions): Promise<SoakEvidence> {
  const { folder, seed } = options;
  const random = seeded(seed);
  const people = new People(random);
  const clock = new SoakClock(join(folder, 'clock'));
  const room = new MailRoom(clock, seeded(seed + 1), (letter) => people.receive(letter));
  await room.open();
  const place = await openPlace({ ...options, clock }, room.url);
  try {
    return await new Soak(options, { place, room, people, random }).run();
  } finally {
    await place.close();
    await room.close();
  }
}

interface Stage {
  place: Place;
  room: MailRoom;
  people: People;
  random: () => number;
}

class Soak {
  readonly tally: Tally = new Map();
  readonly faults: FaultRunner;
  readonly floods: FloodResult[] = [];
  /** Statuses of the first request to leave after each start of `serve`. */
  readonly afterRestarts: (number | null)[] = [];
  readonly programs: Programs;
  readonly site: SoakSite;
  readonly readers: Readers;
  readonly returns: Returns;
  readonly editions: Editions;

  constructor(
    readonly options: SoakOptions,
    readonly stage: Stage,
  ) {
    const { place, people, random } = stage;
    const { tally } = this;
    this.faults = new FaultRunner(() => findUnderWay(place));
    this.programs = new Programs(place);
    this.site = new SoakSite(place.site, random, this.faults);
    this.readers = new Readers(people, this.site, tally, random);
    this.returns = new Returns(place, { people, site: this.site, programs: this.programs, tally });
    this.editions = new Editions(place, people, this.programs);
  }

  async run(): Promise<SoakEvidence> {
    const { options, stage, programs, readers, editions } = this;
    const length = options.minutes * 60 * SECOND;
    await this.begin();
    const ending = new AbortController();
    const over = ending.signal;
    setMaxListeners(0, over);
    const measured = programs.measure(Math.max(500, length / 120), over);
    await Promise.all([
      this.injectFaults(length).then(() => ending.abort()),
      ...this.live(length, over),
      this.every(over, length / 25, () => editions.next()),
      measured,
    ]);
    options.say('the time is over; what is open is sent');
    await this.restartOnce();
    const drained = await drain({ ...stage, programs, readers, editions, say: options.say });
    return collectEvidence(this, drained);
  }

  /** Readers who were there before, an edition, and the program. */
  async begin(): Promise<void> {
    const { place, people } = this.stage;
    const emails = Array.from({ length: FIRST }, (_, n) => `first${n}@d${n % 30}.test`);
    const csv = join(place.folder, 'readers.csv');
    writeFileSync(csv, `email\n${emails.join('\n')}\n`);
    const { code, stderr } = await place.run(['subscribers', 'import', csv, '--confirmed']);
    if (code !== 0) throw new Error(stderr);
    for (const email of emails) people.add(email, 'active');
    await this.programs.serve();
    this.programs.start('worker');
    await this.editions.next();
  }

  /** What goes on all the time, each by itself. */
  live(length: number, over: AbortSignal): Promise<void>[] {
    const { readers, returns } = this;
    // So many of each in a run, whatever its length; the pages are read all the time.
    const paced = Math.max(length, SHORTEST);
    const times = (n: number, work: () => Promise<unknown>) => this.every(over, paced / n, work);
    return [
      ...Array.from({ length: 3 }, () => this.every(over, 150, () => readers.look())),
      times(140, () => readers.join()),
      times(200, () => readers.confirm()),
      times(50, () => readers.leave()),
      times(60, () => readers.leaveAgain()),
      times(20, () => readers.rejoin()),
      times(80, () => readers.choose()),
      times(15, () => readers.pause()),
      times(12, () => readers.resume()),
      times(16, () => readers.erase()),
      times(14, () => returns.importSome()),
      times(16, () => returns.bounce()),
      times(8, () => returns.bounceFile()),
      times(8, () => returns.complain()),
      times(8, () => returns.complainByHook()),
      times(10, () => returns.full()),
      times(6, () => returns.forge()),
    ];
  }

  async every(over: AbortSignal, ms: number, work: () => Promise<unknown>): Promise<void> {
    while (!over.aborted) {
      await sleep(ms * (0.5 + this.stage.random()), undefined, { signal: over }).catch(() => {});
      if (!over.aborted) await work();
    }
  }

  /** All faults in an order by chance, again and again; each comes once in a short run, too. */
  async injectFaults(length: number): Promise<void> {
    const began = Date.now();
    const list = listFaults({
      ...this.stage,
      programs: this.programs,
      startEdition: () => void this.editions.next(),
      afterRestart: () => this.leaveAtOnce(),
      flood: () => flood(this, this.floods),
    });
    // Long enough for a lock to be given up on.
    const lasts = Math.max(2_500, length / 40);
    for (let round = 0; round === 0 || Date.now() - began < length; round++) {
      for (const fault of this.shuffled(list)) {
        const passed = Date.now() - began;
        if (round > 0 && passed > length) return;
        if (fault.name.startsWith('serve') && passed > SERVE_KILLED_UNTIL * length && round > 0)
          continue;
        this.options.say(`${Math.round(passed / SECOND)} s: ${fault.name}`);
        await this.faults.run(fault, lasts);
        await sleep(lasts / 5);
      }
    }
  }

  /** The killing of `serve` early, so that its memory can be watched after it. */
  shuffled(list: readonly SoakFault[]): SoakFault[] {
    const { random } = this.stage;
    const drawn = list.map((fault) => ({
      fault,
      place: random() * (fault.name.startsWith('serve') ? SERVE_KILLED_UNTIL * 0.8 : 1),
    }));
    return drawn.sort((a, b) => a.place - b.place).map(({ fault }) => fault);
  }

  /** At the end, after its memory was watched. */
  async restartOnce(): Promise<void> {
    await this.programs.kill('serve');
    await this.programs.serve();
    await this.leaveAtOnce();
  }

  /** The first thing that is asked of a program that has just started. */
  async leaveAtOnce(): Promise<void> {
    if (!this.stage.people.pick('active', ({ unsubscribe }) => unsubscribe !== null)) return;
    const answer = await this.readers.leave();
    this.afterRestarts.push(answer?.status ?? null);
  }
}

export type SoakRun = Soak;
