import type { Follow } from '../../library/follow.js';
import { type FacetKind, toSlug } from '../../library/slugs.js';

const PLACES: Readonly<Record<FacetKind, string>> = { author: 'by', lab: 'lab', topic: 'topic' };

/** Where a list is; `null` for a name that no address can have. */
export function listPath(kind: FacetKind, name: string): string | null {
  const slug = toSlug(kind, name);
  return slug === '' ? null : `/${PLACES[kind]}/${encodeURIComponent(slug)}`;
}

/** The form with these interests filled in. */
export function followPath(follow: Follow & { frequency?: string }): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(follow)) {
    for (const entry of [value].flat()) fields.append(name, entry);
  }
  return `/subscribe?${fields}`;
}
