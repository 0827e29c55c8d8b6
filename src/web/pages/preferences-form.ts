import { formatLanguage, type Languages } from '../../base/languages.js';
import { findTopic, TOPICS } from '../../interests/topics.js';
import { type Interests, MAX_ENTRIES, splitEntries } from '../../subscribers/preferences.js';
import type { Subscriber } from '../../subscribers/subscriber.js';
import type { FieldErrors } from '../form.js';

const CHOICES = ['language', 'hour', 'timezone', 'frequency', 'weekday', 'length'] as const;

/**
 * What is chosen: as it was, or as it was sent with something else that could not be kept. Of what is
 * chosen from a list, something wrong has no place there.
 */
export function toChoices(
  subscriber: Subscriber,
  typed: Record<string, string> = {},
  errors: FieldErrors = {},
) {
  const shown = (field: (typeof CHOICES)[number]) =>
    field in errors && field !== 'timezone'
      ? subscriber[field]
      : (typed[field] ?? subscriber[field]);
  return Object.fromEntries(CHOICES.map((field) => [field, shown(field)]));
}

/** The languages to choose from, by their own names; also one that the site has given up. */
export function presentLanguages({ all }: Languages, kept: string | null) {
  const codes = kept === null || all.includes(kept) ? all : [...all, kept];
  return codes.map((code) => ({ code, name: formatLanguage(code) }));
}

/**
 * Topics to tick, the reader's own below them; and what they typed, a line for each.
 * @param wrong whether the topics that were sent can't be kept: what is new among them is in the box
 *   again to be mended
 */
export function presentInterests(
  interests: Interests,
  typed: Record<string, string> = {},
  wrong = false,
) {
  const toSlug = (name: string) => findTopic(name)?.slug ?? name;
  const kept = new Set(interests.topics.map(toSlug));
  const sent = typed['topics'];
  const chosen = new Set(sent === undefined ? kept : splitEntries('topics', sent).map(toSlug));
  const offered = TOPICS.map(({ slug, label }) => ({ slug, label, chosen: chosen.has(slug) }));
  const own = [...chosen].filter((name) => !findTopic(name));
  const isTicked = (name: string) => !wrong || kept.has(name);
  // What could not be kept may be a list without end.
  const ticked = own.filter(isTicked).slice(0, MAX_ENTRIES);
  const keywords = typed['keywords'] ?? interests.keywords.join('\n');
  const authors = typed['authors'] ?? interests.authors.join('\n');
  const organisations = typed['organisations'] ?? interests.organisations.join('\n');
  return {
    topics: [...offered, ...ticked.map((name) => ({ slug: name, label: name, chosen: true }))],
    moreTopics: own.filter((name) => !isTicked(name)).join(', '),
    ...{ keywords, authors, organisations },
    // The two that stand side by side are as high as each other.
    rows: { keywords: rowsFor(keywords), followed: rowsFor(authors, organisations) },
  };
}

/** Lines of a box in which all of it shows, with one more to type on. */
function rowsFor(...texts: readonly string[]): number {
  const lines = Math.max(...texts.map((text) => text.split('\n').length));
  return Math.min(Math.max(lines + 1, 3), 12);
}
