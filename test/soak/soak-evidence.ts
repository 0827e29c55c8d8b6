import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.js';
import { openStore } from '../../src/store/open.js';
import type { Drained } from './drain.js';
import type { SoakEdition } from './editions.js';
import type { FaultWindow } from './faults.js';
import type { FloodResult } from './flood.js';
import type { SoakMail } from './mail-room.js';
import type { Person } from './people.js';
import type { Place } from './place.js';
import type { Killing, MemorySample } from './programs.js';
import type { SoakRun } from './soak.js';
import type { RouteCount } from './soak-site.js';

/** A digest as it lies in the ledger at the end. */
export interface DigestRow {
  email: string;
  date: string;
  kind: string;
  state: string;
  worker: string | null;
  reply: string | null;
  ended_at: number | string | null;
}

export interface SubscriberRow {
  email: string;
  state: string;
}

/** All that is known at the end of a run: nothing in it is judged yet. */
export interface SoakEvidence {
  record: readonly SoakMail[];
  people: readonly Person[];
  editions: readonly SoakEdition[];
  windows: readonly FaultWindow[];
  killings: readonly Killing[];
  memory: readonly MemorySample[];
  deaths: readonly string[];
  /** Addresses that the mail server said it has no mailbox for. */
  refused: ReadonlySet<string>;
  digests: readonly DigestRow[];
  subscribers: readonly SubscriberRow[];
  drained: Drained;
  pages: {
    statuses: ReadonlyMap<number, number>;
    unanswered: number;
    routes: ReadonlyMap<string, RouteCount>;
    faults: readonly string[];
  };
  /** Sinks in which something from outside was more than text. */
  sinks: {
    markup: readonly string[];
    injected: readonly string[];
    controls: number;
    formulas: number;
  };
  floods: readonly FloodResult[];
  afterRestarts: readonly (number | null)[];
  askedOnce: readonly { person: Person; at: number }[];
  /** Deleted addresses that are in the store's files; `null` where there are none to look at. */
  kept: readonly string[] | null;
  tally: ReadonlyMap<string, number>;
  codes: ReadonlyMap<string, number>;
  skipped: ReadonlyMap<string, string>;
}

const DIGESTS = `
  select s.email, e.date, e.kind, d.state, d.worker, d.reply, d.ended_at from deliveries d
  join subscribers s on s.id = d.subscriber_id join editions e on e.id = d.edition_id order by d.id`;

/** Looks at the store once all programs have ended. */
export async function collectEvidence(run: SoakRun, drained: Drained): Promise<SoakEvidence> {
  const { place, room, people } = run.stage;
  const { programs, site, editions, faults, floods, afterRestarts, readers, tally } = run;
  const csv = await place.run(['subscribers', 'export']);
  const digests = await place.rows<DigestRow>(DIGESTS);
  const subscribers = await place.rows<SubscriberRow>('select email, state from subscribers');
  const deleted = [...people.all.values()].filter(({ state }) => state === 'deleted');
  return {
    ...{ record: room.record, people: [...people.all.values()], editions: editions.sent },
    ...{ windows: faults.windows, killings: programs.killings, memory: programs.memory },
    ...{ deaths: programs.deaths, refused: room.refused, digests, subscribers, drained },
    ...{ floods, afterRestarts, askedOnce: readers.askedOnce, tally, codes: editions.codes },
    skipped: faults.skipped,
    pages: site,
    sinks: {
      ...{ markup: site.markup, injected: room.injected, controls: programs.controls },
      formulas: csv.stdout.match(/(?:^|,)"?=/gm)?.length ?? 0,
    },
    kept: await findKept(place, deleted),
  };
}

/** Deleted addresses in the files, after the cleaning that `serve` does every ten minutes. */
async function findKept(place: Place, deleted: readonly Person[]): Promise<string[] | null> {
  const { storeFolder } = place;
  if (storeFolder === null) return null;
  const database = { kind: 'sqlite', file: join(storeFolder, 'paperboy.db') } as const;
  const store = await openStore(database, systemClock);
  await store.retention.cleanFiles();
  await store.close();
  const all = readdirSync(storeFolder)
    .map((name) => readFileSync(join(storeFolder, name), 'latin1').toLowerCase())
    .join('\n');
  // One address may be the end of another.
  return deleted.map(({ email }) => email).filter((email) => holds(all, email));
}

function holds(text: string, email: string): boolean {
  return new RegExp(`(?<![a-z0-9])${email.replaceAll('.', '\\.')}`).test(text);
}
