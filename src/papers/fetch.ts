import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { DroppedItem, Source, SourceAnswer } from './paper.js';
import type { FetchedDay, SourceStates } from './source-states.js';
import type { PaperStore } from './store.js';

/** What `fetch` did with one source's answer. */
export interface FetchReport {
  listed: number;
  stored: number;
  dropped: DroppedItem[];
  /** Whether the source said that nothing has changed since it was last asked. */
  unchanged?: boolean;
  /** Whether the source was not asked, since all is known. */
  skipped?: boolean;
}

/** A source that could not be read, or not whole. */
export interface SourceFailure {
  source: string;
  reason: string;
}

export interface FetchResult {
  reports: Record<string, FetchReport>;
  failures: SourceFailure[];
}

export interface FetchDeps {
  sources: readonly Source[];
  papers: PaperStore;
  sourceStates: SourceStates;
  clock: Clock;
  logger: Logger;
}

export interface FetchOptions {
  signal?: AbortSignal | undefined;
  /** Asks for everything anew, whatever is known. */
  again?: boolean;
  /** Says of what is known of a source's day whether it will do. */
  isSettled?: (known: FetchedDay) => boolean;
}

/**
 * Reads the papers of `day` from every source into the store, side by side. A source that fails
 * leaves the others' papers in; it is logged, and noted as failing.
 * @throws PaperboyError `source_failed` when none could be read.
 */
export async function fetchDay(
  deps: FetchDeps,
  day: Day,
  options: FetchOptions = {},
): Promise<FetchResult> {
  const reports: FetchResult['reports'] = {};
  const failures = await fromEach(deps, options.signal, async (source) => {
    const { report, failure } = await fetchFrom(deps, source, day, options);
    reports[source.name] = report;
    return failure;
  });
  if (Object.keys(reports).length === 0 && failures.length > 0) throw joined(failures);
  return { reports: inOrder(deps.sources, reports), failures };
}

/**
 * The newest day that any source has papers for.
 * @throws PaperboyError `source_failed` when no source answers, `no_papers` when none has papers.
 */
export async function newestDay(deps: FetchDeps, today: Day, signal?: AbortSignal): Promise<Day> {
  const days: Day[] = [];
  let answers = 0;
  const failures = await fromEach(deps, signal, async (source) => {
    const day = await source.newestDay(today, signal);
    answers++;
    if (day !== null) days.push(day);
    return undefined;
  });
  const newest = days.sort().at(-1);
  if (newest !== undefined) return newest;
  if (answers === 0 && failures.length > 0) throw joined(failures);
  throw new PaperboyError('no_papers', `No source lists papers in the weeks before ${today}.`);
}

/** Asks every source; what goes wrong with one is noted of it, any other fault is thrown. */
async function fromEach(
  { sources, sourceStates, clock, logger }: FetchDeps,
  signal: AbortSignal | undefined,
  ask: (source: Source) => Promise<string | undefined>,
): Promise<SourceFailure[]> {
  const results = await Promise.allSettled(
    sources.map(async (source): Promise<SourceFailure[]> => {
      const reason = await ask(source).catch((error: unknown) => {
        if (isSourceFailure(error)) return error.message;
        throw error;
      });
      if (reason === undefined) return [];
      const failure = { source: source.name, reason };
      if (signal?.aborted) return [failure];
      logger.error(failure, 'a source could not be read');
      await sourceStates.failed(source.name, clock.now(), reason);
      return [failure];
    }),
  );
  return results.flatMap((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function isSourceFailure(error: unknown): error is PaperboyError {
  return error instanceof PaperboyError && error.code === 'source_failed';
}

async function fetchFrom(
  deps: FetchDeps,
  source: Source,
  day: Day,
  { signal, again = false, isSettled = () => false }: FetchOptions,
): Promise<{ report: FetchReport; failure: string | undefined }> {
  const { sourceStates, clock, logger } = deps;
  const known = again ? null : await sourceStates.fetchedDay(source.name, day);
  if (known && isSettled(known)) {
    return { report: { ...reportOf(known), skipped: true }, failure: undefined };
  }
  const asked = clock.now();
  const answer = await source.listDay(day, signal, known?.validators ?? undefined);
  if (known && answer.unchanged) {
    await sourceStates.saveFetchedDay(source.name, day, { ...known, fetchedAt: asked });
    await sourceStates.answered(source.name, clock.now());
    logger.info({ source: source.name, day }, 'papers unchanged');
    return { report: { ...reportOf(known), unchanged: true }, failure: undefined };
  }
  const report = await save(deps, source, day, answer);
  const { failure } = answer;
  if (failure === undefined) {
    const validators = answer.validators ?? null;
    await sourceStates.saveFetchedDay(source.name, day, {
      ...report,
      fetchedAt: asked,
      validators,
    });
    await sourceStates.answered(source.name, clock.now());
  }
  return { report, failure };
}

function reportOf({ listed, stored, dropped }: FetchReport): FetchReport {
  return { listed, stored, dropped };
}

async function save(
  { papers, logger }: FetchDeps,
  { name: source }: Source,
  day: Day,
  { listed, papers: listedPapers, updates, dropped, repeated = [] }: SourceAnswer,
): Promise<FetchReport> {
  for (const { id, reason } of dropped) {
    logger.warn({ source, day, id, reason }, 'paper left out');
  }
  for (const id of repeated) {
    logger.info({ source, day, id, reason: 'repeated in the answer' }, 'paper left out');
  }
  const { stored, joined } = await papers.saveListing(source, day, listedPapers, updates);
  for (const { id, into } of joined) {
    logger.info({ source, day, id, into, reason: 'the same paper' }, 'papers joined');
  }
  logger.info({ source, day, listed, stored }, 'papers fetched');
  return { listed, stored, dropped };
}

/** As the sources are named, not as they answered. */
function inOrder(
  sources: readonly Source[],
  reports: Record<string, FetchReport>,
): Record<string, FetchReport> {
  return Object.fromEntries(
    sources.flatMap(({ name }) => {
      const report = reports[name];
      return report ? [[name, report]] : [];
    }),
  );
}

function joined(failures: readonly SourceFailure[]): PaperboyError {
  return new PaperboyError('source_failed', failures.map(({ reason }) => reason).join(' '));
}

/** One sentence for all that could not be read. */
export function failureSentence(failures: readonly SourceFailure[]): string {
  return failures.map(({ source, reason }) => `${source}: ${reason}`).join(' ');
}
