import type { Command } from 'commander';
import { parseDay } from '../../base/day.js';
import type { Target } from '../../editions/draft.js';
import { findTarget } from '../../editions/find-edition.js';
import type { Services } from '../../services.js';

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
export function parseTarget(
  { store, today }: Services,
  { date, weekly = false }: EditionOptions,
): Promise<Target> {
  const day = date === undefined ? undefined : parseDay(date);
  return findTarget(store.editions, { day, weekly, today: today() });
}
