import type { Day } from '../base/day.js';
import type { RatedPaper } from '../papers/paper.js';

/**
 * `daily`: the papers of one day. `sample`: the one that comes with the program, shown until the
 * first real one exists; its papers may come again.
 */
export type EditionKind = 'daily' | 'sample';

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
}

/** An edition with its papers, best first, as they were when it was picked. */
export interface FullEdition extends Edition {
  papers: RatedPaper[];
}
