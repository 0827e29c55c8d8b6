import { setTimeout as sleep } from 'node:timers/promises';
import type { Editions } from './editions.js';
import { count, type Readers, type Tally } from './readers.js';
import type { SoakSite } from './soak-site.js';

export const VICTIM = 'victim@gmail.com';
export const FLOODED = 'flooded.test';

/** A flood, and what became of the edition that was sent meanwhile. */
export interface FloodResult {
  /** Whether all digests of an edition were out before the flood ended. */
  digestsWent: boolean;
}

/** Longest time for an edition beside a flood. */
const PATIENCE = 180_000;

interface FloodDeps {
  site: SoakSite;
  readers: Readers;
  editions: Editions;
  tally: Tally;
}

/**
 * Strangers who want mails to be sent: to one mailbox under ever new spellings, to one domain, to
 * everybody, as programs and as browsers. Goes on until an edition is out.
 */
export async function flood(
  { site, readers, editions, tally }: FloodDeps,
  results: FloodResult[],
): Promise<() => Promise<void>> {
  const began = Date.now();
  const stop = new AbortController();
  let nth = results.length * 10_000;
  const ask = async () => {
    nth += 1;
    const [emails, byProgram] = [victims(nth), nth % 5 === 0];
    const email = emails[nth % emails.length] ?? VICTIM;
    count(tally, 'requests of strangers');
    // Work is what they would rather not do.
    if (!byProgram) return readers.subscribe(email, nth % 10 === 1);
    return site.ask('POST', '/subscribe', {
      body: JSON.stringify({ email }),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
    });
  };
  const crowd = Array.from({ length: 2 }, async () => {
    while (!stop.signal.aborted) {
      await ask();
      await sleep(60);
    }
  });
  return async () => {
    const isOut = () => editions.sent.some(({ from, to }) => from >= began && to !== null);
    while (!isOut() && Date.now() - began < PATIENCE) await editions.next();
    results.push({ digestsWent: isOut() });
    stop.abort();
    await Promise.all(crowd);
  };
}

function victims(nth: number): string[] {
  return [
    VICTIM.replace('@', `+tag${nth}@`),
    nth % 2 === 0 ? 'v.i.c.t.i.m@googlemail.com' : 'VICTIM@GMAIL.COM',
    `box${nth}@${FLOODED}`,
    `somebody${nth}@f${nth % 50}.test`,
  ];
}
