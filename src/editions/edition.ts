import { addDays, type Day, longDay, longDays } from '../base/day.js';
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
  /** When it was picked, or curated since. */
  changedAt: number;
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
  return kind === 'weekly' ? `The best of ${longDays(weekStart(date), date)}` : longDay(date);
}

/** Why a paper of an earlier day is in an edition; `''` for one of its own day. */
export function risingLine({ rising }: Pick<EditionPaper, 'rising'>): string {
  return rising ? `Still rising: ${votesSince(rising)}` : '';
}

/** What a paper that is still rising has had since its day. */
export function votesSince({ votes, since }: NonNullable<EditionPaper['rising']>): string {
  return `${votes} ${votes === 1 ? 'vote' : 'votes'} since ${longDay(since)}`;
}

/** A title as it stands for an edition in lists and feeds. */
export function headline({
  title,
  rising,
  suggestedBy = [],
}: Pick<EditionPaper, 'title' | 'rising' | 'suggestedBy'>): string {
  const thanks = suggestedBy.length > 0 ? [`suggested by ${suggestedBy.join(', ')}`] : [];
  const said = [...(rising ? ['still rising'] : []), ...thanks].join(', ');
  return said === '' ? title : `${title} (${said})`;
}

/** Where it is on the web. */
export function editionPath({ kind, date }: Pick<Edition, 'kind' | 'date'>): string {
  return kind === 'weekly' ? `/papers/${date}/week` : `/papers/${date}`;
}
