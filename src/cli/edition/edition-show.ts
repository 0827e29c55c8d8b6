import type { Command } from 'commander';
import { toParagraphs } from '../../editions/curation.js';
import { capital, formatTarget, type Target } from '../../editions/draft.js';
import { votesSince } from '../../editions/edition.js';
import { type EditionView, loadEditionView } from '../../editions/edition-view.js';
import { joined } from '../../views/paper-view.js';
import { type CliContext, withServices } from '../context.js';
import { answer, count } from '../output.js';
import { type EditionOptions, parseTarget, withEditionOptions } from './edition-options.js';

export function editionShowCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('show')
    .description('the papers of an edition in order, what is pinned and dropped, and the note');
  withEditionOptions(command).action((options: EditionOptions) =>
    withServices(context, async (services) => {
      const target = await parseTarget(services, options);
      const view = await loadEditionView(services.store, target);
      answer(options.json, view, formatEdition(target, view));
    }),
  );
}

function formatEdition(target: Target, { state, papers, dropped, note }: EditionView): string {
  const head = `${capital(formatTarget(target))}: ${state}, ${count(papers.length, 'paper')}`;
  const out = dropped.map(({ id, title, reason }) => {
    return `  -  ${id}  dropped${reason ? ` (${reason})` : ''}  ${title ?? ''}`.trimEnd();
  });
  const paragraphs = toParagraphs(note).flatMap((paragraph) => ['', paragraph]);
  const says = paragraphs.length > 0 ? ['', 'The note:', ...paragraphs.slice(1)] : [];
  return [head, ...papers.map(formatPaper), ...out, ...says].join('\n');
}

function formatPaper(paper: EditionView['papers'][number]): string {
  const { place, id, title, upvotes, pinned, suggestedBy, rising } = paper;
  const marks = [
    ...(pinned ? ['pinned'] : []),
    ...(rising ? [`still rising: ${votesSince(rising)}`] : []),
    ...(suggestedBy.length > 0 ? [`suggested by ${joined(suggestedBy)}`] : []),
  ];
  const marked = marks.length > 0 ? ` [${marks.join(', ')}]` : '';
  return `${String(place).padStart(3)}  ${id}  ${count(upvotes, 'vote')}  ${title}${marked}`;
}
