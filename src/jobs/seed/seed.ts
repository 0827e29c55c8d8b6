import { addDays, dayAt, startOfDay } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { addCounts, type DeliveryCounts, NO_DELIVERIES } from '../../delivery/delivery.js';
import { SUGGESTION_STATES } from '../../editions/suggestion.js';
import { Chance } from './chance.js';
import { MadeUpPapers } from './made-up-papers.js';
import { makeUpReaders } from './made-up-readers.js';
import { SeedEditions } from './seed-editions.js';
import { seedTrouble, sendDue } from './seed-mails.js';
import { SeedReaders } from './seed-readers.js';
import type { SeedDeps } from './seed-store.js';

const SEED = 20_260_302;
const READERS = 1_000;
const DAYS = 60;
/** The last days whose editions are sent; those before were there when the service was small. */
const SENT_DAYS = 10;
/** Readers suggest papers on the last days. */
const SUGGESTED_DAYS = 24;

const HOUR = 3_600_000;
/** Between two looks at what is due. */
const STEP = 3 * HOUR;
/** Hours of a day. */
const [JOIN, PICK, FINISH, ACT, REFRESH] = [6, 8, 9, 20, 21];

export interface SeedReport {
  subscribers: Record<string, number>;
  /** Daily editions. */
  editions: number;
  deliveries: DeliveryCounts;
  suggestions: Record<string, number>;
}

/**
 * Fills an empty store with made-up readers and papers, up to the moment at which the clock stands.
 * It is the same each time, counted back from today. All is written, or nothing.
 * @throws PaperboyError `store_not_empty`
 */
export async function seed(deps: SeedDeps): Promise<SeedReport> {
  await expectEmpty(deps);
  const end = deps.clock.now();
  // A transaction for each of some thousand steps would take many times as long.
  await deps.store.atomically((stores) => {
    const store = { ...stores, atomically: <T>(work: (all: typeof stores) => T) => work(stores) };
    return fill({ ...deps, store }, end);
  });
  return report(deps);
}

async function fill(deps: SeedDeps, end: number): Promise<void> {
  const { clock, timezone } = deps;
  const today = dayAt(end, timezone);
  const chance = new Chance(SEED);
  const papers = new MadeUpPapers(chance, today, DAYS);
  const readers = new SeedReaders(deps, chance);
  const editions = new SeedEditions(deps, chance, papers);
  const everybody = makeUpReaders(chance, READERS);
  const perDay = Math.ceil(READERS / (DAYS - 1));
  clock.set(startOfDay(addDays(today, 1 - DAYS), timezone));

  for (let number = 0; number < DAYS; number++) {
    const day = addDays(today, number - DAYS + 1);
    const isToday = day === today;
    const until = (hour: number) =>
      passTime(deps, chance, Math.min(startOfDay(day, timezone) + hour * HOUR, end));
    await until(JOIN);
    await readers.join(everybody.splice(0, isToday ? 0 : perDay), number);
    await until(PICK);
    await editions.make(day);
    if (number % 5 === 0 || isToday) await editions.curate(day);
    const isSuggested = number % 2 === 1 && number >= DAYS - SUGGESTED_DAYS;
    if (isSuggested) await editions.suggest(day, isToday);
    await until(FINISH);
    // The newest stays a draft, for an editor to change.
    if (!isToday) await editions.finish(day, number >= DAYS - SENT_DAYS);
    await until(ACT);
    await readers.act(isToday ? Number.POSITIVE_INFINITY : number);
    await until(REFRESH);
    if (number >= DAYS - SENT_DAYS) await editions.refreshVotes(day);
  }
  await seedTrouble(deps);
}

/** Lets time pass, and sends what falls due meanwhile. */
async function passTime(deps: SeedDeps, chance: Chance, to: number): Promise<void> {
  const { clock } = deps;
  while (clock.now() < to) {
    clock.set(Math.min(clock.now() + STEP, to));
    await sendDue(deps, chance);
  }
}

async function expectEmpty({ store }: SeedDeps): Promise<void> {
  const [reader] = await store.subscribers.list({ after: 0, limit: 1 });
  if (!reader && (await store.papers.newestListedDay()) === null) return;
  throw new PaperboyError(
    'store_not_empty',
    'The store is not empty. Set DATABASE_URL to a new one, or delete the file.',
  );
}

async function report({ store }: SeedDeps): Promise<SeedReport> {
  const editions = await store.editions.list({ limit: DAYS });
  const counts = await Promise.all(
    editions.map(async ({ id }) => ({ ...NO_DELIVERIES, ...(await store.ledger.counts(id)) })),
  );
  const suggestions = await store.suggestions.counts();
  return {
    subscribers: await store.subscribers.counts(),
    editions: editions.length,
    deliveries: counts.reduce(addCounts, NO_DELIVERIES),
    suggestions: Object.fromEntries(SUGGESTION_STATES.map((state) => [state, suggestions[state]])),
  };
}
