import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { loadCuration } from '../../editions/curated.js';
import { type DraftCuration, toParagraphs } from '../../editions/curation.js';
import { asToday, capital, formatTarget, type Target } from '../../editions/draft.js';
import { type EditionPaper, type FullEdition, votesSince } from '../../editions/edition.js';
import type { PaperStore } from '../../papers/paper-store.js';
import { joined } from '../../views/names.js';
import { answer, type CliContext, count, withServices } from '../context.js';
import { type EditionOptions, parseTarget, withEditionOptions } from './edition-draft.js';

export function showCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('show')
    .description('the papers of an edition in order, what is pinned and dropped, and the note');
  withEditionOptions(command).action((options: EditionOptions) =>
    withServices(context, async (services) => {
      const { editions, papers } = services.store;
      const target = await parseTarget(services, options);
      const found = await editions.find(target.date, target.kind);
      if (!found)
        throw new PaperboyError('no_edition', `There is no ${formatTarget(target).slice(4)}.`);
      const full = await asToday({ papers }, await editions.withPapers(found));
      const shown = await view(full, await loadCuration({ editions, papers }, found.id), papers);
      answer(options.json, shown, sentences(target, shown));
    }),
  );
}

async function view(edition: FullEdition, { pins, drops }: DraftCuration, papers: PaperStore) {
  const pinned = new Set(pins.map(({ paperId }) => paperId));
  const dropped = await papers.byIds(drops.map(({ paperId }) => paperId));
  const titles = new Map(dropped.map(({ id, title }) => [id, title]));
  const { kind, date, state, note } = edition;
  return {
    ...{ kind, date, state, note },
    pickedAt: iso(edition.pickedAt),
    frozenAt: edition.frozenAt === null ? null : iso(edition.frozenAt),
    papers: edition.papers.map((paper, index) => shownPaper(paper, index + 1, pinned)),
    dropped: drops.map(({ paperId, reason }) => ({
      ...{ id: paperId, title: titles.get(paperId) ?? null, reason },
    })),
  };
}

function shownPaper(
  { id, title, signal, suggestedBy = [], rising }: EditionPaper,
  place: number,
  pinned: ReadonlySet<string>,
) {
  const { upvotes } = signal;
  return {
    ...{ place, id, title, upvotes, pinned: pinned.has(id), suggestedBy },
    ...(rising && { rising }),
  };
}

type Shown = Awaited<ReturnType<typeof view>>;

function sentences(target: Target, { state, papers, dropped, note }: Shown): string {
  const head = `${capital(formatTarget(target))}: ${state}, ${count(papers.length, 'paper')}`;
  const lines = papers.map(({ place, id, title, upvotes, pinned, suggestedBy, rising }) => {
    const marks = [
      ...(pinned ? ['pinned'] : []),
      ...(rising ? [`still rising: ${votesSince(rising)}`] : []),
      ...(suggestedBy.length > 0 ? [`suggested by ${joined(suggestedBy)}`] : []),
    ];
    const marked = marks.length > 0 ? ` [${marks.join(', ')}]` : '';
    return `${String(place).padStart(3)}  ${id}  ${count(upvotes, 'vote')}  ${title}${marked}`;
  });
  const out = dropped.map(({ id, title, reason }) => {
    return `  -  ${id}  dropped${reason ? ` (${reason})` : ''}  ${title ?? ''}`.trimEnd();
  });
  const paragraphs = toParagraphs(note).flatMap((paragraph) => ['', paragraph]);
  const says = paragraphs.length > 0 ? ['', 'The note:', ...paragraphs.slice(1)] : [];
  return [head, ...lines, ...out, ...says].join('\n');
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
