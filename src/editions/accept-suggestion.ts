import type { Clock } from '../base/clock.js';
import { addDays, type Day } from '../base/day.js';
import { PaperboyError, toErrorCode } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { ingest } from '../papers/ingest.js';
import type { ListedPaper } from '../papers/paper.js';
import { type PaperStore, SUGGESTED } from '../papers/paper-store.js';
import type { PaperLookup } from '../sources/lookup.js';
import { listed, placeIn } from './curate-draft.js';
import { loadCuration, toDayRange } from './curated.js';
import { changeDraft, loadDraft } from './draft.js';
import type { Edition } from './edition.js';
import type { EditionStore } from './edition-store.js';
import type { Decided, Suggestion, SuggestionState, SuggestionStore } from './suggestion.js';

interface Stores {
  papers: PaperStore;
  editions: EditionStore;
  suggestions: SuggestionStore;
}

export interface AcceptDeps extends Stores {
  atomically<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
  lookup: PaperLookup;
  clock: Clock;
  logger: Logger;
  today(): Day;
}

export interface Accepted {
  paperId: string;
  title: string;
  day: Day;
  credit: string[];
  /** Where it stands in that day's draft; `null` while there is none, or it has no room for it. */
  place: number | null;
}

/**
 * Accepts a suggestion: its paper is listed for a day, the newest draft's or the next to come, and
 * is in that day's draft at once if there is one.
 * One that was declined may be accepted still.
 * @param options.credit the numbers of the suggesters whom the edition names, since others may come
 *   before this is done; `null` where nobody said
 * @throws PaperboyError `unknown_suggestion`, `suggestion_decided`, `bad_credit`, `unknown_paper`,
 *   `paper_withdrawn`, `paper_carried`, `paper_dropped`, `edition_frozen`, `source_failed`
 */
export async function acceptSuggestion(
  deps: AcceptDeps,
  paperId: string,
  { day: wanted, credit: numbers }: { day?: Day | undefined; credit: readonly number[] | null },
): Promise<Accepted> {
  const { suggestions, clock, logger } = deps;
  const suggestion = await findOpen(suggestions, paperId, ['pending', 'declined']);
  const credit = chooseCredit(suggestion, numbers);
  const from = suggestion.state;
  const day = wanted ?? (await nextDay(deps));
  const found = await lookUp(deps, paperId);
  if (found.paper.withdrawn) {
    throw new PaperboyError(
      'paper_withdrawn',
      `${paperId} was withdrawn, by its authors or by arXiv; decline the suggestion.`,
    );
  }
  await deps.atomically(async (stores) => {
    await checkDay(stores, paperId, day);
    const decision = { from, day, credit, at: clock.now() };
    if (!(await stores.suggestions.accept(paperId, decision))) {
      await findOpen(stores.suggestions, paperId, []);
    }
    await ingest({ ...stores, clock }, { source: SUGGESTED, day, papers: [found] });
  });
  logger.info({ event: 'suggestion_accepted', day, id: paperId, credit }, 'suggestion accepted');
  return { paperId, title: found.paper.title, day, credit, place: await enter(deps, day, paperId) };
}

/**
 * Declines suggestions: all of them, or none where one can't be declined.
 * @returns their papers
 * @throws PaperboyError `unknown_suggestion`, `suggestion_decided`
 */
export async function declineSuggestions(
  { atomically, clock, logger }: Pick<AcceptDeps, 'atomically' | 'clock' | 'logger'>,
  which: Decided,
  reason: string | null,
): Promise<string[]> {
  const declined = await atomically(async ({ suggestions }) => {
    const done = await suggestions.decline(which, { reason, at: clock.now() });
    if ('before' in which) return done;
    for (const id of which.paperIds) if (!done.includes(id)) await findOpen(suggestions, id, []);
    return done;
  });
  for (const id of declined)
    logger.info({ event: 'suggestion_declined', id, reason }, 'suggestion declined');
  return declined;
}

/** A suggestion in one of these states. */
async function findOpen(
  suggestions: SuggestionStore,
  paperId: string,
  states: readonly SuggestionState[],
): Promise<Suggestion> {
  const known = await suggestions.find(paperId);
  if (!known) {
    throw new PaperboyError('unknown_suggestion', `Nobody has suggested ${paperId}.`);
  }
  if (states.includes(known.state)) return known;
  throw new PaperboyError(
    'suggestion_decided',
    `The suggestion of ${paperId} is ${known.state} already.`,
  );
}

function chooseCredit(
  { paperId, suggesters }: Suggestion,
  numbers: readonly number[] | null,
): string[] {
  const named = suggesters.flatMap(({ name }, place) => (name ? [`${place + 1} ${name}`] : []));
  if (numbers === null) {
    if (named.length === 0) return [];
    throw new PaperboyError(
      'bad_credit',
      `${paperId} was suggested by ${named.join(', ')}; say by their numbers whom the edition names, as --credit 1, or --no-credit.`,
    );
  }
  return numbers.map((number) => {
    const name = suggesters[number - 1]?.name;
    if (name) return name;
    throw new PaperboyError(
      'bad_credit',
      `No name has the number ${number} among those who suggested ${paperId}; "suggestions list" shows them.`,
    );
  });
}

/** The newest draft's day, else the first that may still get an edition. */
async function nextDay({ editions, today }: AcceptDeps): Promise<Day> {
  const [newest] = await editions.list({ limit: 1 });
  if (newest?.state === 'draft') return newest.date;
  if (newest === undefined || newest.date < today()) return today();
  return addDays(newest.date, 1);
}

/** What a source says of the paper, or, where none does, the store. */
async function lookUp({ lookup, papers }: AcceptDeps, paperId: string): Promise<ListedPaper> {
  let failure: unknown;
  const found = await lookup(paperId).catch((error: unknown) => {
    failure = error;
    return null;
  });
  if (found) return { ...found, paper: { ...found.paper, id: paperId, arxivId: paperId } };
  const [known] = await papers.byIds([paperId]);
  if (known) {
    const { signal, ...paper } = known;
    return { paper, signal };
  }
  if (failure !== undefined) throw failure;
  throw new PaperboyError(
    'unknown_paper',
    `No source knows the paper ${paperId}; decline the suggestion, or try again later.`,
  );
}

/** @throws PaperboyError `edition_frozen`, `paper_carried`, `paper_dropped` */
async function checkDay(stores: Stores, paperId: string, day: Day): Promise<void> {
  const { editions } = stores;
  const target = { kind: 'daily', date: day } as const;
  if (await editions.find(day))
    await checkDropped(stores, await loadDraft(editions, target), paperId);
  else await checkDroppedBefore(stores, paperId, day);
  if ((await editions.carriedOutside(toDayRange(target), [paperId])).size === 0) return;
  throw new PaperboyError(
    'paper_carried',
    `Another edition carries ${paperId} already, and no paper comes twice.`,
  );
}

/** An editor who has left the paper out must take that back, or it would not come. */
async function checkDropped(stores: Stores, draft: Edition, paperId: string): Promise<void> {
  const { pins, drops } = await loadCuration(stores, draft.id);
  const id = await todaysId(stores, paperId);
  if (drops.some((drop) => drop.paperId === id)) {
    throw new PaperboyError(
      'paper_dropped',
      `${paperId} was dropped from the edition of ${draft.date}; take it back with "paperboy edition restore ${id} --date ${draft.date}" first.`,
    );
  }
  if (!pins.some((pin) => pin.paperId === id)) {
    await checkDroppedBefore(stores, paperId, draft.date);
  }
}

async function checkDroppedBefore(stores: Stores, paperId: string, day: Day): Promise<void> {
  const id = await todaysId(stores, paperId);
  const drop = (await stores.editions.droppedBefore({ kind: 'daily', date: day }, [id])).get(id);
  if (!drop) return;
  throw new PaperboyError(
    'paper_dropped',
    `${paperId} was dropped from the edition of ${drop.date}, so none after it takes it, unless it is pinned there with "paperboy edition pin".`,
  );
}

async function todaysId({ papers }: Stores, paperId: string): Promise<string> {
  return (await papers.todaysIds([paperId])).get(paperId) ?? paperId;
}

async function enter(deps: AcceptDeps, day: Day, paperId: string): Promise<number | null> {
  if ((await deps.editions.find(day)) === null) return null;
  try {
    const target = { kind: 'daily', date: day } as const;
    const id = await todaysId(deps, paperId);
    return placeIn(await changeDraft(deps, target, listed(id)), id);
  } catch (error) {
    // Frozen since: the next edition has it.
    if (toErrorCode(error) === 'edition_frozen') return null;
    throw error;
  }
}
