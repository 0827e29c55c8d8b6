import { createHash } from 'node:crypto';
import { parsePersonName, splitOrganisation } from '../interests/person-names.js';
import { findTopic } from '../interests/topics.js';
import { CATEGORY, toCategory } from '../papers/categories.js';
import { toPlain } from '../text/words.js';

/** What papers are listed by. */
export const FACET_KINDS = ['author', 'lab', 'topic'] as const;
export type FacetKind = (typeof FACET_KINDS)[number];

/** Longer names are nobody's; in an address a letter may take nine signs. */
const LONGEST = 100;
const KEPT = 80;
const LONGEST_NAME = 500;
const MOST_PASSES = 8;

/**
 * A name as addresses have it: the same for all spellings that differ in case, accents or signs.
 * Letters of all scripts stay. Empty for a name without letters and digits, which has no page.
 */
export function toSlug(kind: FacetKind, name: string): string {
  let slug = name.slice(0, LONGEST_NAME);
  // Until it stays: what an address has must lead to itself.
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const next = shorten(toWords(kind, slug));
    if (next === slug) break;
    slug = next;
  }
  return slug;
}

function toWords(kind: FacetKind, name: string): string {
  if (kind === 'lab') return splitOrganisation(name).join('-');
  if (kind === 'topic') return toTopicSlug(name);
  const person = parsePersonName(name);
  return person === null ? '' : [...person.given, person.family].join('-');
}

/** A topic that is offered, a category of arXiv, or a tag of papers. */
function toTopicSlug(name: string): string {
  const known = findTopic(name) ?? findTopic(name.replaceAll('-', ' '));
  if (known) return known.slug;
  const category = name.trim().toLowerCase();
  if (category.includes('.') && CATEGORY.test(category)) return toCategory(category).toLowerCase();
  return toPlain(name).replaceAll(' ', '-');
}

/** What is cut off is told apart by a hash. */
function shorten(slug: string): string {
  if (slug.length <= LONGEST) return slug;
  const hash = createHash('sha256').update(slug).digest('hex').slice(0, 10);
  return `${slug.slice(0, KEPT).toWellFormed().replaceAll('\uFFFD', '')}-${hash}`;
}
