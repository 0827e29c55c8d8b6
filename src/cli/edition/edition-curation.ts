import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { annotate, drop, move, pin, placeIn, restore, unpin } from '../../editions/curate-draft.js';
import { readNote, readReason } from '../../editions/curation.js';
import { type DraftDeps, formatTarget, type Target } from '../../editions/draft.js';
import type { FullEdition } from '../../editions/edition.js';
import { parsePaperId } from '../../papers/identity.js';
import { type CliContext, withServices } from '../context.js';
import { answer } from '../output.js';
import { type EditionOptions, parseTarget, withEditionOptions } from './edition-options.js';

/** What changes a draft: pin, drop, unpin, restore, move and note. */
export function curationCommands(edition: Command, context: CliContext): void {
  pinCommand(edition, context);
  dropCommand(edition, context);
  unpinCommand(edition, context);
  restoreCommand(edition, context);
  moveCommand(edition, context);
  noteCommand(edition, context);
}

function pinCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('pin')
    .description('hold a paper at a place, however the votes go; it may be one of another day')
    .argument('<paper>', 'arXiv id or link')
    .option('--at <place>', '1 for the top; without it, the first place where none is pinned');
  withEditionOptions(command)
    .addHelpText(
      'after',
      `
A paper that was not listed on that day comes in too, if the store knows it and no other edition
carries it.`,
    )
    .action((paper: string, options: EditionOptions & { at?: string }) => {
      const at = options.at === undefined ? undefined : parsePlace('--at', options.at);
      const change: Change = (deps, target, id) => pin(deps, target, id, at);
      return changePaper(context, paper, options, change, pinnedSentence);
    });
}

function moveCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('move')
    .description('give a paper of the edition another place, and pin it there')
    .argument('<paper>', 'arXiv id or link')
    .requiredOption('--to <place>', '1 for the top');
  withEditionOptions(command).action((paper: string, options: EditionOptions & { to: string }) => {
    const to = parsePlace('--to', options.to);
    const change: Change = (deps, target, id) => move(deps, target, id, to);
    return changePaper(context, paper, options, change, pinnedSentence);
  });
}

function pinnedSentence(id: string, place: number | null): string {
  return `${id} is pinned; it stands at place ${place}.`;
}

function unpinCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('unpin')
    .description('let a pinned paper go back to where its votes put it')
    .argument('<paper>', 'arXiv id or link');
  withEditionOptions(command).action((paper: string, options: EditionOptions) =>
    changePaper(context, paper, options, unpin, (id, place) =>
      place === null
        ? `${id} is not pinned any more; that day did not list it, so it has left the edition.`
        : `${id} is not pinned any more; it stands at place ${place}.`,
    ),
  );
}

function dropCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('drop')
    .description('leave a paper out; later editions leave it out too, unless it is pinned there')
    .argument('<paper>', 'arXiv id or link')
    .option('--reason <text>', 'for the log and for "edition show"');
  withEditionOptions(command).action(
    (paper: string, options: EditionOptions & { reason?: string }) => {
      const reason = readReason(options.reason);
      const change: Change = (deps, target, id) => drop(deps, target, id, reason);
      return changePaper(context, paper, options, change, (id) => `${id} is dropped.`);
    },
  );
}

function restoreCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('restore')
    .description('take a dropped paper back to where its votes put it')
    .argument('<paper>', 'arXiv id or link');
  withEditionOptions(command).action((paper: string, options: EditionOptions) =>
    changePaper(context, paper, options, restore, (id, place) =>
      place === null
        ? `${id} is not dropped any more; that day did not list it, so pin it to have it.`
        : `${id} is back; it stands at place ${place}.`,
    ),
  );
}

/** @throws PaperboyError `bad_usage` */
function parsePlace(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PaperboyError('bad_usage', `${option} takes a place like 1, not "${text}".`);
}

type Change = (deps: DraftDeps, target: Target, paperId: string) => Promise<FullEdition>;

/** Changes one paper of a draft, and says where the paper is then. */
function changePaper(
  context: CliContext,
  text: string,
  options: EditionOptions,
  change: Change,
  sentence: (paperId: string, place: number | null) => string,
): Promise<void> {
  return withServices(context, async (services) => {
    const { papers, atomically } = services.store;
    const target = await parseTarget(services, options);
    const named = parsePaperId(text);
    const paperId = (await papers.todaysIds([named])).get(named) ?? named;
    const edition = await change({ atomically, logger: services.logger }, target, paperId);
    const { date, kind, count } = edition;
    const place = placeIn(edition, paperId);
    const facts = { date, kind, paper: paperId, place, papers: count };
    answer(options.json, facts, sentence(paperId, place));
  });
}

function noteCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('note')
    .description('put a few words above the papers, on the page, in the digest and in the feeds')
    .argument('[text]', 'plain text; an empty line begins a new paragraph')
    .option('--clear', 'take the note away');
  withEditionOptions(command)
    .addHelpText(
      'after',
      `
At most 1,000 characters in six paragraphs. What looks like markup is shown as it is typed.
  $ paperboy edition note "$(cat note.txt)"`,
    )
    .action((text: string | undefined, options: EditionOptions & { clear?: boolean }) =>
      withServices(context, async (services) => {
        const note = parseNote(text, options.clear ?? false);
        const target = await parseTarget(services, options);
        const deps = { atomically: services.store.atomically, logger: services.logger };
        const { date, kind } = await annotate(deps, target, note);
        const state = note === null ? 'has no note' : 'has your note';
        const sentence = `The draft of ${formatTarget(target)} ${state}.`;
        answer(options.json, { date, kind, note }, sentence);
      }),
    );
}

function parseNote(text: string | undefined, clear: boolean): string | null {
  if ((text !== undefined) === clear) {
    throw new PaperboyError('bad_usage', 'Give the note as one text, or --clear; not both.');
  }
  return text === undefined ? null : readNote(text);
}
