import type { Day } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import { cleanLine } from '../text/clean.js';

/** A paper that the editor holds at a place; the best paper's is 1. */
export interface Pin {
  paperId: string;
  place: number;
}

/** A paper that the editor left out. */
export interface Drop {
  paperId: string;
  reason: string | null;
}

/** What the editor has done to a draft. A paper is pinned or dropped, never both. */
export interface Curation {
  pins: readonly Pin[];
  drops: readonly Drop[];
  note: string | null;
}

/** A draft's curation together with what it is applied to. */
export interface DraftCuration extends Curation {
  /** Ids of the papers before curation, best first. */
  ranked: readonly string[];
}

/** What a draft is saved with. */
export interface DraftBasis {
  /** Ids of the papers before curation, best first. */
  ranked: readonly string[];
  /** The revision of the draft that was read, 0 for none: nothing is saved over a newer one. */
  revision: number;
}

export const UNTOUCHED: DraftCuration = { pins: [], drops: [], note: null, ranked: [] };

/**
 * The same after papers got other ids. Of two that have become one the better place counts, and a
 * paper that was dropped stays out.
 */
export function renamed(
  { pins, drops, note, ranked }: DraftCuration,
  ids: ReadonlyMap<string, string>,
): DraftCuration {
  const today = <P extends { paperId: string }>(one: P): P => ({
    ...one,
    paperId: ids.get(one.paperId) ?? one.paperId,
  });
  const out = distinctBy(drops.map(today), ({ paperId }) => paperId);
  const dropped = new Set(out.map(({ paperId }) => paperId));
  const held = [...pins].sort((a, b) => a.place - b.place).map(today);
  return {
    pins: distinctBy(held, ({ paperId }) => paperId).filter(({ paperId }) => !dropped.has(paperId)),
    drops: out,
    note,
    ranked: [...new Set(ranked.map((id) => ids.get(id) ?? id))],
  };
}

/** The first of all that have the same key. */
export function distinctBy<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const seen = new Set<string>();
  return all.filter((one) => !seen.has(keyOf(one)) && seen.add(keyOf(one)));
}

/** Papers are held up to this place; no digest and hardly any day has more. */
export const LAST_PLACE = 100;

/**
 * The papers as the editor wants them: dropped ones out, pinned ones at their places, the others
 * around them in their order. A place beyond the end is the end.
 */
export function curate<P extends { id: string }>(
  papers: readonly P[],
  { pins, drops }: Pick<Curation, 'pins' | 'drops'>,
): P[] {
  const places = new Map(pins.map(({ paperId, place }) => [paperId, place]));
  const dropped = new Set(drops.map(({ paperId }) => paperId));
  const free = papers.filter(({ id }) => !places.has(id) && !dropped.has(id));
  const toPlace = ({ id }: P) => places.get(id) ?? 0;
  const held = papers.filter(({ id }) => places.has(id)).sort((a, b) => toPlace(a) - toPlace(b));
  const curated: P[] = [];
  for (const paper of held) {
    const before = toPlace(paper) - 1 - curated.length;
    curated.push(...free.splice(0, Math.max(0, before)), paper);
  }
  return [...curated, ...free];
}

/**
 * Holds a paper at a place. Who was held there gives way: towards the place that the paper leaves
 * if that is further up, else down.
 * @param from where it stands now, `null` when it is not in the edition
 */
export function hold(
  pins: readonly Pin[],
  paperId: string,
  place: number,
  from: number | null,
): Pin[] {
  const places = new Map(
    pins.filter((pin) => pin.paperId !== paperId).map((pin) => [pin.place, pin.paperId]),
  );
  let step = 1;
  for (let at = from ?? place; at < place; at++) if (!places.has(at)) step = -1;
  let moved: string | undefined = paperId;
  for (let at = place; moved !== undefined; at += step) {
    const held = places.get(at);
    places.set(at, moved);
    moved = held;
  }
  return [...places].map(([at, id]) => ({ paperId: id, place: at }));
}

/** The first place at which no paper is held. */
export function firstFree(pins: readonly Pin[]): number {
  const taken = new Set(pins.map(({ place }) => place));
  let place = 1;
  while (taken.has(place)) place++;
  return place;
}

const MAX_NOTE = 1_000;
const MAX_PARAGRAPHS = 6;
const MAX_REASON = 200;

/**
 * A note as it is kept: plain paragraphs, each one line, with an empty line between them.
 * @throws PaperboyError `bad_note`
 */
export function readNote(text: string): string {
  const paragraphs = text
    .split(/(?:\r\n?|\n)[^\S\r\n]*(?:\r\n?|\n)/)
    .map(cleanLine)
    .filter((paragraph) => paragraph !== '');
  const note = paragraphs.join('\n\n');
  if (note === '') throw new PaperboyError('bad_note', 'The note is empty; --clear takes it away.');
  if (note.length > MAX_NOTE) {
    throw new PaperboyError(
      'bad_note',
      `The note has ${note.length} characters; ${MAX_NOTE} are the most.`,
    );
  }
  if (paragraphs.length > MAX_PARAGRAPHS) {
    throw new PaperboyError(
      'bad_note',
      `The note has ${paragraphs.length} paragraphs; ${MAX_PARAGRAPHS} are the most.`,
    );
  }
  return note;
}

/** The paragraphs of a note. */
export function toParagraphs(note: string | null): string[] {
  return note === null ? [] : note.split('\n\n');
}

/**
 * Why a paper is dropped or a suggestion declined, on one line.
 * @throws PaperboyError `bad_reason`
 */
export function readReason(text: string | undefined): string | null {
  const reason = cleanLine(text ?? '');
  if (reason.length <= MAX_REASON) return reason === '' ? null : reason;
  throw new PaperboyError(
    'bad_reason',
    `The reason has ${reason.length} characters; ${MAX_REASON} are the most.`,
  );
}

/** A paper that an edition before left out by hand. */
export interface DroppedBefore {
  date: Day;
  reason: string | null;
}
