import type { Command } from 'commander';
import { parseDay } from '../../base/day.js';
import { PaperboyError } from '../../base/errors.js';
import { placeIn } from '../../editions/curate-draft.js';
import type { DraftDeps, Target } from '../../editions/draft.js';
import type { FullEdition } from '../../editions/edition.js';
import { parseArxivId, parseDoi } from '../../papers/identity.js';
import type { Services } from '../../services.js';
import { answer, type CliContext, withServices } from '../context.js';

/** What every command that touches an edition takes. */
export interface EditionOptions {
  date?: string;
  weekly?: boolean;
  json?: boolean;
}

export function withEditionOptions(command: Command): Command {
  return command
    .option('--date <day>', 'YYYY-MM-DD; without it, the newest edition')
    .option('--weekly', 'the weekly edition that ends on that day, or today')
    .option('--json', 'answer with one JSON object');
}

/** @throws PaperboyError `bad_date`, `no_edition` */
export async function parseTarget(
  { store, today }: Services,
  { date, weekly = false }: EditionOptions,
): Promise<Target> {
  if (date !== undefined) return { kind: weekly ? 'weekly' : 'daily', date: parseDay(date) };
  if (weekly) return { kind: 'weekly', date: today() };
  const [newest] = await store.editions.list({ limit: 1 });
  if (newest) return { kind: 'daily', date: newest.date };
  throw new PaperboyError(
    'no_edition',
    'There is no edition yet; run "paperboy fetch" and "paperboy pick" first.',
  );
}

/** A paper's id, from its id, its DOI or its link. */
export function parsePaperId(text: string): string {
  const doi = parseDoi(text);
  return parseArxivId(text)?.id ?? (doi === null ? text.trim() : `doi:${doi}`);
}

/** @throws PaperboyError `bad_usage` */
export function readPlace(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PaperboyError('bad_usage', `${option} takes a place like 1, not "${text}".`);
}

/** Runs a command that changes one paper of a draft, and tells where the paper is then. */
export function changePaper(
  context: CliContext,
  text: string,
  options: EditionOptions,
  work: (deps: DraftDeps, target: Target, paperId: string) => Promise<FullEdition>,
  sentence: (paperId: string, place: number | null) => string,
): Promise<void> {
  return withServices(context, async (services) => {
    const { atomically } = services.store;
    const target = await parseTarget(services, options);
    const named = parsePaperId(text);
    const paperId = (await services.store.papers.todaysIds([named])).get(named) ?? named;
    const edition = await work({ atomically, logger: services.logger }, target, paperId);
    const place = placeIn(edition, paperId);
    answer(
      options.json,
      { date: edition.date, kind: edition.kind, paper: paperId, place, papers: edition.count },
      sentence(paperId, place),
    );
  });
}
