import { PaperboyError } from '../base/errors.js';
import { toDayRange } from './curated.js';
import { type DraftCuration, firstFree, hold, LAST_PLACE } from './curation.js';
import {
  type Change,
  changeDraft,
  type Draft,
  type DraftDeps,
  type DraftStores,
  type Target,
} from './draft.js';
import type { FullEdition } from './edition.js';

/**
 * Takes a paper into the draft and holds it at a place, the first that is free without one.
 * @throws PaperboyError `unknown_paper`, `paper_carried`, `bad_usage`, and those of `changeDraft`
 */
export function pin(deps: DraftDeps, target: Target, paperId: string, at?: number) {
  if (at !== undefined) checkPlace(at);
  return changeDraft(deps, target, async ({ edition, curation }, stores) => {
    const from = placeIn(edition, paperId);
    if (from === null) await checkFree(stores, target, paperId);
    const others = curation.pins.filter((pin) => pin.paperId !== paperId);
    const place = at ?? firstFree(others);
    checkPlace(place);
    return {
      ...curation,
      pins: hold(curation.pins, paperId, place, from),
      drops: curation.drops.filter((drop) => drop.paperId !== paperId),
    };
  });
}

/**
 * Gives a paper of the draft another place and holds it there.
 * @throws PaperboyError `not_in_edition`, `bad_usage`, and those of `changeDraft`
 */
export function move(deps: DraftDeps, target: Target, paperId: string, to: number) {
  checkPlace(to);
  return changeDraft(deps, target, ({ edition, curation }) => {
    const from = placeIn(edition, paperId) ?? missing(edition, paperId);
    return { ...curation, pins: hold(curation.pins, paperId, to, from) };
  });
}

/**
 * Leaves a paper out.
 * @throws PaperboyError `not_in_edition` and those of `changeDraft`
 */
export function drop(deps: DraftDeps, target: Target, paperId: string, reason: string | null) {
  return changeDraft(deps, target, ({ edition, curation }) => {
    if (placeIn(edition, paperId) === null) missing(edition, paperId);
    return {
      ...curation,
      pins: curation.pins.filter((pin) => pin.paperId !== paperId),
      drops: [...curation.drops, { paperId, reason }],
    };
  });
}

/**
 * Lets a pinned paper go back to where it stands by itself.
 * @throws PaperboyError `not_pinned` and those of `changeDraft`
 */
export function unpin(deps: DraftDeps, target: Target, paperId: string) {
  return changeDraft(deps, target, ({ curation }) => {
    const pins = curation.pins.filter((pin) => pin.paperId !== paperId);
    if (pins.length < curation.pins.length) return { ...curation, pins };
    throw new PaperboyError('not_pinned', `${paperId} is not pinned in that edition.`);
  });
}

/**
 * Takes a dropped paper back.
 * @throws PaperboyError `not_dropped` and those of `changeDraft`
 */
export function restore(deps: DraftDeps, target: Target, paperId: string) {
  return changeDraft(deps, target, ({ curation }) => {
    const drops = curation.drops.filter((drop) => drop.paperId !== paperId);
    if (drops.length < curation.drops.length) return { ...curation, drops };
    throw new PaperboyError('not_dropped', `${paperId} was not dropped from that edition.`);
  });
}

/** Writes the editor's note, or takes it away. */
export function annotate(deps: DraftDeps, target: Target, note: string | null) {
  return changeDraft(deps, target, ({ curation }) => ({ ...curation, note }));
}

/** Lists a paper in a draft: behind all others, unless it was picked with it. */
export const listed =
  (paperId: string): Change =>
  ({ curation }: Draft): DraftCuration => ({
    ...curation,
    ranked: [...new Set([...curation.ranked, paperId])],
  });

/** Where a paper stands in an edition; `null` when it is not in it. */
export function placeIn({ papers }: FullEdition, paperId: string): number | null {
  const index = papers.findIndex(({ id }) => id === paperId);
  return index < 0 ? null : index + 1;
}

function missing({ date }: FullEdition, paperId: string): never {
  throw new PaperboyError('not_in_edition', `The edition of ${date} does not hold ${paperId}.`);
}

function checkPlace(place: number): void {
  if (Number.isInteger(place) && place >= 1 && place <= LAST_PLACE) return;
  throw new PaperboyError(
    'bad_usage',
    `A place is a whole number from 1 to ${LAST_PLACE}, not ${place}.`,
  );
}

/** A paper that comes in from elsewhere must be known, and no other edition may carry it. */
async function checkFree(
  { papers, editions }: DraftStores,
  target: Target,
  paperId: string,
): Promise<void> {
  const [known] = await papers.byIds([paperId]);
  if (known?.withdrawn) {
    throw new PaperboyError(
      'paper_withdrawn',
      `${paperId} was withdrawn, by its authors or by arXiv.`,
    );
  }
  if (!known) {
    throw new PaperboyError(
      'unknown_paper',
      `No paper ${paperId} is in the store; fetch a day that lists it, or accept a suggestion of it.`,
    );
  }
  const carried = await editions.carriedOutside(toDayRange(target), [paperId]);
  if (carried.size === 0) return;
  throw new PaperboyError(
    'paper_carried',
    `Another edition carries ${paperId} already, and no paper comes twice.`,
  );
}
