import { addDays, type Day, longDay, longSpan } from '../base/day.js';
import type { RatedPaper } from '../papers/paper.js';

/**
 * `daily`: the papers of one day. `weekly`: the best of the seven days that end on its date, made
 * when a reader wants it; the days' own editions carry its papers too. `sample`: the one that comes with the program, shown until the
 * first real one exists; its papers may come again.
 */
export type EditionKind = 'daily' | 'weekly' | 'sample';

/** `draft`: picking again refreshes it. `frozen`: it never changes. */
export type EditionState = 'draft' | 'frozen';

export interface Edition {
  id: number;
  kind: EditionKind;
  date: Day;
  state: EditionState;
  /** Milliseconds since the epoch. */
  pickedAt: number;
  frozenAt: number | null;
  /** From when on everybody is to get it; `null` while nobody has ordered so. */
  sendAt: number | null;
  /** How many papers it holds; a day without papers has an edition with none. */
  count: number;
  /** What the editor says above the papers: paragraphs with an empty line between them. */
  note: string | null;
}

/** A paper as an edition carries it. */
export interface EditionPaper extends RatedPaper {
  /** Who suggested it, where somebody did and is to be named. */
  suggestedBy?: string[];
}

/** An edition with its papers, best first, as they were when it was picked. */
export interface FullEdition extends Edition {
  papers: EditionPaper[];
}

/** The first of the seven days that end on `date`. */
export function weekStart(date: Day): Day {
  return addDays(date, -6);
}

/** What stands above an edition: `Monday 2 March 2026`, `The best of 2 to 8 March 2026`. */
export function editionTitle({ kind, date }: Pick<Edition, 'kind' | 'date'>): string {
  return kind === 'weekly' ? `The best of ${longSpan(weekStart(date), date)}` : longDay(date);
}

/** Where it is on the web. */
export function editionPath({ kind, date }: Pick<Edition, 'kind' | 'date'>): string {
  return kind === 'weekly' ? `/papers/${date}/week` : `/papers/${date}`;
}
