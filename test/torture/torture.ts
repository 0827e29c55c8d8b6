import { join } from 'node:path';
import type { RunningPaperboy } from '../support/program.js';
import { drawKills, furtherMails, type Kill, type Moment, seeded } from './kills.js';
import { MailServerProcess } from './mail-server-process.js';
import { readRecord } from './record.js';
import { type Scene, type StorePlace, setScene } from './scene.js';
import { judge, judgeStrike, type Struck, type Verdict } from './verdict.js';

export interface TortureOptions {
  place: StorePlace;
  subscribers: number;
  kills: number;
  connections: number;
  /** The share of replies that get lost on the wire. */
  lose: number;
  seed: number;
  /** An empty folder; the store and the server's record stay in it. */
  folder: string;
  say: (line: string) => void;
  /** The program, if it is not the built one. */
  main?: string;
}

/** A process that does not get to the moment of its kill is killed all the same, after this. */
const PATIENCE = 60_000;
/** The last `send` waits for the leases of the dead; it may have to be called once more. */
const FINISHES = 3;

/** Sends an edition with senders that are killed again and again, and judges what came of it. */
export async function torture(options: TortureOptions): Promise<Verdict> {
  const { place, subscribers, connections, lose, seed, folder } = options;
  const readers = Array.from({ length: subscribers }, (_, n) => `reader${n + 1}@reader.test`);
  const record = join(folder, 'record.jsonl');
  const server = await MailServerProcess.start({ record, seed, lose });
  try {
    const scene = await setScene({
      folder,
      place,
      smtpUrl: server.url,
      readers,
      connections,
      ...(options.main && { main: options.main }),
    });
    try {
      const run = new Run(options, scene, server, record);
      await run.kill(drawKills(options.kills, connections, seeded(seed)));
      await run.finish();
      return judge({
        readers,
        connections,
        strikes: run.strikes,
        record: readRecord(record),
        ledger: await scene.ledger.rows(),
      });
    } finally {
      await scene.close();
    }
  } finally {
    await server.close();
  }
}

class Run {
  readonly strikes: Struck[] = [];
  readonly #workers = new Set<string>();

  constructor(
    readonly options: TortureOptions,
    readonly scene: Scene,
    readonly server: MailServerProcess,
    readonly record: string,
  ) {}

  async kill(kills: readonly Kill[]): Promise<void> {
    for (const [index, { command, moment }] of kills.entries()) {
      const before = this.server.accepted;
      const running = this.scene.start(command);
      await Promise.race([this.#reached(moment, kills.length - index), running.exited]);
      const { signal, code } = await running.kill();
      this.server.release();
      await this.server.quiet();
      if (signal !== 'SIGKILL') throw endedItself(command, code, running);
      const strike = await this.#judged();
      this.strikes.push(strike);
      const accepted = this.server.accepted - before;
      this.options.say(
        `kill ${index + 1}: ${command}, ${toldOf(moment)}; ${accepted} mails recorded, ${strike.underWay.length} under way`,
      );
    }
  }

  async finish(): Promise<void> {
    for (let times = 1; times <= FINISHES; times++) {
      const { code, stderr } = await this.scene.finish();
      this.options.say(`the last send ended with exit code ${code}`);
      if (code === 0) return;
      this.options.say(stderr.trim());
    }
  }

  async #reached(moment: Moment, killsLeft: number): Promise<void> {
    const { server, options } = this;
    const share = moment.kind === 'time' ? 0.5 : moment.share;
    const left = Math.max(0, options.subscribers - server.accepted);
    const nth = server.accepted + furtherMails(share, left, killsLeft);
    const byTime = sleep(moment.kind === 'time' ? moment.ms : PATIENCE);
    if (moment.kind === 'held') {
      server.holdFrom(moment.stage, nth);
      await Promise.race([server.until(() => server.holding >= moment.held), byTime.over]);
    } else {
      await Promise.race([server.until(() => server.accepted >= nth), byTime.over]);
    }
    byTime.cancel();
  }

  async #judged(): Promise<Struck> {
    const ledger = await this.scene.ledger.rows();
    const { connections } = this.options;
    const strike = judgeStrike(ledger, readRecord(this.record), {
      connections,
      before: this.#workers,
    });
    for (const { worker } of ledger) if (worker !== null) this.#workers.add(worker);
    return strike;
  }
}

function sleep(ms: number): { over: Promise<void>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { over, cancel: () => clearTimeout(timer) };
}

function toldOf(moment: Moment): string {
  if (moment.kind === 'time') return `after ${moment.ms} ms at most`;
  if (moment.kind === 'held')
    return `with ${moment.held} replies to ${moment.stage === 'rcpt' ? 'RCPT' : 'the dot'} held back`;
  return 'in the midst';
}

function endedItself(command: string, code: number | null, { stdout, stderr }: RunningPaperboy) {
  return new Error(`${command} ended by itself with exit code ${code}.\n${stdout}${stderr}`);
}
