import { setTimeout as sleep } from 'node:timers/promises';
import type { Editions } from './editions.js';
import type { MailRoom } from './mail-room.js';
import type { Place } from './place.js';
import type { Programs, Stop } from './programs.js';
import type { Readers } from './readers.js';

/** What was left when everything was well again. */
export interface Drained {
  ms: number;
  /** Deliveries that are still to be tried. */
  open: number;
  /** Readers who never got an answer that they have left. */
  leaving: number;
  /** Whether each process ended as it should when it was told to. */
  stops: Stop[];
}

interface DrainDeps {
  place: Place;
  room: MailRoom;
  programs: Programs;
  readers: Readers;
  editions: Editions;
  say: (line: string) => void;
}

const LIMIT = 300_000;
/** Without progress for so long, the clock is set ahead to the next tries. */
const STILL = 20_000;
const AHEAD = 20 * 60_000;
const OPEN = `
  select count(*) as n from deliveries
  where state in ('planned', 'claimed', 'sending', 'deferred')
    or (state = 'uncertain' and ended_at is null)`;

/** Waits until all digests are out and all leavers gone, while nothing goes wrong any more. */
export async function drain(deps: DrainDeps): Promise<Drained> {
  const { place, room, programs, readers, editions, say } = deps;
  const began = Date.now();
  room.mood = 'well';
  place.source.fail(null);
  place.clock.set(0);
  await editions.finish();
  let last = { open: -1, at: Date.now() };
  let leaving = await readers.leaveAgain();
  while (Date.now() - began < LIMIT) {
    const open = await countOpen(place);
    if (open === 0 && leaving === 0) break;
    if (open !== last.open) last = { open, at: Date.now() };
    if (Date.now() - last.at > STILL) {
      say(`${open} deliveries wait; the clock is set ahead`);
      await liftPauses(place);
      if (place.storeFolder !== null) place.clock.set(place.clock.shift + AHEAD);
      last.at = Date.now();
    }
    await sleep(500);
    leaving = await readers.leaveAgain();
  }
  const ms = Date.now() - began;
  return { ms, open: await countOpen(place), leaving, stops: await programs.stop() };
}

async function countOpen(place: Place): Promise<number> {
  const [row] = await place.rows<{ n: number | string }>(OPEN);
  return Number(row?.n ?? 0);
}

/** Too many complaints of one domain pause its digests, until the operator says otherwise. */
async function liftPauses(place: Place): Promise<void> {
  const held = await place.rows<{ domain: string }>(
    "select domain from holds where code in ('complaints', 'bounces')",
  );
  for (const { domain } of held) await place.run(['holds', 'lift', domain]);
}
