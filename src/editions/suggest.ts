import type { Clock } from '../base/clock.js';
import { PaperboyError } from '../base/errors.js';
import { type RawSuggestion, readSuggestion, type SuggestionStore } from './suggestion.js';

/**
 * Takes in a suggestion. It does not say whether it is new, known, or decided already.
 * @throws PaperboyError `bad_link`, `bad_name`, `bad_comment`, `suggestions_full`
 */
export async function suggest(
  { suggestions, clock }: { suggestions: SuggestionStore; clock: Clock },
  raw: RawSuggestion,
): Promise<{ paperId: string; name: string | null }> {
  const { paperId, name, comment } = readSuggestion(raw, clock.now());
  const result = await suggestions.add(paperId, { name, comment, at: clock.now() });
  if (result === 'full') {
    throw new PaperboyError(
      'suggestions_full',
      'There are more suggestions than anybody can look at. Please try again in a few days.',
    );
  }
  return { paperId, name };
}
