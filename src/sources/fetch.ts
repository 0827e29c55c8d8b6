import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { ingest } from '../papers/ingest.js';
import type { DroppedItem } from '../papers/paper.js';
import type { PaperStore } from '../papers/paper-store.js';
import { type FetchSourceOptions, fetchSource } from './fetch-source.js';
import type { Source, SourceAnswer } from './source.js';
import { type FetchedDay, fetchedUnderSettings, type SourceStates } from './source-states.js';

/** What `fetch` did with one source's answer. */
export interface FetchReport {
  listed: number;
  stored: number;
  dropped: DroppedItem[];
  /** Whether the source said that nothing has changed since it was last fetched. */
  unchanged?: boolean;
  /** Whether the source was not fetched, since all is known. */
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

export interface FetchOptions extends FetchSourceOptions {
  /** Fetches everything anew, whatever is known. */
  again?: boolean;
  /** Says of what is known of a source's day whether it will do. */
  isSettled?: (known: FetchedDay, source: string) => boolean;
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
  const results = await ofEach(deps.sources, async (source) => {
    return { name: source.name, ...(await fetchFrom(deps, source, day, options)) };
  });
  const failures = results.flatMap(({ failure }) => failure ?? []);
  const reports = results.flatMap(({ name, report }) => (report ? [[name, report] as const] : []));
  if (reports.length === 0 && failures.length > 0) throw joined(failures);
  return { reports: Object.fromEntries(reports), failures };
}

/**
 * The newest day that any source has papers for, and which sources could not say, or not wholly.
 * @throws PaperboyError `source_failed` when no source answers, or none but those that have no
 * papers; `no_papers` when all answer and none has papers.
 */
export async function newestDay(
  deps: FetchDeps,
  today: Day,
  options: FetchSourceOptions = {},
): Promise<{ day: Day; failures: SourceFailure[] }> {
  const results = await ofEach(deps.sources, async (source) => {
    const missing: string[] = [];
    const onMissing = (reason: string) => void missing.push(reason);
    const fetched = await fetchSource(deps, source, { ...options, today }, (how) =>
      source.newestDay(today, { ...how, onMissing, listedFor: toListedFor(deps, source) }),
    );
    const day = 'answer' in fetched ? fetched.answer : null;
    const reason = 'reason' in fetched ? fetched.reason : missing[0];
    if (reason === undefined) return { day };
    return { day, failure: await noteFailure(deps, source, reason, options) };
  });
  const failures = results.flatMap(({ failure }) => failure ?? []);
  const [day] = results
    .flatMap(({ day }) => day ?? [])
    .sort()
    .reverse();
  if (day !== undefined) return { day, failures };
  if (failures.length > 0) throw joined(failures);
  throw new PaperboyError('no_papers', `No source lists papers in the weeks before ${today}.`);
}

/** Side by side, each to its end; what is thrown then is no source's matter. */
async function ofEach<T>(
  sources: readonly Source[],
  work: (source: Source) => Promise<T>,
): Promise<T[]> {
  return (await Promise.allSettled(sources.map(work))).map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function noteFailure(
  { sourceStates, clock, logger }: FetchDeps,
  { name: source }: Source,
  reason: string,
  { signal }: FetchSourceOptions,
): Promise<SourceFailure> {
  const failure = { source, reason };
  // Broken off from outside: that says nothing of the source.
  if (signal?.aborted) return failure;
  logger.error({ event: 'source_failed', ...failure }, 'a source could not be read');
  await sourceStates.failed(source, clock.now(), reason);
  return failure;
}

interface Fetched {
  report?: FetchReport;
  failure?: SourceFailure;
}

async function fetchFrom(
  deps: FetchDeps,
  source: Source,
  day: Day,
  options: FetchOptions,
): Promise<Fetched> {
  const { sourceStates, clock } = deps;
  const { again = false, isSettled = () => false } = options;
  const known = again ? null : await fetchedUnderSettings(sourceStates, source, day);
  if (known && isSettled(known, source.name))
    return { report: { ...toReport(known), skipped: true } };
  const at = clock.now();
  const fetched = await fetchSource(deps, source, options, (how) =>
    source.listDay(day, {
      ...how,
      validators: known?.validators ?? undefined,
      listedFor: toListedFor(deps, source),
    }),
  );
  if ('reason' in fetched) {
    return { failure: await noteFailure(deps, source, fetched.reason, options) };
  }
  const { answer } = fetched;
  const report = await keep(deps, source, { day, at, known }, answer);
  const { failure } = answer;
  if (failure !== undefined) {
    return { report, failure: await noteFailure(deps, source, failure, options) };
  }
  await sourceStates.answered(source.name, clock.now());
  return { report };
}

/** So that a source can tell papers that were listed before from new ones. */
function toListedFor({ papers }: FetchDeps, { name }: Source) {
  return async (day: Day): Promise<ReadonlySet<string>> => {
    const listed = await papers.listedOn(day);
    return new Set(listed.flatMap(({ id, sources }) => (sources?.includes(name) ? id : [])));
  };
}

interface KnownDay {
  day: Day;
  at: number;
  known: FetchedDay | null;
}

/** Stores an answer, and what is to be known of it the next time. */
async function keep(
  deps: FetchDeps,
  source: Source,
  { day, at, known }: KnownDay,
  answer: SourceAnswer,
): Promise<FetchReport> {
  const { sourceStates, logger } = deps;
  if (known && answer.unchanged) {
    await sourceStates.saveFetchedDay(source.name, day, { ...known, fetchedAt: at });
    logger.info({ event: 'papers_unchanged', source: source.name, day }, 'papers unchanged');
    return { ...toReport(known), unchanged: true };
  }
  const report = await save(deps, source, day, answer);
  if (answer.failure !== undefined || answer.isUnsure) return report;
  await sourceStates.saveFetchedDay(source.name, day, {
    ...{ ...report, fetchedAt: at, validators: answer.validators ?? null },
    settings: source.settings ?? null,
  });
  return report;
}

function toReport({ listed, stored, dropped }: FetchReport): FetchReport {
  return { listed, stored, dropped };
}

async function save(
  deps: FetchDeps,
  { name: source }: Source,
  day: Day,
  { listed, papers: listedPapers, updates, dropped, repeated = [] }: SourceAnswer,
): Promise<FetchReport> {
  const { logger } = deps;
  for (const { id, reason } of dropped) {
    logger.warn({ event: 'paper_left_out', source, day, id, reason }, 'paper left out');
  }
  for (const id of repeated) {
    logger.info(
      { event: 'paper_left_out', source, day, id, reason: 'repeated in the answer' },
      'paper left out',
    );
  }
  const { stored, joined } = await ingest(deps, { source, day, papers: listedPapers, updates });
  for (const { id, into } of joined) {
    logger.info(
      { event: 'papers_joined', source, day, id, into, reason: 'the same paper' },
      'papers joined',
    );
  }
  logger.info({ event: 'papers_fetched', source, day, listed, stored }, 'papers fetched');
  return { listed, stored, dropped };
}

function joined(failures: readonly SourceFailure[]): PaperboyError {
  return new PaperboyError('source_failed', failures.map(({ reason }) => reason).join(' '));
}

/** One sentence for all that could not be read. */
export function failureSentence(failures: readonly SourceFailure[]): string {
  return failures.map(({ source, reason }) => `${source}: ${reason}`).join(' ');
}
