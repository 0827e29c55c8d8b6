import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import {
  type RawSuggestion,
  readSuggestion,
  type Suggester,
  type SuggestionStore,
} from './suggestion.js';

/** Nobody looks at more than these; what floods the form is turned away. */
const MOST_PENDING = 1_000;
/** What has waited so long gives way to a new one when there are so many. */
const GIVES_WAY_AFTER = 14 * 24 * 3_600_000;
/** Names of one suggestion. */
const MOST_SUGGESTERS = 20;

/**
 * Takes in a suggestion. It does not say whether it is new, known, or decided already.
 * @throws PaperboyError `bad_link`, `bad_name`, `bad_comment`, `suggestions_full`
 */
export async function suggest(
  { suggestions, clock }: { suggestions: SuggestionStore; clock: Clock },
  raw: RawSuggestion,
): Promise<{ paperId: string; name: string | null }> {
  const { paperId, name, comment } = readSuggestion(raw, clock.now());
  const result = await addSuggestion(suggestions, paperId, { name, comment, at: clock.now() });
  if (result === 'full') {
    throw new PaperboyError(
      'suggestions_full',
      'There are more suggestions than anybody can look at. Please try again in a few days.',
    );
  }
  return { paperId, name };
}

/**
 * Keeps a suggestion, or adds who suggests it to one that is pending: each name once. One that is
 * decided stays as it is. When there are as many as anybody looks at, one that has waited for weeks
 * gives way.
 * @returns `full` when none has waited for so long.
 */
export function addSuggestion(
  suggestions: Pick<SuggestionStore, 'adding'>,
  paperId: string,
  suggester: Suggester,
): Promise<'kept' | 'decided' | 'full'> {
  return suggestions.adding(async (store) => {
    let state = await store.lock(paperId);
    if (state === null) {
      const isFull = (await store.countPending()) >= MOST_PENDING;
      if (isFull && !(await store.forgetOldest(suggester.at - GIVES_WAY_AFTER))) return 'full';
      await store.create(paperId, suggester.at);
      // Somebody else may have been quicker, and it may have been decided since.
      state = await store.lock(paperId);
    }
    if (state !== 'pending') return 'decided';
    if ((await store.countSuggesters(paperId)) < MOST_SUGGESTERS) {
      await store.addSuggester(paperId, suggester);
    }
    return 'kept';
  });
}
