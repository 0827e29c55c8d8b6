import type { Command } from 'commander';
import { parseDay } from '../base/day.js';
import { PaperboyError } from '../base/errors.js';
import {
  type Accepted,
  acceptSuggestion,
  declineSuggestions,
} from '../editions/accept-suggestion.js';
import { readReason } from '../editions/curation.js';
import { type Decided, SUGGESTION_STATES, type Suggestion } from '../editions/suggestion.js';
import { parsePaperId } from '../papers/identity.js';
import { joined } from '../views/paper-view.js';
import { type CliContext, withServices } from './context.js';
import { answer, count } from './output.js';

export function suggestionsCommand(program: Command, context: CliContext): void {
  const suggestions = program
    .command('suggestions')
    .description('list, accept and decline papers that people suggest on the page /suggest');
  listCommand(suggestions, context);
  acceptCommand(suggestions, context);
  declineCommand(suggestions, context);
}

interface ListOptions {
  state: string;
  limit: string;
  json?: boolean;
}

function listCommand(suggestions: Command, context: CliContext): void {
  suggestions
    .command('list')
    .description('list suggestions with their names and comments, and how many there are')
    .option('--state <state>', `which of them: ${SUGGESTION_STATES.join(', ')}`, 'pending')
    .option('--limit <number>', 'at most this many', '50')
    .option('--json', 'answer with one JSON object')
    .action((options: ListOptions) =>
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
  const facts = [`since ${since}`, ...(day ? [`for ${day}`] : []), ...(reason ? [reason] : [])];
  return [
    `${paperId}  ${facts.join(', ')}  https://arxiv.org/abs/${paperId}`,
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

interface AcceptOptions {
  date?: string;
  /** `false`: nobody; left out: not said. */
  credit?: string | false;
  json?: boolean;
}

function acceptCommand(suggestions: Command, context: CliContext): void {
  suggestions
    .command('accept')
    .description('list a suggested paper for an edition, which names who suggested it')
    .argument('<paper>', 'arXiv id or link')
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest draft or the next edition')
    .option('--credit <numbers>', 'whom the edition names, by their numbers in the list: 1 or 1,3')
    .option('--no-credit', 'the edition names nobody')
    .option('--json', 'answer with one JSON object')
    .addHelpText(
      'after',
      `
A paper that was declined may be accepted still. Whom the edition names has to be said where there are
names, since others may have come since you read the list. It stands where its votes put it, mostly at
the end; "paperboy edition pin" puts it further up. If no edition of that day comes about, the next one
has it.`,
    )
    .action((paper: string, options: AcceptOptions) =>
      withServices(context, async (services) => {
        const { store, clock, logger, today } = services;
        const lookup = await services.lookup();
        const accepted = await acceptSuggestion(
          { ...store, lookup, clock, logger, today },
          parsePaperId(paper),
          {
            day: options.date === undefined ? undefined : parseDay(options.date),
            credit: options.credit === false ? [] : readNumbers(options.credit),
          },
        );
        answer(options.json, accepted, acceptedSentence(accepted));
      }),
    );
}

/** @throws PaperboyError `bad_usage` */
function readNumbers(text: string | undefined): number[] | null {
  if (text === undefined) return null;
  if (/^\s*[1-9]\d{0,2}(?:\s*,\s*[1-9]\d{0,2})*\s*$/.test(text)) {
    return [...new Set(text.split(',').map(Number))];
  }
  throw new PaperboyError('bad_usage', `--credit takes numbers like 1 or 1,3, not "${text}".`);
}

function acceptedSentence({ paperId, title, day, credit, place }: Accepted): string {
  const where =
    place === null
      ? `comes with the edition of ${day} or the next after it`
      : `is in the draft of ${day} at place ${place}`;
  const thanks = credit.length > 0 ? `, suggested by ${joined(credit)}` : '';
  return `"${title}" (${paperId}) ${where}${thanks}.`;
}

interface DeclineOptions {
  all?: true;
  olderThan?: string;
  reason?: string;
  json?: boolean;
}

function declineCommand(suggestions: Command, context: CliContext): void {
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
    .action((papers: string[], options: DeclineOptions) =>
      withServices(context, async ({ store, clock, logger }) => {
        const which = parseWhich(papers, options, clock.now());
        const reason = readReason(options.reason);
        const { atomically } = store;
        const declined = await declineSuggestions({ atomically, clock, logger }, which, reason);
        answer(options.json, { declined, reason }, declinedSentence(declined));
      }),
    );
}

const DAY = 24 * 3_600_000;

/** @throws PaperboyError `bad_usage` unless it is said in one way */
function parseWhich(
  papers: readonly string[],
  { all, olderThan }: DeclineOptions,
  now: number,
): Decided {
  if ([papers.length > 0, all, olderThan !== undefined].filter(Boolean).length !== 1) {
    throw new PaperboyError('bad_usage', 'Name papers, or say --all or --older-than.');
  }
  if (olderThan === undefined) {
    return all ? { before: Number.MAX_SAFE_INTEGER } : { paperIds: papers.map(parsePaperId) };
  }
  if (/^\d{1,4}$/.test(olderThan)) return { before: now - Number(olderThan) * DAY };
  throw new PaperboyError('bad_usage', `--older-than takes days like 30, not "${olderThan}".`);
}

function declinedSentence(declined: readonly string[]): string {
  const [only] = declined;
  return only !== undefined && declined.length === 1
    ? `The suggestion of ${only} is declined.`
    : [`${count(declined.length, 'suggestion')} declined.`, ...declined].join('\n');
}
