import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { declineSuggestions } from '../../editions/accept-suggestion.js';
import { readReason } from '../../editions/curation.js';
import type { Decided } from '../../editions/suggestion.js';
import { answer, type CliContext, count, withServices } from '../context.js';
import { parsePaperId } from '../edition/edition-draft.js';

interface Options {
  all?: true;
  olderThan?: string;
  reason?: string;
  json?: boolean;
}

export function declineCommand(suggestions: Command, context: CliContext): void {
  suggestions
    .command('decline')
    .description('decline suggested papers; nobody is told, and they are not suggested again')
    .argument('[papers...]', 'arXiv ids or links')
    .option('--all', 'all that are pending')
    .option('--older-than <days>', 'all that have been pending for more than so many days')
    .option('--reason <text>', 'for the log and for "suggestions list"')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
Names what it has declined, among which may be what came since it was listed; all of it can still be
accepted.`,
    )
    .action((papers: string[], options: Options) =>
      withServices(context, async ({ store, clock, logger }) => {
        const which = parseWhich(papers, options, clock.now());
        const reason = readReason(options.reason);
        const { atomically } = store;
        const declined = await declineSuggestions({ atomically, clock, logger }, which, reason);
        answer(options.json, { declined, reason }, sentence(declined));
      }),
    );
}

const DAY = 24 * 3_600_000;

/** @throws PaperboyError `bad_usage` unless it is said in one way */
function parseWhich(papers: readonly string[], { all, olderThan }: Options, now: number): Decided {
  if ([papers.length > 0, all, olderThan !== undefined].filter(Boolean).length !== 1) {
    throw new PaperboyError('bad_usage', 'Name papers, or say --all or --older-than.');
  }
  if (olderThan === undefined) {
    return all ? { before: Number.MAX_SAFE_INTEGER } : { paperIds: papers.map(parsePaperId) };
  }
  if (/^\d{1,4}$/.test(olderThan)) return { before: now - Number(olderThan) * DAY };
  throw new PaperboyError('bad_usage', `--older-than takes days like 30, not "${olderThan}".`);
}

function sentence(declined: readonly string[]): string {
  const [only] = declined;
  return only !== undefined && declined.length === 1
    ? `The suggestion of ${only} is declined.`
    : [`${count(declined.length, 'suggestion')} declined.`, ...declined].join('\n');
}
