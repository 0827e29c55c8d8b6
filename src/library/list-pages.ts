import { findTopic } from '../interests/topics.js';
import { MAX_ENTRY } from '../subscribers/preferences.js';
import { toFacets } from './facets.js';
import type { Follow } from './follow.js';
import type { LibraryStore, ListPage, Shelf } from './library-store.js';
import { type FacetKind, toSlug } from './slugs.js';

/** A list of papers by what they have in common. */
export interface FacetList extends Shelf {
  /** As its newest paper has it: of several spellings, the last one. */
  name: string;
  follow: Follow | null;
}

/** The field of a reader's interests for each kind of list. */
const FIELDS = { author: 'authors', lab: 'organisations', topic: 'topics' } as const;

/** The papers of a list; `null` where there are none. */
export async function loadList(
  library: Pick<LibraryStore, 'listBy' | 'sampleOf'>,
  kind: FacetKind,
  slug: string,
  page: ListPage,
): Promise<FacetList | null> {
  const newest = await library.sampleOf(kind, slug);
  if (newest === null) return null;
  const facet = toFacets([newest])[0]?.find((one) => one.kind === kind && one.slug === slug);
  const name = (kind === 'topic' ? findTopic(slug)?.label : undefined) ?? facet?.name ?? slug;
  return { name, follow: toFollow(kind, name), ...(await library.listBy(kind, slug, page)) };
}

/** The interest that stands for a list; `null` for a name that is too long to be one. */
function toFollow(kind: FacetKind, name: string): Follow | null {
  // What would end an entry in a list of them is no part of a topic's words.
  const entry =
    kind === 'topic' ? name.replace(/[,;|\s]+/g, ' ').trim() : name.replace(/[;|]/g, ' ');
  return entry.length > MAX_ENTRY || toSlug(kind, entry) === ''
    ? null
    : { [FIELDS[kind]]: [entry] };
}
