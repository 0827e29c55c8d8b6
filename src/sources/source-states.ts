import type { Day } from '../base/day.js';
import type { DroppedItem } from '../papers/paper.js';
import type { Source } from './source.js';

/** How a source is, as far as it was fetched. Times are milliseconds since the epoch. */
export interface SourceState {
  source: string;
  /** When it last answered, `null` if it never did. */
  answeredAt: number | null;
  failedAt: number | null;
  /** How often it has failed since it last answered. */
  failures: number;
  /** Why it failed the last time, `null` when it has answered since. */
  reason: string | null;
}

/** What a source last listed for a day. */
export interface FetchedDay {
  fetchedAt: number;
  listed: number;
  stored: number;
  dropped: DroppedItem[];
  /** By which the source knows that answer again, where it does. */
  validators: readonly string[] | null;
  /** The source's settings at that time, which decide what it lists. */
  settings: string | null;
}

/** How those are that are set up, whether they were fetched or not. */
export async function loadSourceStates(
  sources: readonly string[],
  store: Pick<SourceStates, 'all'>,
): Promise<SourceState[]> {
  const known = new Map((await store.all()).map((state) => [state.source, state]));
  const unknown = { answeredAt: null, failedAt: null, failures: 0, reason: null };
  return sources.map((source) => known.get(source) ?? { source, ...unknown });
}

export interface SourceStates {
  /** Notes that `source` has answered. */
  answered(source: string, at: number): Promise<void>;
  /** Notes that it has not; when it last answered stays. */
  failed(source: string, at: number, reason: string): Promise<void>;
  /** All that were ever fetched, by name. */
  all(): Promise<SourceState[]>;
  fetchedDay(source: string, day: Day): Promise<FetchedDay | null>;
  saveFetchedDay(source: string, day: Day, fetched: FetchedDay): Promise<void>;
}

/** What `source` last listed for `day` under the settings that it has now. */
export async function fetchedUnderSettings(
  store: Pick<SourceStates, 'fetchedDay'>,
  { name, settings }: Source,
  day: Day,
): Promise<FetchedDay | null> {
  const known = await store.fetchedDay(name, day);
  return known && known.settings === (settings ?? null) ? known : null;
}
