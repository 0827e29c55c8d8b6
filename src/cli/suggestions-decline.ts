import type { Command } from 'commander';
import { declineSuggestion } from '../editions/accept-suggestion.js';
import { readReason } from '../editions/curation.js';
import { answer, type CliContext, withServices } from './context.js';
import { paperIdOf } from './edition-draft.js';

export function declineCommand(suggestions: Command, context: CliContext): void {
  suggestions
    .command('decline')
    .description('decline a suggested paper; nobody is told, and it is not suggested again')
    .argument('<paper>', 'arXiv id or link')
    .option('--reason <text>', 'for the log and for "suggestions list"')
    .option('--json', 'answer with one JSON object')
    .action((paper: string, options: { reason?: string; json?: boolean }) =>
      withServices(context, async ({ store, clock, logger }) => {
        const reason = readReason(options.reason);
        const id = paperIdOf(paper);
        const { suggestions } = store;
        await declineSuggestion({ suggestions, clock, logger }, id, reason);
        const told = `The suggestion of ${id} is declined.`;
        answer(options.json, { paperId: id, state: 'declined', reason }, told);
      }),
    );
}
