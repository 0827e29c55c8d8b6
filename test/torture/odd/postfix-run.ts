import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONNECTIONS, makeFolder, makeReaders, OddStore, type RunOptions } from './odd-store.js';
import { judgeOdd, type OddVerdict, type SendEnd } from './odd-verdict.js';
import type { Seen } from './oddity.js';
import { PostfixServer } from './postfix-server.js';

export interface PostfixRunOptions extends RunOptions {
  mails: number;
  restarts: number;
}

const DOMAINS = 8;
/** How long the server stays away each time, in milliseconds. */
const AWAY = 300;
/** The longest that one `send` may take before it is stopped. */
const LIMIT = 240_000;
/** How many times as long as without restarts, and without the time away, it may take. */
const FACTOR = 2;

/** Sends an edition to a real Postfix that is stopped and started again and again meanwhile. */
export async function tortureByRestarts(options: PostfixRunOptions): Promise<OddVerdict> {
  const { mails, restarts, folder, timed } = options;
  const readers = makeReaders(mails, DOMAINS);
  const store = await OddStore.make(makeFolder(folder, 'store'), readers);
  const plain = timed ? await sendTo(store, makeFolder(folder, 'plain'), mails, 0) : null;
  const sent = await sendTo(store, makeFolder(folder, 'restarts'), mails, restarts);
  const { rows, suppressed } = sent.look;
  const refused = rows.filter(({ state }) => state === 'refused').length;
  const verdict = judgeOdd(
    { ...sent, readers, rows, worst: { refused, suppressed, attemptsBefore: 0 } },
    { accepted: 'all', attempts: 'free', held: false },
    plain && { seconds: plain.seconds + sent.away, factor: FACTOR },
  );
  const most = restarts * CONNECTIONS;
  const { twice, violations } = verdict;
  if (twice > most) violations.push(`${twice} repeats are more than ${most}`);
  return verdict;
}

async function sendTo(origin: OddStore, folder: string, mails: number, restarts: number) {
  const store = origin.copyTo(folder);
  const server = await PostfixServer.start();
  try {
    const began = performance.now();
    const running = store.startSend(server.url, CONNECTIONS);
    let [over, late] = [false, false];
    const exited = running.exited.finally(() => {
      over = true;
    });
    const timer = setTimeout(() => {
      late = true;
      void running.stop('SIGTERM', LIMIT).catch(() => undefined);
    }, LIMIT);
    let [away, strikes] = [0, 0];
    for (let nth = 1; nth <= restarts && !over; nth++) {
      const from = (nth * mails) / (restarts + 1);
      while (!over && acceptedIn(store) < from) await sleep(20);
      away += await restart(server);
      strikes += 1;
    }
    const { code } = await exited;
    clearTimeout(timer);
    const seconds = (performance.now() - began) / 1_000;
    const sends: SendEnd[] = [{ code, held: null, stopped: late, late }];
    const seen = seenBy(await server.received(), server.log(), strikes);
    writeFileSync(join(folder, 'send.log'), running.stdout + running.stderr);
    writeFileSync(join(folder, 'postfix.log'), server.log());
    return { sends, seen, seconds, away, look: store.look() };
  } finally {
    await server.close();
  }
}

/** @returns the seconds for which it was away */
async function restart(server: PostfixServer): Promise<number> {
  const stopped = performance.now();
  await server.stop();
  await sleep(AWAY);
  await server.resume();
  return (performance.now() - stopped) / 1_000;
}

function acceptedIn(store: OddStore): number {
  return store.look().rows.filter(({ state }) => state === 'accepted').length;
}

/** Which replies were lost, only the wire knows: any may have been, and how many is counted. */
function seenBy(
  received: Awaited<ReturnType<PostfixServer['received']>>,
  log: string,
  strikes: number,
): Seen {
  const uploads = received.map((mail) => ({
    ...mail,
    outcome: 'accepted' as const,
    replyLost: true,
  }));
  const connections = log.match(/: connect from /g)?.length ?? 0;
  return { uploads, strikes, connections, logins: 0, refused: [], firstAt: null };
}
