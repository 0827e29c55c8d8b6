import type { Command } from 'commander';
import { PaperboyError } from '../../base/errors.js';
import { capital, formatTarget } from '../../editions/draft.js';
import { freezeEdition } from '../../editions/freeze.js';
import { answer, type CliContext, count, withServices } from '../context.js';
import { type EditionOptions, parseTarget, withEditionOptions } from './edition-draft.js';

export function freezeCommand(edition: Command, context: CliContext): void {
  const command = edition
    .command('freeze')
    .description('end the draft: from then on the edition never changes; this sends nothing');
  withEditionOptions(command).action((options: EditionOptions) =>
    withServices(context, async (services) => {
      const { editions } = services.store;
      const target = await parseTarget(services, options);
      const found = await editions.find(target.date, target.kind);
      const name = capital(formatTarget(target));
      if (!found || found.count === 0) {
        throw new PaperboyError('no_edition', `${name} has no papers; there is nothing to freeze.`);
      }
      const frozen = await freezeEdition(
        { editions, logger: services.logger },
        found.id,
        services.clock.now(),
      );
      const { date, kind, state } = frozen;
      const changed = found.state === 'draft';
      const told = changed ? 'is frozen' : 'was frozen already';
      answer(
        options.json,
        { date, kind, state, papers: frozen.count, changed },
        `${name} ${told} with ${count(frozen.count, 'paper')}.`,
      );
    }),
  );
}
