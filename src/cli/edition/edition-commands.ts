import type { Command } from 'commander';
import { capital, formatTarget } from '../../editions/draft.js';
import { freezeTarget } from '../../editions/freeze.js';
import { type CliContext, withServices } from '../context.js';
import { answer, count } from '../output.js';
import { curationCommands } from './edition-curation.js';
import { type EditionOptions, parseTarget, withEditionOptions } from './edition-options.js';
import { editionShowCommand } from './edition-show.js';

export function editionCommand(program: Command, context: CliContext): void {
  const edition = program
    .command('edition')
    .description('curate an edition while it is a draft')
    .addHelpText(
      'after',
      `
An edition is a draft from when it is picked until it is sent. While it is one, you can change it;
picking again refreshes it and keeps what you did. Then it is frozen and never changes.

With FREEZE_AFTER=0, as it is by default, the daily run freezes an edition as soon as it has picked
it. Set FREEZE_AFTER=60, and you have an hour until it is sent:
  $ paperboy edition show
  $ paperboy edition pin https://arxiv.org/abs/2608.13489 --at 1
  $ paperboy edition drop 2608.13500 --reason "an advertisement"
  $ paperboy edition note "A day of small models."

A paper is named by its arXiv id or link. Without --date it is the newest edition.`,
    );
  editionShowCommand(edition, context);
  curationCommands(edition, context);
  freezeCommand(edition, context);
}

function freezeCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('freeze')
    .description('end the draft: from then on the edition never changes; this sends nothing');
  withEditionOptions(command).action((options: EditionOptions) =>
    withServices(context, async (services) => {
      const target = await parseTarget(services, options);
      const { editions } = services.store;
      const deps = { editions, clock: services.clock, logger: services.logger };
      const { edition, changed } = await freezeTarget(deps, target);
      const { date, kind, state, count: papers } = edition;
      const outcome = changed ? 'is frozen' : 'was frozen already';
      const sentence = `${capital(formatTarget(target))} ${outcome} with ${count(papers, 'paper')}.`;
      answer(options.json, { date, kind, state, papers, changed }, sentence);
    }),
  );
}
