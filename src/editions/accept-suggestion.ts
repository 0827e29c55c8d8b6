import type { Clock } from '../base/clock.js';
import { addDays, type Day } from '../base/day.js';
import { codeOf, PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { PaperLookup } from '../papers/lookup.js';
import type { ListedPaper } from '../papers/paper.js';
import { type PaperStore, SUGGESTED } from '../papers/store.js';
import { listed, placeIn } from './curate-draft.js';
import { daysOf } from './curated.js';
import { changeDraft, draftOf } from './draft.js';
import type { EditionStore } from './store.js';
import type { Suggestion, SuggestionStore } from './suggestion.js';

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
 * @param options.credited whether the edition names who suggested it
 * @throws PaperboyError `unknown_suggestion`, `suggestion_decided`, `unknown_paper`,
 *   `paper_withdrawn`, `paper_carried`, `edition_frozen`, `source_failed`
 */
export async function acceptSuggestion(
  deps: AcceptDeps,
  paperId: string,
  { day: wanted, credited }: { day?: Day | undefined; credited: boolean },
): Promise<Accepted> {
  const { suggestions, clock, logger } = deps;
  const suggestion = await pendingOf(suggestions, paperId);
  const day = wanted ?? (await nextDay(deps));
  const found = await lookUp(deps, paperId);
  if (found.paper.withdrawn) {
    throw new PaperboyError(
      'paper_withdrawn',
      `${paperId} was withdrawn, by its authors or by arXiv; decline the suggestion.`,
    );
  }
  const names = suggestion.suggesters.flatMap(({ name }) => name ?? []);
  const credit = credited ? names : [];
  await deps.atomically(async (stores) => {
    await checkDay(stores, paperId, day);
    const accepted = await stores.suggestions.accept(paperId, { day, credit, at: clock.now() });
    if (!accepted) await pendingOf(stores.suggestions, paperId);
    await stores.papers.saveListing(SUGGESTED, day, [found]);
  });
  logger.info({ day, id: paperId, credit }, 'suggestion accepted');
  return { paperId, title: found.paper.title, day, credit, place: await enter(deps, day, paperId) };
}

/**
 * Declines a suggestion.
 * @throws PaperboyError `unknown_suggestion`, `suggestion_decided`
 */
export async function declineSuggestion(
  { suggestions, clock, logger }: Pick<AcceptDeps, 'suggestions' | 'clock' | 'logger'>,
  paperId: string,
  reason: string | null,
): Promise<void> {
  await pendingOf(suggestions, paperId);
  if (!(await suggestions.decline(paperId, { reason, at: clock.now() }))) {
    await pendingOf(suggestions, paperId);
  }
  logger.info({ id: paperId, reason }, 'suggestion declined');
}

async function pendingOf(suggestions: SuggestionStore, paperId: string): Promise<Suggestion> {
  const known = await suggestions.find(paperId);
  if (!known) {
    throw new PaperboyError('unknown_suggestion', `Nobody has suggested ${paperId}.`);
  }
  if (known.state === 'pending') return known;
  throw new PaperboyError(
    'suggestion_decided',
    `The suggestion of ${paperId} is ${known.state} already.`,
  );
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

/** @throws PaperboyError `edition_frozen`, `paper_carried` */
async function checkDay({ editions }: Stores, paperId: string, day: Day): Promise<void> {
  const target = { kind: 'daily', date: day } as const;
  if (await editions.find(day)) await draftOf(editions, target);
  if ((await editions.carriedOutside(daysOf(target), [paperId])).size === 0) return;
  throw new PaperboyError(
    'paper_carried',
    `Another edition carries ${paperId} already, and no paper comes twice.`,
  );
}

async function enter(deps: AcceptDeps, day: Day, paperId: string): Promise<number | null> {
  if ((await deps.editions.find(day)) === null) return null;
  try {
    const target = { kind: 'daily', date: day } as const;
    const id = (await deps.papers.todaysIds([paperId])).get(paperId) ?? paperId;
    return placeIn(await changeDraft(deps, target, listed(id)), id);
  } catch (error) {
    // Frozen since: the next edition has it.
    if (codeOf(error) === 'edition_frozen') return null;
    throw error;
  }
}
