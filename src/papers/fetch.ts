import type { Day } from '../base/day.js';
import { messageOf, PaperboyError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { DroppedItem, Source } from './paper.js';
import type { PaperStore } from './store.js';

/** What `fetch` did with one source's answer. */
export interface FetchReport {
  listed: number;
  stored: number;
  dropped: DroppedItem[];
}

export interface FetchDeps {
  sources: readonly Source[];
  papers: PaperStore;
  logger: Logger;
}

/**
 * Reads the papers of `day` from every source into the store. A source that fails leaves the
 * others' papers in: it is logged, and the failure is thrown after all of them were tried.
 * @throws PaperboyError `source_failed`
 */
export async function fetchDay(
  deps: FetchDeps,
  day: Day,
  signal?: AbortSignal,
): Promise<Record<string, FetchReport>> {
  const results = await Promise.allSettled(
    deps.sources.map((source) => fetchFrom(deps, source, day, signal)),
  );
  const reports: Record<string, FetchReport> = {};
  const failures: unknown[] = [];
  results.forEach((result, index) => {
    const name = deps.sources[index]?.name ?? '';
    if (result.status === 'fulfilled') reports[name] = result.value;
    else failures.push(result.reason);
  });
  if (failures.length > 0) throw joined(failures);
  return reports;
}

async function fetchFrom(
  { papers, logger }: FetchDeps,
  source: Source,
  day: Day,
  signal?: AbortSignal,
): Promise<FetchReport> {
  const answer = await source.listDay(day, signal);
  for (const { id, reason } of answer.dropped) {
    logger.warn({ source: source.name, day, id, reason }, 'paper left out');
  }
  for (const id of answer.repeated ?? []) {
    logger.info(
      { source: source.name, day, id, reason: 'repeated in the answer' },
      'paper left out',
    );
  }
  const { stored, joined } = await papers.saveListing(source.name, day, answer.papers);
  for (const { id, into } of joined) {
    logger.info({ source: source.name, day, id, into, reason: 'the same paper' }, 'papers joined');
  }
  logger.info({ source: source.name, day, listed: answer.listed, stored }, 'papers fetched');
  return { listed: answer.listed, stored, dropped: answer.dropped };
}

/**
 * The newest day that any source has papers for.
 * @throws PaperboyError `source_failed` when no source answers, `no_papers` when none has papers.
 */
export async function newestDay(
  sources: readonly Source[],
  today: Day,
  signal?: AbortSignal,
): Promise<Day> {
  const results = await Promise.allSettled(
    sources.map((source) => source.newestDay(today, signal)),
  );
  const days = results.flatMap((result) =>
    result.status === 'fulfilled' && result.value !== null ? [result.value] : [],
  );
  const newest = days.sort().at(-1);
  if (newest !== undefined) return newest;
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length > 0) throw joined(failures);
  throw new PaperboyError('no_papers', `No source lists papers in the weeks before ${today}.`);
}

function joined(failures: unknown[]): unknown {
  if (failures.length === 1) return failures[0];
  return new PaperboyError('source_failed', failures.map(messageOf).join(' '), {
    cause: failures[0],
  });
}
