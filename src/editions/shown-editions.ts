import type { Clock } from '../base/clock.js';
import type { Day } from '../base/day.js';
import type { Edition, EditionKind } from './edition.js';
import type { EditionStore } from './edition-store.js';

/**
 * The editions that readers see, wherever they look: frozen ones, and drafts that their editor has
 * had for as long as is set. All have papers.
 */
export interface ShownEditions extends Pick<EditionStore, 'withPapers'> {
  /** A text that differs after each change to what readers see, by time alone too. */
  version(): Promise<string>;
  /** The newest daily edition; the sample only when there is no other. */
  newest(): Promise<Edition | null>;
  find(date: Day, kind?: EditionKind): Promise<Edition | null>;
  list(page: { before?: Day; limit: number }): ReturnType<EditionStore['list']>;
  /** The dates of daily editions, newest first. */
  dates(limit: number): Promise<Day[]>;
  /** The dates of weekly editions from `from` to `to`, newest first. */
  weeklies(from: Day, to: Day): Promise<Day[]>;
  months(): ReturnType<EditionStore['months']>;
  neighbours(date: Day): ReturnType<EditionStore['neighbours']>;
}

export interface ShownEditionsDeps {
  editions: EditionStore;
  clock: Pick<Clock, 'now'>;
  /** Minutes for which a fresh draft is left to its editor. */
  freezeAfter: number;
}

export function openShownEditions({
  editions,
  clock,
  freezeAfter,
}: ShownEditionsDeps): ShownEditions {
  const pickedBefore = () => toPickedBefore(freezeAfter, clock.now());
  return {
    version: () => editions.version(pickedBefore()),
    newest: () => editions.newest(pickedBefore()),
    find: async (date, kind) => {
      const edition = await editions.find(date, kind);
      return edition && isShown(edition, pickedBefore()) ? edition : null;
    },
    list: (page) => editions.list({ ...page, pickedBefore: pickedBefore() }),
    dates: (limit) => editions.dates(limit, pickedBefore()),
    weeklies: (from, to) => editions.weeklies(from, to, pickedBefore()),
    months: () => editions.months(pickedBefore()),
    neighbours: (date) => editions.neighbours(date, pickedBefore()),
    withPapers: (edition) => editions.withPapers(edition),
  };
}

/**
 * The latest moment at which a draft was picked that readers see by now; `undefined` where they see
 * each at once, whatever the clock of whoever picked it says.
 */
export function toPickedBefore(freezeAfter: number, now: number): number | undefined {
  return freezeAfter === 0 ? undefined : now - freezeAfter * 60_000;
}

function isShown(
  { kind, state, count, pickedAt }: Edition,
  pickedBefore = Number.POSITIVE_INFINITY,
): boolean {
  // The sample has no editor.
  return count > 0 && (state === 'frozen' || kind === 'sample' || pickedAt <= pickedBefore);
}
