import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { SUGGESTION_STATES, type Suggestion } from '../../editions/suggestion.js';
import { answer, type CliContext, withServices } from '../context.js';

interface Options {
  state: string;
  limit: string;
  json?: boolean;
}

export function listCommand(suggestions: Command, context: CliContext): void {
  suggestions
    .command('list')
    .description('list suggestions with their names and comments, and how many there are')
    .option('--state <state>', `which of them: ${SUGGESTION_STATES.join(', ')}`, 'pending')
    .option('--limit <number>', 'at most this many', '50')
    .option('--json', 'answer with one JSON object')
    .action((options: Options) =>
      withServices(context, async ({ store }) => {
        const state = SUGGESTION_STATES.find((known) => known === options.state);
        if (!state) {
          throw new PaperboyError(
            'bad_usage',
            `"${options.state}" is not a state; choose ${SUGGESTION_STATES.join(', ')}.`,
          );
        }
        const found = await store.suggestions.list({ state, limit: readLimit(options.limit) });
        const counts = await store.suggestions.counts();
        const totals = SUGGESTION_STATES.map((name) => `${counts[name]} ${name}`).join(', ');
        const lines = found.flatMap(formatSuggestion);
        answer(
          options.json,
          { counts, suggestions: found.map(numbered) },
          [...lines, totals].join('\n'),
        );
      }),
    );
}

/** By its number a name is credited. */
function numbered(suggestion: Suggestion) {
  const suggesters = suggestion.suggesters.map((one, place) => ({ number: place + 1, ...one }));
  return { ...suggestion, suggesters };
}

function formatSuggestion({ paperId, suggestedAt, day, reason, suggesters }: Suggestion): string[] {
  const since = new Date(suggestedAt).toISOString().slice(0, 10);
  const told = [`since ${since}`, ...(day ? [`for ${day}`] : []), ...(reason ? [reason] : [])];
  return [
    `${paperId}  ${told.join(', ')}  https://arxiv.org/abs/${paperId}`,
    ...suggesters.map(
      ({ name, comment }, place) =>
        `  ${place + 1}. ${name ?? '(no name)'}${comment ? `: ${comment}` : ''}`,
    ),
  ];
}

function readLimit(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new PaperboyError('bad_usage', `--limit takes a whole number, not "${text}".`);
}
