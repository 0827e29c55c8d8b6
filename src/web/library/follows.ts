import { findTopic } from '../../interests/topics.js';
import { INTERESTS, MAX_ENTRY, splitEntries } from '../../subscribers/preferences.js';
import type { Messages } from '../../views/messages.js';

/** What the form comes with already: a box that is ticked. */
export interface FollowChoice {
  field: string;
  value: string;
  label: string;
}

/** Links of ours have one or two; what anybody makes must not become a long page. */
const MOST = 10;

/** The interests among the fields of a form or an address, which the form goes on to carry. */
export function toFollows(
  fields: Readonly<Record<string, string>>,
  messages: Messages,
): FollowChoice[] {
  const interests = INTERESTS.flatMap((field) =>
    splitEntries(field, (fields[field] ?? '').slice(0, MOST * MAX_ENTRY))
      .filter((entry) => entry.length <= MAX_ENTRY && /[\p{L}\p{N}]/u.test(entry))
      .slice(0, MOST)
      .map((value) => ({ field, value, label: toLabel(field, value) })),
  );
  const label = messages.t('library.follow-weekly-choice');
  const weekly = { field: 'frequency', value: 'weekly', label };
  return fields['frequency'] === 'weekly' ? [...interests, weekly] : interests;
}

function toLabel(field: string, value: string): string {
  return (field === 'topics' ? findTopic(value)?.label : undefined) ?? value;
}
